// SPDX-License-Identifier: Apache-2.0
#include "providers/stored_record.h"

namespace gatehouse::providers {

StoredRecord::StoredRecord(RecordReader& record, const KindDef& kind) : version_(record.version()) {
  const auto key = record.key();
  tenant_size_ = key.tenant.size();
  partition_size_ = key.partition.size();
  id_size_ = key.id.size();
  bytes_.append(key.tenant).append(key.partition).append(key.id);
  cells_.reserve(kind.fields.size());
  for (std::uint32_t field = 0; field < kind.fields.size(); ++field) {
    auto& cell = cells_.emplace_back();
    if (record.is_null(field)) continue;
    cell.type = kind.fields[field].type;
    switch (cell.type) {
      case ValueType::Bool: cell.i = record.boolean(field) ? 1 : 0; break;
      case ValueType::Int: cell.i = record.integer(field); break;
      case ValueType::Time: cell.i = record.time(field).time_since_epoch().count(); break;
      case ValueType::Text:
      case ValueType::Bytes: {
        const auto text = cell.type == ValueType::Text ? record.text(field) : record.bytes(field);
        cell.i = static_cast<std::int64_t>(text.size());
        bytes_.append(text);
        break;
      }
      case ValueType::Null: break;
    }
  }
}

std::string_view StoredRecord::part(std::size_t from, std::size_t size) const noexcept {
  return std::string_view(bytes_).substr(from, size);
}

KeyView StoredRecord::key() const noexcept {
  return {part(0, tenant_size_), part(tenant_size_, partition_size_), part(tenant_size_ + partition_size_, id_size_)};
}

std::vector<Value> StoredRecord::values() const {
  std::vector<Value> values;
  values.reserve(cells_.size());
  std::size_t at = tenant_size_ + partition_size_ + id_size_;
  for (const auto& cell : cells_) {
    if (cell.type == ValueType::Text || cell.type == ValueType::Bytes) {
      const auto size = static_cast<std::size_t>(cell.i);
      values.push_back({cell.type, 0, part(at, size)});
      at += size;
    } else {
      values.push_back({cell.type, cell.i, {}});
    }
  }
  return values;
}

bool StoredRecord::same_values(const StoredRecord& other) const noexcept {
  const auto texts = [](const StoredRecord& record) {
    return std::string_view(record.bytes_).substr(record.tenant_size_ + record.partition_size_ + record.id_size_);
  };
  return cells_ == other.cells_ && texts(*this) == texts(other);
}

int compare_in_tenant(const StoredRecord& a, const StoredRecord& b) noexcept {
  const int by_partition = a.key().partition.compare(b.key().partition);
  return by_partition != 0 ? by_partition : a.key().id.compare(b.key().id);
}

}  // namespace gatehouse::providers
