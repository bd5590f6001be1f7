// SPDX-License-Identifier: Apache-2.0
#include "providers/schema_tables.h"

#include <utility>

namespace gatehouse::providers {
namespace {

// Grows by one with each released change of any kind.
constexpr std::uint32_t schema_version = 1;

}  // namespace

SchemaTables::SchemaTables(const std::vector<KindDef>& kinds, std::vector<std::uint32_t> assigned)
    : assigned_(std::move(assigned)) {
  for (const auto& kind : kinds) {
    auto& fields = fields_.emplace_back();
    for (const auto& field : kind.fields) {
      fields.push_back({field.name.c_str(), static_cast<std::uint32_t>(field.type),
                        (field.nullable ? GH_FIELD_NULLABLE : 0U) | (field.sensitive ? GH_FIELD_SENSITIVE : 0U)});
    }
    auto& indexes = indexes_.emplace_back();
    for (const auto& index : kind.indexes) {
      indexes.push_back({index.name.c_str(), index.fields.data(), static_cast<std::uint32_t>(index.fields.size()),
                         index.unique ? GH_INDEX_UNIQUE : 0U});
    }
  }
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    gh_kind kind{};
    kind.name = kinds[i].name.c_str();
    kind.fields = fields_[i].data();
    kind.field_count = static_cast<std::uint32_t>(fields_[i].size());
    kind.field_stride = sizeof(gh_field);
    kind.indexes = indexes_[i].data();
    kind.index_count = static_cast<std::uint32_t>(indexes_[i].size());
    kind.index_stride = sizeof(gh_index);
    kind.expiry_field = kinds[i].expiry_field ? static_cast<std::int32_t>(*kinds[i].expiry_field) : -1;
    kind.flags = kinds[i].append_only ? GH_KIND_APPEND_ONLY : 0U;
    kinds_.push_back(kind);
  }
  schema_.struct_size = sizeof(gh_schema);
  schema_.version = schema_version;
  schema_.kinds = kinds_.data();
  schema_.kind_count = static_cast<std::uint32_t>(kinds_.size());
  schema_.kind_stride = sizeof(gh_kind);
  schema_.assigned = assigned_.data();
  schema_.assigned_count = assigned_.size();
}

}  // namespace gatehouse::providers
