// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/records.h"
#include "store/schema.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::check::store {

// Thrown where a check needs what the kinds at hand do not have.
struct NotHeld {
  std::string what;
};

// The suite's kinds played by kinds of the product, for stores that hold nothing else: checks speak of sessions and
// accounts as they always do, and the store sees whole records of its own kinds. What a part does not have (an index on
// numbers, a second unique one, an expiry that is NULL) throws NotHeld. Any thread.
class Cast {
 public:
  // `kinds` are the product's, assigned as far as the store holds them, and outlive the cast.
  explicit Cast(const Kinds& kinds);

  // From the suite's words to the store's.
  std::uint32_t kind(std::uint32_t kind) const;
  std::vector<Write> writes(const std::vector<Write>& writes) const;
  Query query(const Query& query) const;
  // A kind without an expiry is never played by one that has one.
  std::uint32_t purged_kind(std::uint32_t kind) const;

  // And back.
  Record record(std::uint32_t kind, Record record) const;
  std::uint32_t unique_index(std::uint32_t kind, std::uint32_t index) const;

 private:
  struct Part {
    std::uint32_t kind = 0;
    // By the suite's ordinals; nothing: the part does not have it.
    std::vector<std::optional<std::uint32_t>> fields;
    std::vector<std::optional<std::uint32_t>> indexes;
  };
  using Names = std::vector<const char*>;

  void give(std::uint32_t part, const char* kind, const Names& fields, const Names& indexes);
  const Part& part(std::uint32_t kind) const;
  std::vector<Value> values(std::uint32_t kind, const std::vector<Value>& values) const;

  const Kinds& kinds_;
  std::vector<std::optional<Part>> parts_;  // by the suite's kinds
};

}  // namespace gatehouse::check::store
