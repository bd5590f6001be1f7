// SPDX-License-Identifier: Apache-2.0
#include "cursor.h"

#include "values.h"

#include <gatehouse/sdk/view.hpp>

#include <cstring>

namespace gatehouse::store_postgres {
namespace {

constexpr std::size_t longest_cursor = 1024;

// FNV-1a: any one changed bit changes it.
std::uint64_t sum(std::string_view a, std::string_view b) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  };
  mix(a);
  hash = (hash ^ a.size()) * 0x100000001b3;
  mix(b);
  return hash;
}

void append_number(std::string& out, std::uint64_t number) {
  char bytes[sizeof(number)];
  std::memcpy(bytes, &number, sizeof(number));
  out.append(bytes, sizeof(bytes));
}

std::uint64_t take_number(std::string_view& from) {
  std::uint64_t number = 0;
  if (from.size() < sizeof(number)) invalid("the cursor cannot be read");
  std::memcpy(&number, from.data(), sizeof(number));
  from.remove_prefix(sizeof(number));
  return number;
}

bool has_bytes(std::uint32_t type) noexcept { return type == GH_TEXT || type == GH_BYTES; }

}  // namespace

void CursorWriter::add(const gh_value& value) {
  bytes_.push_back(static_cast<char>(value.type));
  if (has_bytes(value.type)) {
    append_number(bytes_, value.s.size);
    bytes_.append(sdk::view(value.s));
  } else if (value.type != GH_NULL) {
    append_number(bytes_, static_cast<std::uint64_t>(value.i));
  }
}

std::string CursorWriter::finish(std::string_view query) {
  append_number(bytes_, sum(query, bytes_));
  return std::move(bytes_);
}

CursorReader::CursorReader(std::string_view cursor, std::string_view query) {
  if (cursor.size() > longest_cursor || cursor.size() < sizeof(std::uint64_t)) invalid("the cursor cannot be read");
  rest_ = cursor.substr(0, cursor.size() - sizeof(std::uint64_t));
  cursor.remove_prefix(rest_.size());
  if (take_number(cursor) != sum(query, rest_)) invalid("the cursor is damaged, or of another query");
}

gh_value CursorReader::take() {
  if (rest_.empty()) invalid("the cursor cannot be read");
  const auto type = static_cast<std::uint32_t>(rest_.front());
  rest_.remove_prefix(1);
  gh_value value{type, 0, 0, {nullptr, 0}};
  if (type > GH_BYTES) invalid("the cursor cannot be read");
  if (type == GH_NULL) return value;
  const std::uint64_t number = take_number(rest_);
  if (!has_bytes(type)) {
    value.i = static_cast<std::int64_t>(number);
    return value;
  }
  if (number > rest_.size()) invalid("the cursor cannot be read");
  value.s = sdk::slice(rest_.substr(0, number));
  rest_.remove_prefix(number);
  return value;
}

void CursorReader::finish() const {
  if (!rest_.empty()) invalid("the cursor cannot be read");
}

}  // namespace gatehouse::store_postgres
