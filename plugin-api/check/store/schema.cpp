// SPDX-License-Identifier: Apache-2.0
#include "store/schema.h"

namespace gatehouse::check::store {

RawSchema::RawSchema(const Kinds& kinds) {
  fields_.reserve(kinds.size());
  indexes_.reserve(kinds.size());
  for (const KindDef& def : kinds) {
    auto& fields = fields_.emplace_back();
    for (const auto& field : def.fields) {
      fields.push_back({field.name.c_str(), field.type,
                        (field.nullable ? GH_FIELD_NULLABLE : 0U) | (field.sensitive ? GH_FIELD_SENSITIVE : 0U)});
    }
    auto& indexes = indexes_.emplace_back();
    for (const auto& index : def.indexes) {
      indexes.push_back({index.name.c_str(), index.fields.data(), static_cast<std::uint32_t>(index.fields.size()),
                         index.unique ? GH_INDEX_UNIQUE : 0});
    }
    if (def.assigned) assigned_.push_back(static_cast<std::uint32_t>(kinds_.size()));
    kinds_.push_back({def.name.c_str(), fields.data(), static_cast<std::uint32_t>(fields.size()), sizeof(gh_field),
                      indexes.data(), static_cast<std::uint32_t>(indexes.size()), sizeof(gh_index),
                      def.expiry ? static_cast<std::int32_t>(*def.expiry) : -1,
                      def.append_only ? GH_KIND_APPEND_ONLY : 0});
  }
  schema_ = {
      sizeof(gh_schema), 1, kinds_.data(), static_cast<std::uint32_t>(kinds_.size()), sizeof(gh_kind), assigned_.data(),
      assigned_.size()};
}

}  // namespace gatehouse::check::store
