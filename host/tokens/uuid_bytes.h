// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::tokens {

// The 16 bytes of a UUID's text: lower case, 8-4-4-4-12; any other text is none.
std::optional<std::string> uuid_to_bytes(std::string_view text);

// The opposite, for exactly 16 bytes.
std::string uuid_to_text(std::string_view bytes);

}  // namespace gatehouse::tokens
