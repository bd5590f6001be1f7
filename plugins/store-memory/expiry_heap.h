// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "record.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gatehouse::store_memory {

// Which records of one kind in one shard expire first. An entry's time is never later than its record's: a session that
// is extended with every refresh stays where it is, and whoever finds it at the top puts it right. Records know their
// slot. Not for several threads at once.
class ExpiryHeap {
 public:
  struct Entry {
    std::int64_t at_us;
    Record* record;
  };

  std::size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }
  const Entry& first() const noexcept { return entries_.front(); }

  // Let memory begin to bring what insert() will read.
  void fetch() const noexcept;
  // Room for `more` inserts. Throws std::bad_alloc.
  void reserve(std::size_t more);
  void insert(std::int64_t at_us, Record& record) noexcept;
  void erase(Record& record) noexcept;
  // The record now expires at `at_us`. An earlier time is taken at once, a later one when the entry reaches the top.
  void lower(std::int64_t at_us, const Record& record) noexcept;
  void raise_first(std::int64_t at_us) noexcept;
  // `fresh` takes the slot of the record whose entry it is.
  void replace(const Record& old, Record& fresh) noexcept;

 private:
  void place(std::size_t slot, const Entry& entry) noexcept;
  void rise(std::size_t slot, const Entry& entry) noexcept;
  void sink(std::size_t slot, const Entry& entry) noexcept;

  std::vector<Entry> entries_;
};

}  // namespace gatehouse::store_memory
