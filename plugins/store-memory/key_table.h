// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kind.h"
#include "record.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gatehouse::store_memory {

// The records of one kind in one shard by key: open addressing, with 32 bits of each hash beside the pointers, so that
// a lookup touches one record and growing touches none. Owns the records. Not for several threads at once.
class KeyTable {
 public:
  KeyTable() = default;
  KeyTable(KeyTable&& other) noexcept = default;
  KeyTable& operator=(KeyTable&&) = delete;
  ~KeyTable();

  std::size_t size() const noexcept { return size_; }

  // `hash` is of the whole key.
  Record* find(const Kind& kind, std::uint64_t hash, const Key& key) const noexcept;
  // Let memory begin to bring what find() and insert() will read.
  void fetch(std::uint64_t hash) const noexcept;
  // Room for `more` inserts. Throws std::bad_alloc.
  void reserve(std::size_t more);
  void insert(std::uint64_t hash, Record* record) noexcept;
  // The record must be there. It is handed back to the caller.
  void erase(std::uint64_t hash, const Record* record) noexcept;
  void replace(std::uint64_t hash, const Record* old, Record* fresh) noexcept;

 private:
  std::size_t slot_of(std::uint64_t hash, const Record* record) const noexcept;
  void rebuild(std::size_t slots);

  // Beside a slot's pointer: empty, erased, or 32 bits of the hash.
  std::vector<std::uint32_t> marks_;
  std::vector<Record*> records_;
  std::size_t size_ = 0;
  std::size_t erased_ = 0;
};

}  // namespace gatehouse::store_memory
