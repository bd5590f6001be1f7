// SPDX-License-Identifier: Apache-2.0
#include "providers/record.h"

#include "base/encoding.h"
#include "providers/slices.h"

#include <gatehouse/store.h>

#include <cstring>

namespace gatehouse::providers {

static_assert(static_cast<std::uint32_t>(ValueType::Bytes) == GH_BYTES);
static_assert(static_cast<std::uint32_t>(ValueType::Time) == GH_TIME);

namespace {

// Most texts are ASCII, and every text of every record passes here: eight bytes a step until one is not.
bool is_text(std::string_view bytes) noexcept {
  std::size_t at = 0;
  for (std::uint64_t eight = 0; at + sizeof(eight) <= bytes.size(); at += sizeof(eight)) {
    std::memcpy(&eight, bytes.data() + at, sizeof(eight));
    if ((eight & 0x8080808080808080u) != 0) break;
  }
  return is_utf8(bytes.substr(at));
}

}  // namespace

KeyView RecordReader::key() const noexcept {
  bool honest = true;
  return {text_of(record_.key.tenant, honest), text_of(record_.key.partition, honest), text_of(record_.key.id, honest)};
}

std::int64_t RecordReader::version() const noexcept { return record_.version; }

const void* RecordReader::value(std::uint32_t field, ValueType type) noexcept {
  // A record written before the kind grew ends earlier.
  if (field >= record_.value_count) return nullptr;
  const auto& value = record_.values[field];
  if (value.type == GH_NULL) return nullptr;
  if (value.type != static_cast<std::uint32_t>(type)) {
    well_formed_ = false;
    return nullptr;
  }
  return &value;
}

bool RecordReader::is_null(std::uint32_t field) const noexcept {
  return field >= record_.value_count || record_.values[field].type == GH_NULL;
}

std::string_view RecordReader::text(std::uint32_t field) noexcept {
  const auto* found = static_cast<const gh_value*>(value(field, ValueType::Text));
  if (found == nullptr) return {};
  const auto text = text_of(found->s, well_formed_);
  if (is_text(text)) return text;
  well_formed_ = false;
  return {};
}

std::string_view RecordReader::bytes(std::uint32_t field) noexcept {
  const auto* found = static_cast<const gh_value*>(value(field, ValueType::Bytes));
  return found == nullptr ? std::string_view() : text_of(found->s, well_formed_);
}

std::int64_t RecordReader::integer(std::uint32_t field) noexcept {
  const auto* found = static_cast<const gh_value*>(value(field, ValueType::Int));
  return found == nullptr ? 0 : found->i;
}

bool RecordReader::boolean(std::uint32_t field) noexcept {
  const auto* found = static_cast<const gh_value*>(value(field, ValueType::Bool));
  return found != nullptr && found->i != 0;
}

std::optional<Time> RecordReader::optional_time(std::uint32_t field) noexcept {
  const auto* found = static_cast<const gh_value*>(value(field, ValueType::Time));
  if (found == nullptr) return std::nullopt;
  return Time(std::chrono::microseconds(found->i));
}

Time RecordReader::time(std::uint32_t field) noexcept { return optional_time(field).value_or(Time{}); }

}  // namespace gatehouse::providers
