// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arena.h"
#include "kind.h"

#include <gatehouse/sdk/store.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace gatehouse::store_memory {

// A kind with a field of each type, text and number indexed, and what it takes to make records of it.
class TestKind {
 public:
  enum Field : std::uint32_t { Owner, Flag, Count, Created, Used, Expires, Note, Salt };

  TestKind() : kind_(sdk::KindView(declared()), 0) {}
  const Kind& operator*() const noexcept { return kind_; }
  const Kind* operator->() const noexcept { return &kind_; }

  const Record& encode(const Key& key, const std::vector<gh_value>& values) {
    const sdk::Values view(values.data(), values.size(), sizeof(gh_value));
    Record& record = arena_.take(kind_.room_for(key, view));
    kind_.encode(key, view, record);
    arena_.settle(record);
    return record;
  }
  std::vector<gh_value> decode(const Record& record) const {
    std::vector<gh_value> values(kind_.field_count());
    kind_.decode(record, values.data());
    return values;
  }

 private:
  static const gh_kind& declared() {
    static constexpr gh_field fields[] = {
        {"owner", GH_TEXT, GH_FIELD_NULLABLE}, {"flag", GH_BOOL, GH_FIELD_NULLABLE},
        {"count", GH_INT, GH_FIELD_NULLABLE},  {"created", GH_TIME, GH_FIELD_NULLABLE},
        {"used", GH_TIME, GH_FIELD_NULLABLE},  {"expires", GH_TIME, GH_FIELD_NULLABLE},
        {"note", GH_TEXT, GH_FIELD_NULLABLE},  {"salt", GH_BYTES, GH_FIELD_NULLABLE}};
    static constexpr std::uint32_t by_owner[] = {Owner, Created};
    static constexpr std::uint32_t by_count[] = {Count};
    static constexpr gh_index indexes[] = {{"by_owner", by_owner, 2, 0}, {"by_count", by_count, 1, GH_INDEX_UNIQUE}};
    static constexpr gh_kind kind = {"test", fields, 8, sizeof(gh_field), indexes, 2, sizeof(gh_index), Expires, 0};
    return kind;
  }

  Kind kind_;
  Arena arena_;
};

}  // namespace gatehouse::store_memory
