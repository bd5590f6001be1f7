// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.h"
#include "http/request.h"

#include <cstddef>
#include <optional>

namespace gatehouse::http {

// Takes request.target apart into path and query, decoding each exactly once. Only origin-form ("/path?query") is
// accepted, and "*" for OPTIONS. Refused, since proxies and servers disagree on them: bytes outside visible ASCII,
// dot segments and empty segments raw or encoded, backslashes, encoded slashes, NUL and control characters, malformed
// percent-encoding, text that is not UTF-8, a fragment.
// Errors: BadRequest, UriTooLong.
std::optional<Error> parse_target(Request& request, std::size_t max_target_bytes);

}  // namespace gatehouse::http
