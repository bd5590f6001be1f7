// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/schema.h"

#include <gatehouse/store.h>

#include <compare>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// The words of the store interface as values that own what they say.
namespace gatehouse::check::store {

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

struct Get {
  std::uint32_t kind = 0;
  Key key{};
};

struct Query {
  std::uint32_t kind = 0;
  std::uint32_t index = GH_INDEX_KEY;
  std::string tenant{};
  std::vector<Value> equals{};
  std::uint32_t range = GH_RANGE_NONE;
  Value low{};
  Value high{};
  bool descending = false;
  bool count_only = false;
  std::uint32_t limit = 1000;
  std::string cursor{};
};

// What a verb answered. `words`: what the store explained.
struct Got {
  gh_status status = GH_OK;
  std::optional<Record> record{};
  int delivered = 0;
  std::string words{};
};

struct GotMany {
  gh_status status = GH_OK;
  std::vector<std::optional<Record>> records{};  // one for each get
  int strays = 0;                                // deliveries for a get that was not asked, or was answered before
  std::string words{};
};

struct Page {
  gh_status status = GH_OK;
  std::uint64_t count = 0;
  std::vector<Record> records{};
  std::string cursor{};
  int cursor_calls = 0;
  std::string words{};
};

struct Committed {
  gh_status status = GH_OK;
  // With GH_CONFLICT.
  std::uint32_t failed_write = 0;
  std::uint32_t conflict = 0;
  std::uint32_t unique_index = 0;
  std::string words{};
};

struct Purged {
  gh_status status = GH_OK;
  std::uint64_t deleted = 0;
  std::string words{};
};

// What was called, for the sentence of a failure.
std::string text_of(const Value& value);
std::string text_of(const std::vector<Value>& values);
std::string text_of(const Key& key);
std::string text_of(const Record& record);
std::string text_of(const std::optional<Record>& record);
std::string text_of(const std::vector<Record>& records);
std::string text_of(const std::vector<std::string>& ids);
std::string text_of(const std::vector<Write>& writes, const Kinds& kinds);
std::string text_of(const Query& query, const Kinds& kinds);
std::string text_of(const std::vector<Get>& gets, const Kinds& kinds);
std::string text_of(bool value);
inline std::string text_of(const std::string& bytes) { return bytes; }
template <std::integral T>
std::string text_of(T number) {
  return std::to_string(number);
}

// "owner7".
inline std::string named(const char* name, std::int64_t number) {
  return std::string(name).append(std::to_string(number));
}
std::vector<std::string> ids(const std::vector<Record>& records);

}  // namespace gatehouse::check::store
