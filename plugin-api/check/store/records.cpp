// SPDX-License-Identifier: Apache-2.0
#include "store/records.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace gatehouse::check::store {
namespace {

gh_slice slice(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

// Keys and values hold any bytes, and a report stays text.
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

std::string name_of(const Kinds& kinds, std::uint32_t kind) {
  return kind < kinds.size() ? kinds[kind].name : "kind " + std::to_string(kind);
}

// At most so many of a list are worth reading.
template <class T, class Text>
std::string joined(const std::vector<T>& all, const Text& text) {
  constexpr std::size_t most = 12;
  std::string list = "[";
  for (std::size_t at = 0; at < all.size() && at < most; ++at) {
    if (at > 0) list += ", ";
    list += text(all[at]);
  }
  if (all.size() > most) list += ", .. (" + std::to_string(all.size()) + " in all)";
  return list + "]";
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

std::string text_of(const Value& value) {
  switch (value.type) {
    case GH_NULL: return "null";
    case GH_BOOL: return value.i != 0 ? "true" : "false";
    case GH_INT: return std::to_string(value.i);
    case GH_TIME: return std::string("@").append(std::to_string(value.i));
    case GH_TEXT: return std::string("\"").append(printable(value.s)).append("\"");
    case GH_BYTES: return std::string("b\"").append(printable(value.s)).append("\"");
    default: return std::string("a value of type ").append(std::to_string(value.type));
  }
}

std::string text_of(const std::vector<Value>& values) {
  return joined(values, [](const Value& value) { return text_of(value); });
}

std::string text_of(const Key& key) {
  return printable(key.tenant) + '/' + printable(key.partition) + '/' + printable(key.id);
}

std::string text_of(const Record& record) {
  return text_of(record.key) + " v" + std::to_string(record.version) + ' ' + text_of(record.values);
}

std::string text_of(const std::optional<Record>& record) { return record ? text_of(*record) : "no record"; }

std::string text_of(const std::vector<Record>& records) {
  return joined(records, [](const Record& record) { return text_of(record); });
}

std::string text_of(const std::vector<std::string>& ids) {
  return joined(ids, [](const std::string& id) { return printable(id); });
}

std::string text_of(const std::vector<Write>& writes, const Kinds& kinds) {
  return "commit " + joined(writes, [&](const Write& write) {
           const std::string what = write.op == GH_WRITE_PUT      ? "put "
                                    : write.op == GH_WRITE_DELETE ? "delete "
                                                                  : "op " + std::to_string(write.op) + ' ';
           const std::string values = write.op == GH_WRITE_PUT ? ' ' + text_of(write.values) : "";
           return what + name_of(kinds, write.kind) + ' ' + text_of(write.key) + " expecting version " +
                  std::to_string(write.expected) + values;
         });
}

std::string text_of(const std::vector<Get>& gets, const Kinds& kinds) {
  return "get_many " + joined(gets, [&](const Get& get) { return name_of(kinds, get.kind) + ' ' + text_of(get.key); });
}

std::string text_of(const Query& query, const Kinds& kinds) {
  static constexpr const char* ranges[] = {"", " from ", " below ", " between ", " with the prefix "};
  std::string text = "find " + name_of(kinds, query.kind);
  const bool known = query.kind < kinds.size() && query.index < kinds[query.kind].indexes.size();
  if (query.index != GH_INDEX_KEY) {
    text += " by " + (known ? kinds[query.kind].indexes[query.index].name : "index " + std::to_string(query.index));
  }
  text += " of tenant " + printable(query.tenant) + " where " + text_of(query.equals);
  if (query.range >= std::size(ranges)) {
    text += " range " + std::to_string(query.range);
  } else if (query.range != GH_RANGE_NONE) {
    text += ranges[query.range] + text_of(query.range == GH_RANGE_BELOW ? query.high : query.low);
    if (query.range == GH_RANGE_BETWEEN) text += " and " + text_of(query.high);
  }
  if (query.descending) text += " descending";
  if (!query.cursor.empty()) text += " from a cursor";
  return text + " limit " + std::to_string(query.limit);
}

std::string text_of(bool value) { return value ? "yes" : "no"; }

std::vector<std::string> ids(const std::vector<Record>& records) {
  std::vector<std::string> all;
  for (const Record& record : records) all.push_back(record.key.id);
  return all;
}

}  // namespace gatehouse::check::store
