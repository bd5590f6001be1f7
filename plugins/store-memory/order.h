// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kind.h"
#include "record.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace gatehouse::store_memory {

// One entry of an index. `hint` is how its place begins, kept beside the pointer: most comparisons are decided by it
// and leave the record, a cache miss away, alone.
struct Entry {
  std::uint64_t hint = 0;
  Record* record = nullptr;
};

// A place in an index between two entries: before or after all entries of a tenant that agree with the given leading
// components. Order::seal() fills `hint`.
struct Probe {
  enum class Side : std::uint8_t { Before, After };

  std::string_view tenant;
  std::uint16_t tenant_mark = 0;
  std::array<Field, max_index_fields + 2> components{};
  std::uint32_t count = 0;
  bool last_is_prefix = false;  // entries agree with the last component when their text begins with it
  Side side = Side::Before;
  std::uint64_t hint = 0;
};

// The order of one index: by hint, by tenant, by the index's fields, then by partition and id. NULL first, numbers by
// value, texts by unsigned bytes.
//
// A hint is 16 bits of the tenant's hash and 48 bits that follow the first field, so inside one tenant this is the
// order of the fields. Two tenants with the same 16 bits lie among each other: whoever walks through a range passes
// over records of another tenant. Any thread, for records that do not change meanwhile.
class Order {
 public:
  Order(const Kind& kind, const Index& index) noexcept : kind_(kind), index_(index) {}

  Entry entry(std::uint16_t tenant_mark, Record& record) const noexcept;
  void seal(Probe& probe) const noexcept;

  // Negative, zero or positive. Zero only for the same record.
  int compare(const Entry& a, const Entry& b) const noexcept;
  // Never zero: an entry stands before a probe or behind it.
  int compare(const Entry& entry, const Probe& probe) const noexcept;
  // Do the index's own fields agree? Tenant and key are not looked at.
  bool same_fields(const Record& a, const Record& b) const noexcept;
  bool any_null(const Record& record) const noexcept;

 private:
  const Kind& kind_;
  const Index& index_;
};

}  // namespace gatehouse::store_memory
