// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/record.h"

#include <gatehouse/store.h>

#include <cstdint>
#include <vector>

// For this folder's sources only.
namespace gatehouse::providers {

// A schema in the C form a store's `open` takes. Borrows names from `kinds`, which outlive it.
class SchemaTables {
 public:
  SchemaTables(const std::vector<KindDef>& kinds, std::vector<std::uint32_t> assigned);
  SchemaTables(const SchemaTables&) = delete;
  SchemaTables& operator=(const SchemaTables&) = delete;

  const gh_schema& schema() const noexcept { return schema_; }

 private:
  std::vector<std::uint32_t> assigned_;
  std::vector<std::vector<gh_field>> fields_;
  std::vector<std::vector<gh_index>> indexes_;
  std::vector<gh_kind> kinds_;
  gh_schema schema_{};
};

}  // namespace gatehouse::providers
