// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.h"

#include "base/encoding.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace gatehouse {
namespace {

constexpr auto plain = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x20; c < 0x7F; ++c) table[c] = c != '"' && c != '\\';
  return table;
}();

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 0;  // 0: not well-formed here
};

CodePoint decode(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const auto lead = byte(0);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length > text.size() || !is_utf8(text.substr(0, length))) return {};
  if (length == 1) return {lead, 1};
  std::uint32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) value = (value << 6) | (byte(i) & 0x3F);
  return {value, length};
}

// Invisible, or able to reorder, hide or break what stands around it.
bool is_unsafe(std::uint32_t c) noexcept {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x61C || c == 0x180E ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);
}

}  // namespace

bool is_presentable(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto point = decode(text);
    if (point.length == 0 || is_unsafe(point.value)) return false;
    text.remove_prefix(point.length);
  }
  return true;
}

namespace {

void append_unit(std::string& out, std::uint32_t unit) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(digits[(unit >> shift) & 0xF]);
}

void append_code_point(std::string& out, std::uint32_t c) {
  if (c < 0x10000) return append_unit(out, c);
  append_unit(out, 0xD800 + ((c - 0x10000) >> 10));
  append_unit(out, 0xDC00 + ((c - 0x10000) & 0x3FF));
}

// The character at `at`, which is not plain; returns its length in bytes.
std::size_t append_special(std::string& out, std::string_view text, std::size_t at) {
  const char c = text[at];
  switch (c) {
    case '"': out += "\\\""; return 1;
    case '\\': out += "\\\\"; return 1;
    case '\n': out += "\\n"; return 1;
    case '\r': out += "\\r"; return 1;
    case '\t': out += "\\t"; return 1;
    default: break;
  }
  const auto point = decode(text.substr(at));
  if (point.length == 0) {
    out += "\xEF\xBF\xBD";
    return 1;
  }
  if (is_unsafe(point.value)) {
    append_code_point(out, point.value);
  } else {
    out.append(text.substr(at, point.length));
  }
  return point.length;
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  std::size_t start = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    if (plain[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    out.append(text.substr(start, at - start));
    at += append_special(out, text, at);
    start = at;
  }
  out.append(text.substr(start));
}

void append_json_text(std::string& out, std::string_view text) {
  out.push_back('"');
  append_escaped(out, text);
  out.push_back('"');
}

}  // namespace gatehouse
