// SPDX-License-Identifier: Apache-2.0
#include "order_code.h"

#include <gatehouse/sdk/view.hpp>

namespace gatehouse::store_redis {
namespace {

constexpr char null_mark = '\x01';
// A NUL inside a text, and the end of a text: the end sorts first.
constexpr std::string_view escaped_nul("\0\xff", 2);
constexpr std::string_view text_end("\0\0", 2);

}  // namespace

void append_text_prefix(std::string& out, std::string_view prefix) {
  for (;;) {
    const std::size_t nul = prefix.find('\0');
    out += prefix.substr(0, nul);
    if (nul == std::string_view::npos) return;
    out += escaped_nul;
    prefix.remove_prefix(nul + 1);
  }
}

void append_text(std::string& out, std::string_view text) {
  append_text_prefix(out, text);
  out += text_end;
}

void append_number(std::string& out, std::int64_t number) {
  const std::uint64_t raised = static_cast<std::uint64_t>(number) ^ (std::uint64_t{1} << 63);
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(raised >> shift & 0xff);
}

void append_value(std::string& out, const gh_value& value) {
  if (value.type == GH_NULL) {
    out += null_mark;
    return;
  }
  out += not_null;
  switch (value.type) {
    case GH_BOOL: out += static_cast<char>(value.i); break;
    case GH_INT:
    case GH_TIME: append_number(out, value.i); break;
    default: append_text(out, sdk::view(value.s));
  }
}

std::string text_code(std::string_view text) {
  std::string code;
  append_text(code, text);
  return code;
}

std::string number_code(std::int64_t number) {
  std::string code;
  append_number(code, number);
  return code;
}

std::string behind(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

}  // namespace gatehouse::store_redis
