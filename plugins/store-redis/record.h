// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kind.h"

#include <gatehouse/sdk/store.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A record as Redis keeps it. The scripts (scripts.cpp) read everything before the values:
//   1 byte    'E' it expires, 'N' it does not
//   8 bytes   version, order code
//   8 bytes   expiry, order code; of no meaning after 'N'
//   places    of the record's index entries: one byte how many, then each with two bytes of length before it. They
//             belong to indexes by position, the last one to that of keys: a kind's indexes are fixed for ever
//   values    a bit for each that is not NULL, then these; trailing NULLs left away
namespace gatehouse::store_redis {

// A key in order codes.
struct KeyCode {
  std::string tenant;
  std::string partition;
  std::string id;
};
KeyCode code_of(const sdk::KeyView& key);

// What a record's entry in an index is made of beside its key; empty: it has none. The entry (an element of a sorted
// set) is
//   tenant, the index's fields, partition, id and, in 6 bytes, where partition and id are found in it.
// Where the first field is a text and this text is the partition, as in an index by user, it stands there once ('H', at
// home), and the place holds neither of them; otherwise the record is away ('A').
using Place = std::string;

// In this index; for the key index see key_place().
Place place_of(const Kind& kind, const Index& index, const KeyCode& key, std::string_view partition,
               const sdk::Values& values);
// In the index of all keys by (partition, id).
Place key_place(const KeyCode& key);
bool is_home(const Place& place) noexcept;

// Of each index, and last the one in the index of keys: empty where the carrier serves for it.
std::vector<Place> places_of(const Kind& kind, const sdk::KeyView& key, const KeyCode& code, const sdk::Values& values);

std::string entry_of(const KeyCode& key, const Place& place);
// An entry without what it ends with: entries are in the order of this.
std::string_view sort_key(std::string_view entry);

// The parts of a key as an entry says them, in order codes.
struct EntryKey {
  std::string_view partition;
  std::string_view id;
};
// Throws sdk::StatusError(GH_INTERNAL): no plugin wrote this.
EntryKey key_of_entry(std::string_view entry);

std::string encode(const Kind& kind, std::int64_t version, const std::vector<Place>& places, const sdk::Values& values);

// The values borrow from `bytes` and from `uuids`. Throws sdk::StatusError(GH_INTERNAL) on bytes that no plugin wrote.
struct Decoded {
  std::int64_t version = 0;
  std::vector<gh_value> values;
  std::vector<std::array<char, 36>> uuids;
};
Decoded decode(const Kind& kind, std::string_view bytes);
// The part behind the places, and back.
void append_values(std::string& out, const sdk::Values& values);
Decoded read_values(const Kind& kind, std::string_view bytes);
// Throws sdk::StatusError(GH_INTERNAL): no plugin wrote this.
[[noreturn]] void broken_record();

// Not visible from this moment on; nothing: never.
std::optional<std::int64_t> expiry_of(std::string_view bytes);
inline bool visible(std::string_view bytes, std::int64_t now_us) {
  const auto expiry = expiry_of(bytes);
  return !expiry || *expiry > now_us;
}

// The text behind an order code.
std::string text_of(std::string_view code);

}  // namespace gatehouse::store_redis
