// SPDX-License-Identifier: Apache-2.0
#include "find.h"
#include "order_code.h"

#include <gatehouse/sdk/view.hpp>

#include <array>

// A cursor: 8 bytes that name the query, then the place of the last record in plain, each part with its size before it.
// Not the order code itself: with its escapes it may be longer than a cursor can be.
namespace gatehouse::store_redis {
namespace {

constexpr std::size_t fingerprint_size = 8;
constexpr char null_part = '\x01';
constexpr char number_part = '\x02';
constexpr char text_part = '\x03';

void append_part(std::string& out, const gh_value& value) {
  if (value.type == GH_NULL) {
    out += null_part;
  } else if (is_text(value.type)) {
    out += text_part;
    out += static_cast<char>(value.s.size >> 8);
    out += static_cast<char>(value.s.size & 0xff);
    out += sdk::view(value.s);
  } else {
    out += number_part;
    append_number(out, value.i);
  }
}

[[noreturn]] void unreadable() { invalid("a cursor that this store did not give for this query"); }

std::string_view take(std::string_view& from, std::size_t size) {
  if (from.size() < size) unreadable();
  const auto taken = from.substr(0, size);
  from.remove_prefix(size);
  return taken;
}

gh_value take_part(std::string_view& from, std::uint32_t type) {
  gh_value value = sdk::null_value();
  switch (take(from, 1)[0]) {
    case null_part: return value;
    case number_part: {
      if (is_text(type)) unreadable();
      std::uint64_t raised = 0;
      for (const char byte : take(from, 8)) raised = raised << 8 | static_cast<unsigned char>(byte);
      value.i = static_cast<std::int64_t>(raised ^ (std::uint64_t{1} << 63));
      break;
    }
    case text_part: {
      if (!is_text(type)) unreadable();
      const auto size = take(from, 2);
      value.s = sdk::slice(take(from, static_cast<std::size_t>(static_cast<unsigned char>(size[0]) << 8 |
                                                               static_cast<unsigned char>(size[1]))));
      break;
    }
    default: unreadable();
  }
  value.type = type;
  return value;
}

}  // namespace

std::string Search::fingerprint(const sdk::QueryView& query) const {
  std::uint64_t hash = 14695981039346656037u;
  const auto add = [&](std::string_view bytes) {
    for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211u;
    hash = (hash ^ bytes.size()) * 1099511628211u;
  };
  add(kind_.name());
  add(std::to_string(query.by_key() ? GH_INDEX_KEY : query.index()));
  add(descending_ ? "descending" : "ascending");
  add(low_);
  add(high_);
  std::string code;
  append_number(code, static_cast<std::int64_t>(hash));
  return code;
}

std::string Search::cursor_after(const Found& last) const {
  std::string cursor = fingerprint_;
  if (!by_key()) {
    const Decoded record = decode(kind_, last.record.text());
    const sdk::Values values(record.values.data(), record.values.size(), sizeof(gh_value));
    for (const std::uint32_t field : index_->fields) append_part(cursor, Kind::value_of(values, field));
  }
  const std::string partition = text_of(last.key.partition);
  const std::string id = text_of(last.key.id);
  append_part(cursor, sdk::text_value(partition));
  append_part(cursor, sdk::text_value(id));
  return cursor;
}

void Search::read_cursor(std::string_view cursor) {
  if (cursor.size() < fingerprint_size || cursor.substr(0, fingerprint_size) != fingerprint_) unreadable();
  cursor.remove_prefix(fingerprint_size);
  std::vector<gh_value> values(kind_.fields().size(), sdk::null_value());
  if (!by_key()) {
    for (const std::uint32_t field : index_->fields) values[field] = take_part(cursor, kind_.fields()[field].type);
  }
  const gh_value partition = take_part(cursor, GH_TEXT);
  const gh_value id = take_part(cursor, GH_TEXT);
  if (!cursor.empty() || partition.type == GH_NULL || id.type == GH_NULL) unreadable();
  const KeyCode key = {tenant_, text_code(sdk::view(partition.s)), text_code(sdk::view(id.s))};
  const Place place = by_key() ? key_place(key)
                               : place_of(kind_, *index_, key, sdk::view(partition.s),
                                          sdk::Values(values.data(), values.size(), sizeof(gh_value)));
  after_ = std::string(sort_key(entry_of(key, place)));
}

}  // namespace gatehouse::store_redis
