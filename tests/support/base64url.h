// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::test {

// RFC 4648 section 5, without padding.
std::string base64url(std::string_view bytes);
// Throws std::runtime_error on a character outside the alphabet; unused bits are ignored.
std::string from_base64url(std::string_view text);

}  // namespace gatehouse::test
