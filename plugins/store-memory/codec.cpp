// SPDX-License-Identifier: Apache-2.0
#include "kind.h"
#include "varint.h"

#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/view.hpp>

#include <cstring>

namespace gatehouse::store_memory {
namespace {

// What stands before a text: it is the partition, it is the id, or its size and then its bytes.
constexpr std::uint64_t same_as_partition = 0;
constexpr std::uint64_t same_as_id = 1;
constexpr std::uint64_t own_bytes = 2;

const char* type_name(std::uint32_t type) noexcept {
  switch (type) {
    case GH_NULL: return "null";
    case GH_BOOL: return "bool";
    case GH_INT: return "int";
    case GH_TIME: return "time";
    case GH_TEXT: return "text";
    case GH_BYTES: return "bytes";
    default: return "of an unknown type";
  }
}

std::uint8_t* write_bytes(std::uint8_t* at, std::string_view text) noexcept {
  if (!text.empty()) std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

std::uint8_t* write_text(std::uint8_t* at, std::string_view text, const Key& key) noexcept {
  if (text == key.partition) return write_varint(at, same_as_partition);
  if (text == key.id) return write_varint(at, same_as_id);
  return write_bytes(write_varint(at, text.size() + own_bytes), text);
}

}  // namespace

void Kind::check_value(std::uint32_t field, const gh_value& value) const {
  const FieldInfo& info = fields_[field];
  const auto refuse = [&](const std::string& why) {
    throw sdk::StatusError(GH_INVALID, "kind " + name_ + ", field " + info.name + ": " + why);
  };
  if (value.type == GH_NULL) {
    if (!info.nullable) refuse("is null and must not be");
    return;
  }
  if (value.type != info.type) refuse(std::string("is ") + type_name(value.type) + ", not " + type_name(info.type));
  if (info.type == GH_BOOL && value.i != 0 && value.i != 1) refuse("a bool is neither 0 nor 1");
  if (!is_text(info.type)) return;
  if (value.s.data == nullptr && value.s.size > 0) refuse("has a size and no bytes");
  if (value.s.size > max_value_bytes) refuse("is longer than 16 MiB");
}

void Kind::check_index_sizes(const sdk::Values& values) const {
  for (const Index& index : indexes_) {
    std::uint64_t total = 0;
    for (std::uint32_t at = 0; at < index.field_count; ++at) {
      const std::uint32_t field = index.fields[at];
      if (field < values.size() && is_text(values[field].type)) total += values[field].s.size;
    }
    if (total > max_index_bytes) {
      throw sdk::StatusError(GH_INVALID, "kind " + name_ + ": more than 512 bytes in the fields of one index");
    }
  }
}

std::size_t Kind::room_for(const Key& key, const sdk::Values& values) const {
  if (values.size() > fields_.size()) {
    throw sdk::StatusError(GH_INVALID, "kind " + name_ + ": more values than it has fields");
  }
  std::size_t bound = key_at_ + key.tenant.size() + key.partition.size() + key.id.size();
  for (std::uint32_t field = 0; field < fields_.size(); ++field) {
    const gh_value value = field < values.size() ? values[field] : sdk::null_value();
    check_value(field, value);
    bound += max_varint_size + (is_text(value.type) ? static_cast<std::size_t>(value.s.size) : 0);
  }
  check_index_sizes(values);
  if (bound > UINT32_MAX / 2) throw sdk::StatusError(GH_INVALID, "kind " + name_ + ": a record longer than 2 GiB");
  return bound;
}

void Kind::encode(const Key& key, const sdk::Values& values, Record& record) const noexcept {
  record.tenant_size = static_cast<std::uint8_t>(key.tenant.size());
  record.partition_size = static_cast<std::uint8_t>(key.partition.size());
  record.id_size = static_cast<std::uint8_t>(key.id.size());

  std::uint8_t* const start = record.bytes();
  std::memset(start, 0, key_at_);
  for (std::uint32_t field = 0; field < values.size(); ++field) {
    if (values[field].type == GH_NULL) continue;
    start[present_at_ + field / 8] = static_cast<std::uint8_t>(start[present_at_ + field / 8] | 1u << (field % 8));
  }
  for (std::size_t slot = 0; slot < numbers_.size(); ++slot) {
    if (!present(record, numbers_[slot])) continue;
    std::memcpy(start + slot * sizeof(std::int64_t), &values[numbers_[slot]].i, sizeof(std::int64_t));
  }
  std::uint8_t* at = write_bytes(start + key_at_, key.tenant);
  at = write_bytes(at, key.partition);
  at = write_bytes(at, key.id);
  for (const std::uint32_t field : texts_) {
    if (present(record, field)) at = write_text(at, sdk::view(values[field].s), key);
  }
  std::int64_t time = first_time(record);
  for (const std::uint32_t field : rest_) {
    if (!present(record, field)) continue;
    const gh_value& value = values[field];
    switch (fields_[field].type) {
      case GH_BOOL: *at++ = static_cast<std::uint8_t>(value.i); break;
      case GH_INT: at = write_varint(at, zigzag(value.i)); break;
      case GH_TIME:
        at = write_varint(at, zigzag(wrapping_difference(value.i, time)));
        time = value.i;
        break;
      default: at = write_text(at, sdk::view(value.s), key);
    }
  }
  record.size = static_cast<std::uint32_t>(at - start);
}

const std::uint8_t* Kind::read_text(const Record& record, const std::uint8_t* at,
                                    std::string_view& text) const noexcept {
  std::uint64_t code;
  at = read_varint(at, code);
  if (code == same_as_partition) {
    text = partition(record);
    return at;
  }
  if (code == same_as_id) {
    text = id(record);
    return at;
  }
  text = {reinterpret_cast<const char*>(at), static_cast<std::size_t>(code - own_bytes)};
  return at + text.size();
}

std::int64_t Kind::first_time(const Record& record) const noexcept {
  return time_base_ && present(record, *time_base_) ? number(record, fields_[*time_base_].slot) : 0;
}

void Kind::decode(const Record& record, gh_value* out) const noexcept {
  for (std::size_t slot = 0; slot < numbers_.size(); ++slot) {
    const std::uint32_t field = numbers_[slot];
    out[field] = sdk::null_value();
    if (!present(record, field)) continue;
    out[field].type = fields_[field].type;
    out[field].i = number(record, static_cast<std::uint32_t>(slot));
  }
  const std::uint8_t* at = reinterpret_cast<const std::uint8_t*>(id(record).data()) + record.id_size;
  std::string_view text;
  for (const std::uint32_t field : texts_) {
    out[field] = sdk::null_value();
    if (!present(record, field)) continue;
    at = read_text(record, at, text);
    out[field].type = fields_[field].type;
    out[field].s = sdk::slice(text);
  }
  std::int64_t time = first_time(record);
  for (const std::uint32_t field : rest_) {
    gh_value& value = out[field];
    value = sdk::null_value();
    if (!present(record, field)) continue;
    value.type = fields_[field].type;
    std::uint64_t code;
    switch (value.type) {
      case GH_BOOL: value.i = *at++; break;
      case GH_INT:
        at = read_varint(at, code);
        value.i = unzigzag(code);
        break;
      case GH_TIME:
        at = read_varint(at, code);
        time = wrapping_sum(time, unzigzag(code));
        value.i = time;
        break;
      default: at = read_text(record, at, text); value.s = sdk::slice(text);
    }
  }
}

}  // namespace gatehouse::store_memory
