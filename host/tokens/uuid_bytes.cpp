// SPDX-License-Identifier: Apache-2.0
#include "tokens/uuid_bytes.h"

#include "base/encoding.h"

#include <cstddef>

namespace gatehouse::tokens {
namespace {

constexpr std::size_t text_size = 36;

constexpr bool is_dash(std::size_t at) noexcept { return at == 8 || at == 13 || at == 18 || at == 23; }

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::optional<std::string> uuid_to_bytes(std::string_view text) {
  if (text.size() != text_size) return std::nullopt;
  std::string bytes;
  int high = -1;
  for (std::size_t i = 0; i < text_size; ++i) {
    if (is_dash(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int digit = hex_value(text[i]);
    if (digit < 0) return std::nullopt;
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<char>(high * 16 + digit));
      high = -1;
    }
  }
  return bytes;
}

std::string uuid_to_text(std::string_view bytes) {
  auto text = hex_encode(bytes);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash(i)) text.insert(i, 1, '-');
  }
  return text;
}

}  // namespace gatehouse::tokens
