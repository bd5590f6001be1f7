// SPDX-License-Identifier: Apache-2.0
#include "contract/records.h"

#include <algorithm>
#include <ostream>
#include <utility>

namespace gatehouse::contract {
namespace {

gh_slice slice(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

// Keys and values hold any bytes, and test logs should stay text.
std::string printable(const std::string& bytes) {
  constexpr std::size_t most = 60;
  constexpr char digits[] = "0123456789abcdef";
  std::string shown;
  for (std::size_t at = 0; at < bytes.size() && at < most; ++at) {
    const auto byte = static_cast<unsigned char>(bytes[at]);
    if (byte >= ' ' && byte < 0x7f) {
      shown.push_back(bytes[at]);
    } else {
      shown.append("\\x").append(1, digits[byte / 16]).append(1, digits[byte % 16]);
    }
  }
  if (bytes.size() > most) shown.append("..(").append(std::to_string(bytes.size())).append(" bytes)");
  return shown;
}

}  // namespace

gh_value Value::raw() const& { return {type, 0, i, slice(s)}; }

Value owned(const gh_value& value) {
  const bool has_text = value.type == GH_TEXT || value.type == GH_BYTES;
  return {value.type, has_text ? 0 : value.i,
          has_text ? std::string(reinterpret_cast<const char*>(value.s.data), value.s.size) : std::string()};
}

std::strong_ordering order(const Value& a, const Value& b) {
  if (a.type == GH_NULL || b.type == GH_NULL) return (a.type != GH_NULL) <=> (b.type != GH_NULL);
  if (a.type != GH_TEXT && a.type != GH_BYTES) return a.i <=> b.i;
  return std::lexicographical_compare_three_way(a.s.begin(), a.s.end(), b.s.begin(), b.s.end(), [](char x, char y) {
    return static_cast<unsigned char>(x) <=> static_cast<unsigned char>(y);
  });
}

gh_key Key::raw() const& { return {slice(tenant), slice(partition), slice(id)}; }

Write put(std::uint32_t kind, Key key, std::int64_t expected, std::vector<Value> values) {
  return {GH_WRITE_PUT, kind, std::move(key), expected, std::move(values)};
}

Write remove(std::uint32_t kind, Key key, std::int64_t expected) {
  return {GH_WRITE_DELETE, kind, std::move(key), expected, {}};
}

std::ostream& operator<<(std::ostream& out, const Value& value) {
  switch (value.type) {
    case GH_NULL: return out << "null";
    case GH_BOOL: return out << (value.i != 0 ? "true" : "false");
    case GH_INT: return out << value.i;
    case GH_TIME: return out << '@' << value.i;
    default: return out << '"' << printable(value.s) << '"';
  }
}

std::ostream& operator<<(std::ostream& out, const Key& key) {
  return out << printable(key.tenant) << '/' << printable(key.partition) << '/' << printable(key.id);
}

std::ostream& operator<<(std::ostream& out, const Record& record) {
  out << record.key << " v" << record.version << " [";
  const char* between = "";
  for (const Value& value : record.values) {
    out << between << value;
    between = ", ";
  }
  return out << ']';
}

}  // namespace gatehouse::contract
