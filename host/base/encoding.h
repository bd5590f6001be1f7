// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

// base64url without padding (RFC 4648 5).
std::string base64url_encode(std::string_view bytes);

// Strict: no padding, no white space, no other alphabet, and the unused bits of the last character must be zero, so
// that every byte string has exactly one text.
std::optional<std::string> base64url_decode(std::string_view text);

std::string hex_encode(std::string_view bytes);

// True when `text` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF).
bool is_utf8(std::string_view text) noexcept;

// Number of code points of well-formed UTF-8.
std::size_t count_code_points(std::string_view text) noexcept;

// The candidate nearest to `word`, where it is near enough to be what was meant; empty otherwise.
std::string_view nearest_word(std::string_view word, const std::string_view* candidates, std::size_t count);

}  // namespace gatehouse
