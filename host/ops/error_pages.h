// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/request.h"
#include "http/response.h"

namespace gatehouse::ops {

// GET /errors/{code}: the page that `type` of an error points at (RFC 9457 3.1.1), as plain text from docs/errors.md.
// Any thread.
http::Response error_page(const http::Request& request);

}  // namespace gatehouse::ops
