// SPDX-License-Identifier: Apache-2.0
#include "kind.h"

#include "varint.h"

#include <gatehouse/sdk/status.hpp>

#include <algorithm>
#include <cstring>

namespace gatehouse::store_memory {
namespace {

[[noreturn]] void refuse(gh_status status, const std::string& kind, const std::string& why) {
  throw sdk::StatusError(status, "kind " + kind + ": " + why);
}

}  // namespace

Kind::Kind(const sdk::KindView& declared, std::size_t table)
    : name_(declared.name()), table_(table), append_only_(declared.append_only()) {
  add_fields(declared);
  if (declared.has_expiry()) {
    const std::uint32_t field = declared.expiry_field();
    if (field >= fields_.size() || fields_[field].type != GH_TIME) {
      refuse(GH_INVALID, name_, "its expiry is not one of its time fields");
    }
    expiry_field_ = field;
  }
  add_indexes(declared);
  lay_out();
}

void Kind::add_fields(const sdk::KindView& declared) {
  const auto fields = declared.fields();
  if (fields.size() > max_fields) refuse(GH_UNSUPPORTED, name_, "more than 256 fields");
  fields_.reserve(fields.size());
  for (const gh_field& field : fields) {
    if (field.type < GH_BOOL || field.type > GH_BYTES) {
      refuse(GH_INVALID, name_, std::string("field ") + field.name + " has an unknown type");
    }
    fields_.push_back({field.name, field.type, (field.flags & GH_FIELD_NULLABLE) != 0});
  }
}

void Kind::add_indexes(const sdk::KindView& declared) {
  const auto indexes = declared.indexes();
  if (indexes.size() > max_indexes) refuse(GH_UNSUPPORTED, name_, "more than 31 indexes");
  indexes_.reserve(indexes.size() + 1);
  for (const gh_index& declared_index : indexes) {
    const std::string index_name = std::string("index ") + declared_index.name;
    if (declared_index.field_count < 1 || declared_index.field_count > max_index_fields) {
      refuse(GH_INVALID, name_, index_name + " does not have 1 to 4 fields");
    }
    Index index;
    index.field_count = declared_index.field_count;
    index.unique = (declared_index.flags & GH_INDEX_UNIQUE) != 0;
    for (std::uint32_t at = 0; at < index.field_count; ++at) {
      index.fields[at] = declared_index.fields[at];
      if (index.fields[at] >= fields_.size()) refuse(GH_INVALID, name_, index_name + " names a field there is not");
    }
    has_unique_ = has_unique_ || index.unique;
    indexes_.push_back(index);
  }
  indexes_.push_back(Index{});
}

void Kind::put_in_place(std::uint32_t field) {
  FieldInfo& info = fields_[field];
  if (info.in_place) return;
  auto& slots = is_text(info.type) ? texts_ : numbers_;
  info.in_place = true;
  info.slot = static_cast<std::uint32_t>(slots.size());
  slots.push_back(field);
}

void Kind::lay_out() {
  for (const Index& index : indexes_) {
    for (std::uint32_t at = 0; at < index.field_count; ++at) put_in_place(index.fields[at]);
  }
  if (expiry_field_) put_in_place(*expiry_field_);
  for (std::uint32_t field = 0; field < fields_.size(); ++field) {
    if (!fields_[field].in_place) rest_.push_back(field);
  }
  const auto base = std::find_if(numbers_.begin(), numbers_.end(),
                                 [&](std::uint32_t field) { return fields_[field].type == GH_TIME; });
  if (base != numbers_.end()) time_base_ = *base;
  present_at_ = numbers_.size() * sizeof(std::int64_t);
  key_at_ = present_at_ + (fields_.size() + 7) / 8;
}

std::int64_t Kind::number(const Record& record, std::uint32_t slot) const noexcept {
  std::int64_t value;
  std::memcpy(&value, record.bytes() + slot * sizeof(value), sizeof(value));
  return value;
}

std::string_view Kind::indexed_text(const Record& record, std::uint32_t slot) const noexcept {
  const std::uint8_t* at = reinterpret_cast<const std::uint8_t*>(id(record).data()) + record.id_size;
  std::string_view text;
  for (std::uint32_t before = 0; before < slot; ++before) {
    if (present(record, texts_[before])) at = read_text(record, at, text);
  }
  read_text(record, at, text);
  return text;
}

Field Kind::component(const Record& record, const Index& index, std::uint32_t component) const noexcept {
  if (component == index.field_count) return {false, 0, partition(record)};
  if (component > index.field_count) return {false, 0, id(record)};
  const std::uint32_t field = index.fields[component];
  if (!present(record, field)) return {};
  const FieldInfo& info = fields_[field];
  if (is_text(info.type)) return {false, 0, indexed_text(record, info.slot)};
  return {false, number(record, info.slot), {}};
}

std::optional<std::int64_t> Kind::expiry(const Record& record) const noexcept {
  if (!expiry_field_ || !present(record, *expiry_field_)) return std::nullopt;
  return number(record, fields_[*expiry_field_].slot);
}

std::size_t Kind::footprint(const Record& record) const noexcept {
  // A slot of the table, an entry of each tree and one of the heap, at their usual fill.
  constexpr std::size_t slot = 20;
  constexpr std::size_t tree_entry = 24;
  constexpr std::size_t heap_entry = 20;
  return Record::footprint(record.capacity) + slot + indexes_.size() * tree_entry + (has_expiry() ? heap_entry : 0);
}

}  // namespace gatehouse::store_memory
