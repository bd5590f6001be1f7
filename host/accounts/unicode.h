// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::accounts {

// What the rules for addresses, names and passwords need to know of Unicode. All texts are well-formed UTF-8 (see
// is_utf8), which the caller has checked; ill-formed text is std::invalid_argument. Pure functions, any thread.

// Canonical composition: the same letters in the same bytes, whichever way they were typed.
std::string to_nfc(std::string_view text);

// Compatibility composition: full-width, ligature and similar forms become the plain ones.
std::string to_nfkc(std::string_view text);

// NFKC and lower case, independent of any language. Applying it twice changes nothing.
std::string to_nfkc_lower(std::string_view text);

// Without the white space (Unicode White_Space) at both ends.
std::string_view trim_white_space(std::string_view text);

// The first code point of `text`, which is not empty; `text` moves on past it.
std::uint32_t take_code_point(std::string_view& text);

// Code points that have no shape of their own and so make two texts look alike, or one text look like another: control
// and format characters (bidirectional overrides, zero-width characters, soft hyphen), line and paragraph separators,
// default-ignorable code points, private use, noncharacters and what no character is assigned to.
bool is_invisible(std::uint32_t code_point) noexcept;
bool has_invisible(std::string_view text);

bool is_upper(std::uint32_t code_point) noexcept;
bool is_lower(std::uint32_t code_point) noexcept;
bool is_digit(std::uint32_t code_point) noexcept;  // decimal digits of any script
bool is_mark(std::uint32_t code_point) noexcept;
bool is_letter_or_number(std::uint32_t code_point) noexcept;

}  // namespace gatehouse::accounts
