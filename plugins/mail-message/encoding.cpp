// SPDX-License-Identifier: Apache-2.0
#include "mail-message/encoding.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace gatehouse::mail_message {
namespace {

constexpr std::size_t max_plain_bytes = 72;
constexpr std::size_t max_line_bytes = 998;  // RFC 5322 2.1.1
constexpr std::size_t max_quoted_line = 76;
// A line with an encoded word has at most 76 bytes (RFC 2047 2): "Subject: =?UTF-8?B?" and "?=" leave 52 of base64.
constexpr std::size_t word_bytes = 39;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::string base64(std::string_view bytes) {
  static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += i + j <= bytes.size() ? digits[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return text;
}

// Length of the character that begins `text`; 0 when it is none (RFC 3629: no overlong forms, no surrogates).
std::size_t utf8_character(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  std::size_t size = 0;
  unsigned low = 0x80;
  unsigned high = 0xbf;
  if (first >= 0xc2 && first <= 0xdf) size = 2;
  if (first >= 0xe0 && first <= 0xef) size = 3;
  if (first >= 0xf0 && first <= 0xf4) size = 4;
  if (first == 0xe0) low = 0xa0;
  if (first == 0xed) high = 0x9f;
  if (first == 0xf0) low = 0x90;
  if (first == 0xf4) high = 0x8f;
  if (size == 0 || at(1) < low || at(1) > high) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (at(i) < 0x80 || at(i) > 0xbf) return 0;
  }
  return size;
}

std::string hex(char c) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  return {'=', digits[byte >> 4], digits[byte & 15]};
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t size = utf8_character(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

bool is_plain(std::string_view text) noexcept {
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  return text.size() <= max_plain_bytes && std::all_of(text.begin(), text.end(), printable) &&
         text.find("=?") == std::string_view::npos && (text.empty() || (text.front() != ' ' && text.back() != ' '));
}

std::string encoded_words(std::string_view text) {
  std::string words;
  while (!text.empty()) {
    std::size_t size = std::min(word_bytes, text.size());
    while (size < text.size() && size > 1 && is_continuation(text[size])) --size;
    words += (words.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + base64(text.substr(0, size)) + "?=";
    text.remove_prefix(size);
  }
  return words;
}

bool is_seven_bit(std::string_view body) noexcept {
  std::size_t line = 0;
  for (const char c : body) {
    line = c == '\n' ? 0 : line + 1;
    const bool readable = (c >= ' ' && c <= '~') || c == '\n' || c == '\t';
    if (!readable || line > max_line_bytes) return false;
  }
  return true;
}

std::string with_crlf(std::string_view body) {
  std::string text;
  text.reserve(body.size() + body.size() / 16 + 2);
  for (const char c : body) {
    if (c == '\n') text += '\r';
    text += c;
  }
  if (!text.ends_with('\n')) text += "\r\n";
  return text;
}

std::string quoted_printable(std::string_view body) {
  std::string text;
  std::size_t line = 0;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (c == '\n') {
      text += "\r\n";
      line = 0;
      continue;
    }
    const bool blank = c == ' ' || c == '\t';
    // Blanks at the end of a line get lost on the way.
    const bool last = i + 1 == body.size() || body[i + 1] == '\n';
    const bool as_it_is = (c > ' ' && c <= '~' && c != '=') || (blank && !last);
    const std::string piece = as_it_is ? std::string(1, c) : hex(c);
    if (line + piece.size() > max_quoted_line - 1) {
      text += "=\r\n";
      line = 0;
    }
    text += piece;
    line += piece.size();
  }
  if (!text.ends_with("\r\n")) text += "\r\n";
  return text;
}

}  // namespace gatehouse::mail_message
