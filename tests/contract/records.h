// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/store.h>

#include <compare>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

// The words of the store interface as values that own what they say.
namespace gatehouse::contract {

struct Value {
  std::uint32_t type = GH_NULL;
  std::int64_t i = 0;
  std::string s;

  bool operator==(const Value&) const = default;
  // Points into this value.
  gh_value raw() const&;
  gh_value raw() const&& = delete;
};
inline Value null() { return {}; }
inline Value boolean(bool value) { return {GH_BOOL, value ? 1 : 0, {}}; }
inline Value integer(std::int64_t value) { return {GH_INT, value, {}}; }
inline Value moment(std::int64_t value) { return {GH_TIME, value, {}}; }
inline Value text(std::string value) { return {GH_TEXT, 0, std::move(value)}; }
inline Value bytes(std::string value) { return {GH_BYTES, 0, std::move(value)}; }
Value owned(const gh_value& value);

// The order of values of one type in every index: NULL first, numbers by value, texts by unsigned bytes.
std::strong_ordering order(const Value& a, const Value& b);

struct Key {
  std::string tenant;
  std::string partition;
  std::string id;
  auto operator<=>(const Key&) const = default;
  // Points into this key.
  gh_key raw() const&;
  gh_key raw() const&& = delete;
};

struct Record {
  Key key;
  std::int64_t version = 0;
  std::vector<Value> values;
  bool operator==(const Record&) const = default;
};

struct Write {
  std::uint32_t op = GH_WRITE_PUT;
  std::uint32_t kind = 0;
  Key key{};
  std::int64_t expected = 0;
  std::vector<Value> values{};
};
Write put(std::uint32_t kind, Key key, std::int64_t expected, std::vector<Value> values);
Write remove(std::uint32_t kind, Key key, std::int64_t expected);

struct Query {
  std::uint32_t kind = 0;
  std::uint32_t index = GH_INDEX_KEY;
  std::string tenant{};
  std::vector<Value> equals{};
  std::uint32_t range = GH_RANGE_NONE;
  Value low{};
  Value high{};
  bool descending = false;
  std::uint32_t limit = 1000;
  std::string cursor{};
};

struct Page {
  gh_status status = GH_OK;
  std::uint64_t count = 0;
  std::vector<Record> records{};
  std::string cursor{};
  int cursor_calls = 0;
};

struct Committed {
  gh_status status = GH_OK;
  // With GH_CONFLICT.
  std::uint32_t failed_write = 0;
  std::uint32_t conflict = 0;
  std::uint32_t unique_index = 0;
};

std::ostream& operator<<(std::ostream& out, const Value& value);
std::ostream& operator<<(std::ostream& out, const Key& key);
std::ostream& operator<<(std::ostream& out, const Record& record);

}  // namespace gatehouse::contract
