// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace gatehouse::tokens {

// A longer token is refused before anything is looked at.
inline constexpr std::size_t max_token_size = 8 * 1024;

// The parts of a JWS in compact form, still in base64url, borrowed from its text.
struct Compact {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signing_input;  // header.payload
};

// Exactly three parts, none empty (RFC 7515 7.1); what is in them is not looked at.
std::optional<Compact> split_compact(std::string_view token) noexcept;

}  // namespace gatehouse::tokens
