// SPDX-License-Identifier: Apache-2.0
#include "text_forms.h"

#include <algorithm>
#include <cstdint>

namespace gatehouse::store_postgres {
namespace {

constexpr char digits[] = "0123456789abcdef";

bool is_plain(char c) noexcept { return static_cast<unsigned char>(c) > 1 && static_cast<unsigned char>(c) < 0x80; }

int digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

void append_code_point(std::string& out, std::uint32_t point) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xC0 | point >> 6);
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3F));
  } else {
    put(0xF0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3F));
    put(0x80 | (point >> 6 & 0x3F));
  }
  put(0x80 | (point & 0x3F));
}

// Takes the code point at the front of well-formed or other UTF-8; false: it is not well-formed.
bool take_code_point(std::string_view& text, std::uint32_t& point) noexcept {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at])); };
  const std::uint32_t lead = byte(0);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || text.size() < size) return false;
  point = size == 1 ? lead : lead & (0x7Fu >> size);
  for (std::size_t at = 1; at < size; ++at) {
    if ((byte(at) & 0xC0) != 0x80) return false;
    point = point << 6 | (byte(at) & 0x3F);
  }
  constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (point < smallest[size] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return false;
  text.remove_prefix(size);
  return true;
}

std::string quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out.push_back(quote);
    out.push_back(c);
  }
  out.push_back(quote);
  return out;
}

}  // namespace

void append_key(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    if (is_plain(c)) {
      out.push_back(c);
    } else if (c == '\0' || c == '\1') {
      out.push_back('\1');
      out.push_back(static_cast<char>(c + 1));
    } else {
      append_code_point(out, static_cast<unsigned char>(c));
    }
  }
}

bool parse_key(std::string& out, std::string_view text) {
  out.clear();
  while (!text.empty()) {
    if (is_plain(text.front())) {
      out.push_back(text.front());
      text.remove_prefix(1);
      continue;
    }
    std::uint32_t point = 0;
    if (!take_code_point(text, point) || point > 0xFF) return false;
    if (point == 1) {
      if (text.empty() || (text.front() != '\1' && text.front() != '\2')) return false;
      point = static_cast<std::uint32_t>(text.front() - 1);
      text.remove_prefix(1);
    }
    out.push_back(static_cast<char>(point));
  }
  return true;
}

void append_bytes(std::string& out, std::string_view bytes) {
  out += "\\x";
  for (const char c : bytes) {
    out.push_back(digits[static_cast<unsigned char>(c) >> 4]);
    out.push_back(digits[static_cast<unsigned char>(c) & 15]);
  }
}

bool parse_bytes(std::string& out, std::string_view text) {
  out.clear();
  if (text.substr(0, 2) != "\\x" || text.size() % 2 != 0) return false;
  out.reserve(text.size() / 2);
  for (std::size_t at = 2; at < text.size(); at += 2) {
    const int high = digit(text[at]);
    const int low = digit(text[at + 1]);
    if (high < 0 || low < 0) return false;
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return true;
}

void ArrayText::separate() {
  if (!first_) out_.push_back(',');
  first_ = false;
}

void ArrayText::add_null() {
  separate();
  out_ += "NULL";
}

void ArrayText::quote_from(std::size_t begin) {
  const auto special = [](char c) { return c == '"' || c == '\\'; };
  const auto first = out_.begin() + static_cast<std::string::difference_type>(begin);
  const auto count = static_cast<std::size_t>(std::count_if(first, out_.end(), special));
  std::size_t from = out_.size();
  std::size_t to = from + count;
  out_.resize(to);
  // From the end, so that each byte is moved once.
  while (to != from) {
    const char byte = out_[--from];
    out_[--to] = byte;
    if (special(byte)) out_[--to] = '\\';
  }
}

bool is_text(std::string_view text) noexcept {
  while (!text.empty()) {
    if (is_plain(text.front()) || text.front() == '\1') {
      text.remove_prefix(1);
      continue;
    }
    std::uint32_t point = 0;
    if (!take_code_point(text, point) || point == 0) return false;
  }
  return true;
}

std::optional<std::string> after_text_prefix(std::string_view prefix) {
  // Where each code point of the prefix begins.
  for (std::size_t end = prefix.size(); end > 0;) {
    std::size_t begin = end - 1;
    while (begin > 0 && (static_cast<unsigned char>(prefix[begin]) & 0xC0) == 0x80) --begin;
    std::string_view last = prefix.substr(begin, end - begin);
    std::uint32_t point = 0;
    if (!take_code_point(last, point)) return std::nullopt;
    if (point < 0x10FFFF) {
      std::string next(prefix.substr(0, begin));
      append_code_point(next, point + 1 == 0xD800 ? 0xE000 : point + 1);
      return next;
    }
    end = begin;
  }
  return std::nullopt;
}

std::optional<std::string> after_bytes_prefix(std::string_view prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.remove_suffix(1);
  if (prefix.empty()) return std::nullopt;
  std::string next(prefix);
  next.back() = static_cast<char>(static_cast<unsigned char>(next.back()) + 1);
  return next;
}

std::string identifier(std::string_view name) { return quoted(name, '"'); }
std::string literal(std::string_view text) { return quoted(text, '\''); }

}  // namespace gatehouse::store_postgres
