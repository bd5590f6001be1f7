// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/store.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Kinds of records as values that own what they say, and the same as the C structs a store is opened with.
namespace gatehouse::check::store {

struct FieldDef {
  std::string name;
  std::uint32_t type;
  bool nullable = false;
  bool sensitive = false;
};
struct IndexDef {
  std::string name;
  std::vector<std::uint32_t> fields;
  bool unique = false;
};
struct KindDef {
  std::string name;
  std::vector<FieldDef> fields;
  std::vector<IndexDef> indexes;
  std::optional<std::uint32_t> expiry;
  bool append_only = false;
  bool assigned = true;  // to the store that is opened with it
};
using Kinds = std::vector<KindDef>;

// A gh_schema with everything it points at; borrows the names of `kinds`.
class RawSchema {
 public:
  explicit RawSchema(const Kinds& kinds);
  RawSchema(const RawSchema&) = delete;
  RawSchema& operator=(const RawSchema&) = delete;
  gh_schema& get() noexcept { return schema_; }
  std::vector<gh_kind>& raw_kinds() noexcept { return kinds_; }
  std::vector<std::uint32_t>& assigned() noexcept { return assigned_; }

 private:
  std::vector<std::vector<gh_field>> fields_;
  std::vector<std::vector<gh_index>> indexes_;
  std::vector<gh_kind> kinds_;
  std::vector<std::uint32_t> assigned_;
  gh_schema schema_{};
};

}  // namespace gatehouse::check::store
