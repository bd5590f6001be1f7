// SPDX-License-Identifier: Apache-2.0
#include "record.h"

#include "order_code.h"

#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/view.hpp>

#include <utility>

namespace gatehouse::store_redis {
namespace {

constexpr std::size_t head_size = 17;
constexpr std::size_t trailer_size = 6;

std::uint64_t read_big_endian(std::string_view bytes) noexcept {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

std::int64_t read_number(std::string_view code) noexcept {
  return static_cast<std::int64_t>(read_big_endian(code) ^ (std::uint64_t{1} << 63));
}

void append_size(std::string& out, std::size_t size) {
  out += static_cast<char>(size >> 8);
  out += static_cast<char>(size & 0xff);
}

std::string trailer(std::size_t partition_begin, std::size_t partition_end, std::size_t id_begin) {
  std::string made;
  append_size(made, partition_begin + 1);
  append_size(made, partition_end);
  append_size(made, id_begin + 1);
  return made;
}

constexpr char home = 'H';
constexpr char away = 'A';
// Between equal fields and the partition: is it less than, the same as or more than the first field?
constexpr char partition_less = '\x01';
constexpr char partition_same = '\x02';
constexpr char partition_more = '\x03';

}  // namespace

void broken_record() {
  throw sdk::StatusError(GH_INTERNAL,
                         "a record in Redis is not one this plugin wrote: does another program use its keys?");
}

KeyCode code_of(const sdk::KeyView& key) {
  return {text_code(key.tenant()), text_code(key.partition()), text_code(key.id())};
}

Place key_place(const KeyCode& key) {
  const std::size_t begin = key.tenant.size() + 1;
  const std::size_t end = begin + key.partition.size();
  return home + trailer(begin, end, end);
}

bool is_home(const Place& place) noexcept { return !place.empty() && place.front() == home; }

Place place_of(const Kind& kind, const Index& index, const KeyCode& key, std::string_view partition,
               const sdk::Values& values) {
  const gh_value lead = Kind::value_of(values, index.fields.front());
  const bool text_leads = kind.leads_with_text(index) && lead.type == GH_TEXT;
  const bool at_home = text_leads && sdk::view(lead.s) == partition;
  std::string middle;
  for (std::size_t at = at_home ? 1 : 0; at < index.fields.size(); ++at) {
    append_value(middle, Kind::value_of(values, index.fields[at]));
  }
  if (at_home) {
    middle += partition_same;
    const std::size_t begin = key.tenant.size() + 1;
    const std::size_t end = begin + key.partition.size();
    return home + trailer(begin, end, end + middle.size()) + middle;
  }
  if (text_leads) middle += partition < sdk::view(lead.s) ? partition_less : partition_more;
  const std::size_t begin = key.tenant.size() + middle.size();
  middle += key.partition;
  const std::size_t end = key.tenant.size() + middle.size();
  return away + trailer(begin, end, end) + middle;
}

std::vector<Place> places_of(const Kind& kind, const sdk::KeyView& key, const KeyCode& code,
                             const sdk::Values& values) {
  std::vector<Place> places;
  places.reserve(kind.indexes().size() + 1);
  for (const Index& index : kind.indexes()) places.push_back(place_of(kind, index, code, key.partition(), values));
  const bool carried = kind.carrier() && is_home(places[*kind.carrier()]);
  places.push_back(carried ? Place() : key_place(code));
  return places;
}

std::string entry_of(const KeyCode& key, const Place& place) {
  std::string entry = key.tenant;
  if (is_home(place)) (entry += not_null) += key.partition;
  entry += std::string_view(place).substr(1 + trailer_size);
  entry += key.id;
  entry += std::string_view(place).substr(1, trailer_size);
  return entry;
}

std::string_view sort_key(std::string_view entry) { return entry.substr(0, entry.size() - trailer_size); }

EntryKey key_of_entry(std::string_view entry) {
  if (entry.size() < trailer_size) broken_record();
  const auto at = [&](std::size_t which) {
    return static_cast<std::size_t>(read_big_endian(entry.substr(entry.size() - trailer_size + 2 * which, 2)));
  };
  const std::size_t begin = at(0) - 1;
  const std::size_t end = at(1);
  const std::size_t id = at(2) - 1;
  const std::size_t last = entry.size() - trailer_size;
  if (at(0) < 1 || at(2) < 1 || begin > end || end > id || id > last) broken_record();
  return {entry.substr(begin, end - begin), entry.substr(id, last - id)};
}

std::string encode(const Kind& kind, std::int64_t version, const std::vector<Place>& places,
                   const sdk::Values& values) {
  std::string bytes;
  const auto expiry = kind.expiry(values);
  bytes += expiry ? 'E' : 'N';
  append_number(bytes, version);
  append_number(bytes, expiry.value_or(0));
  bytes += static_cast<char>(places.size());
  for (const Place& place : places) {
    append_size(bytes, place.size());
    bytes += place;
  }
  append_values(bytes, values);
  return bytes;
}

std::optional<std::int64_t> expiry_of(std::string_view bytes) {
  if (bytes.size() < head_size) broken_record();
  if (bytes.front() != 'E') return std::nullopt;
  return read_number(bytes.substr(9, 8));
}

Decoded decode(const Kind& kind, std::string_view bytes) {
  if (bytes.size() <= head_size) broken_record();
  const auto version = read_number(bytes.substr(1, 8));
  std::size_t at = head_size + 1;
  for (auto places = static_cast<unsigned char>(bytes[head_size]); places > 0; --places) {
    if (at + 2 > bytes.size()) broken_record();
    at += 2 + static_cast<std::size_t>(read_big_endian(bytes.substr(at, 2)));
  }
  if (at > bytes.size()) broken_record();
  Decoded decoded = read_values(kind, bytes.substr(at));
  decoded.version = version;
  return decoded;
}

std::string text_of(std::string_view code) {
  std::string text;
  for (std::size_t at = 0; at + 1 < code.size(); ++at) {
    if (code[at] != '\0') {
      text += code[at];
    } else if (code[at + 1] == '\0') {
      return text;
    } else {
      text += '\0';
      ++at;
    }
  }
  broken_record();
}

}  // namespace gatehouse::store_redis
