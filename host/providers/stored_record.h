// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/record.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::providers {

// All of a record that a store delivered, kept beyond the delivery and without knowledge of what its kind means.
class StoredRecord {
 public:
  // Values of another type than the kind's turn `record` not well-formed, as reading them anywhere does.
  StoredRecord(RecordReader& record, const KindDef& kind);

  // Borrowed from this, as what values() gives.
  KeyView key() const noexcept;
  std::int64_t version() const noexcept { return version_; }
  // One a field of the kind: what the record did not have is NULL.
  std::vector<Value> values() const;
  // Whether they say the same, whatever their versions.
  bool same_values(const StoredRecord& other) const noexcept;

 private:
  struct Cell {
    ValueType type = ValueType::Null;
    std::int64_t i = 0;  // of texts and bytes: their size
    bool operator==(const Cell&) const = default;
  };
  std::string_view part(std::size_t from, std::size_t size) const noexcept;

  std::int64_t version_;
  std::size_t tenant_size_;
  std::size_t partition_size_;
  std::size_t id_size_;
  std::vector<Cell> cells_;
  std::string bytes_;  // the key's three parts, then the texts of the cells, one behind the other
};

// In the order of a store's key index: below, at or above zero.
int compare_in_tenant(const StoredRecord& a, const StoredRecord& b) noexcept;

}  // namespace gatehouse::providers
