// SPDX-License-Identifier: Apache-2.0
#include "kind.h"

#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/view.hpp>

namespace gatehouse::store_redis {
namespace {

constexpr std::uint64_t max_value_bytes = 16u << 20;
constexpr std::uint64_t max_index_bytes = 512;
constexpr std::uint32_t max_index_fields = 4;

std::string quoted(std::string_view name) { return "kind " + std::string(name); }

}  // namespace

void invalid(const std::string& sentence) { throw sdk::StatusError(GH_INVALID, sentence); }

Kind::Kind(const sdk::KindView& kind) : name_(kind.name()) {
  if (kind.append_only()) {
    throw sdk::StatusError(GH_UNSUPPORTED, quoted(name_) +
                                               " is append-only: a history belongs in a durable store; assign it to "
                                               "another plugin in [storage]");
  }
  for (const gh_field& field : kind.fields()) {
    if (field.type < GH_BOOL || field.type > GH_BYTES) {
      invalid(quoted(name_) + ": field " + field.name + " has a type this plugin does not know");
    }
    if (field.type == GH_TIME && std::string_view(field.name) == "revoked_at") {
      revoked_at_ = static_cast<std::uint32_t>(fields_.size());
    }
    fields_.push_back({field.name, field.type, (field.flags & GH_FIELD_NULLABLE) != 0});
  }
  for (const gh_index& index : kind.indexes()) read_index(index);
  for (std::size_t at = indexes_.size(); at-- > 0;) {
    if (leads_with_text(indexes_[at])) carrier_ = at;
  }
  if (!kind.has_expiry()) return;
  expiry_ = kind.expiry_field();
  if (*expiry_ >= fields_.size() || fields_[*expiry_].type != GH_TIME) {
    invalid(quoted(name_) + ": its expiry is not one of its times");
  }
}

void Kind::read_index(const gh_index& index) {
  if ((index.flags & GH_INDEX_UNIQUE) != 0) {
    throw sdk::StatusError(GH_UNSUPPORTED, quoted(name_) + " has the unique index " + index.name +
                                               ", which no one hash slot of a Redis cluster can judge; assign it to "
                                               "another plugin in [storage]");
  }
  if (index.field_count < 1 || index.field_count > max_index_fields) {
    invalid(quoted(name_) + ": index " + index.name + " does not have 1 to 4 fields");
  }
  Index made{index.name, {index.fields, index.fields + index.field_count}};
  for (const std::uint32_t field : made.fields) {
    if (field >= fields_.size()) invalid(quoted(name_) + ": index " + index.name + " names a field it does not have");
  }
  indexes_.push_back(std::move(made));
}

gh_value Kind::value_of(const sdk::Values& values, std::uint32_t field) noexcept {
  return field < values.size() ? values[field] : sdk::null_value();
}

void Kind::check_value(const Field& field, const gh_value& value) const {
  const auto refuse = [&](const char* why) { invalid(quoted(name_) + ", field " + field.name + ": " + why); };
  if (value.type == GH_NULL) {
    if (!field.nullable) refuse("is null and must not be");
    return;
  }
  if (value.type != field.type) refuse("has another type than the kind says");
  if (value.type == GH_BOOL && value.i != 0 && value.i != 1) refuse("a bool is neither 0 nor 1");
  if (!is_text(value.type)) return;
  if (value.s.data == nullptr && value.s.size > 0) refuse("has a size and no bytes");
  if (value.s.size > max_value_bytes) refuse("is longer than 16 MiB");
}

void Kind::check(const sdk::Values& values) const {
  if (values.size() > fields_.size()) invalid(quoted(name_) + ": more values than it has fields");
  for (std::uint32_t field = 0; field < fields_.size(); ++field) check_value(fields_[field], value_of(values, field));
  for (const Index& index : indexes_) {
    std::uint64_t total = 0;
    for (const std::uint32_t field : index.fields) {
      const gh_value value = value_of(values, field);
      if (is_text(value.type)) total += value.s.size;
    }
    if (total > max_index_bytes) invalid(quoted(name_) + ": more than 512 bytes in the fields of index " + index.name);
  }
}

std::optional<std::int64_t> Kind::expiry(const sdk::Values& values) const noexcept {
  if (!expiry_) return std::nullopt;
  const gh_value value = value_of(values, *expiry_);
  return value.type == GH_NULL ? std::nullopt : std::optional(value.i);
}

bool Kind::is_revoked(const sdk::Values& values) const noexcept {
  return revoked_at_ && value_of(values, *revoked_at_).type != GH_NULL;
}

}  // namespace gatehouse::store_redis
