// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "http/request.h"

#include <cstdint>
#include <string_view>

namespace gatehouse::http {

enum class Version : std::uint8_t { Http10, Http11 };

// Parses one whole head, as HeadScan found it, into the method, target and headers of `into` (which must be empty).
// Errors: BadRequest for everything that is not well-formed HTTP/1.x.
Result<Version> parse_head(std::string_view head, Request& into);

}  // namespace gatehouse::http
