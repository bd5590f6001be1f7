// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

// Text in the forms mail can carry.
namespace gatehouse::mail_message {

bool is_utf8(std::string_view text) noexcept;

// Whether a header may hold `text` as it is: printable ASCII of at most 72 bytes, nothing that reads like an encoded
// word, no blanks at its ends that a reader would drop.
bool is_plain(std::string_view text) noexcept;

// `text` (well-formed UTF-8) as encoded words of RFC 2047, one a line, never cutting a character in two.
std::string encoded_words(std::string_view text);

// Whether a body may go as it is: ASCII without NUL or CR, lines of at most 998 bytes.
bool is_seven_bit(std::string_view body) noexcept;

// LF to CR LF, and one at the end where there is none.
std::string with_crlf(std::string_view body);

// RFC 2045 6.7: lines of at most 76 bytes; LF becomes CR LF, CR and all else that is not printable ASCII is encoded.
std::string quoted_printable(std::string_view body);

}  // namespace gatehouse::mail_message
