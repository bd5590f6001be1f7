// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "expiry_heap.h"
#include "hash.h"
#include "key_table.h"
#include "kind.h"
#include "order_tree.h"
#include "record.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace gatehouse::store_memory {

constexpr std::size_t shard_count = 64;

// A set of shards, one bit each: taken in rising order wherever more than one is needed.
using ShardSet = std::uint64_t;
constexpr ShardSet all_shards = ~ShardSet{0};
constexpr ShardSet only(std::size_t shard) noexcept { return ShardSet{1} << shard; }

template <class Visit>
void for_each_shard(ShardSet shards, Visit&& visit) {
  for (; shards != 0; shards &= shards - 1) visit(static_cast<std::size_t>(__builtin_ctzll(shards)));
}

// One kind in one shard.
struct Table {
  explicit Table(const Kind& kind) : trees(kind.indexes().size()) {}

  KeyTable records;
  ExpiryHeap expiry;
  std::vector<OrderTree> trees;  // by index, as Kind::indexes()
};

struct alignas(64) Shard {
  std::mutex mutex;
  std::vector<Table> tables;  // by Kind::table()
  NodePool nodes;
};

// Where things are.
//
// A record lives in its home shard, found by tenant and partition. Each of its index entries lies in a shard found by
// tenant and the index's first field, by the same function: the entry of a session in the index by user, whose id is
// the partition, lies in the session's own shard. An entry whose first field is NULL stays at home: NULL is common, and
// one shard for all of them would be everybody's bottleneck.
//
// THE LOCK RULE. A record is changed under the locks of its home and of every shard that holds an entry of it, and may
// therefore be read under any one of them.
class Database {
 public:
  explicit Database(const Hash& hash) : hash_(hash) {}

  // Before anything else, once. `kinds` by ordinal of the schema; null: not held here. Throws std::bad_alloc.
  void open(std::vector<std::unique_ptr<Kind>> kinds);
  bool is_open() const noexcept { return open_; }
  // Null: no such kind, or not held here.
  const Kind* kind(std::uint32_t ordinal) const noexcept {
    return ordinal < kinds_.size() ? kinds_[ordinal].get() : nullptr;
  }

  // What a key hashes to, step by step.
  struct Place {
    std::uint64_t tenant;
    std::uint64_t partition;
    std::uint64_t key;
    std::size_t home() const noexcept { return partition >> shard_shift; }
    std::uint16_t tenant_mark() const noexcept { return mark_of(tenant); }
  };
  Place place(const Key& key) const noexcept;
  std::uint64_t tenant_hash(std::string_view tenant) const noexcept { return hash_(tenant); }
  static std::uint16_t mark_of(std::uint64_t tenant_hash) noexcept {
    return static_cast<std::uint16_t>(tenant_hash >> 48);
  }

  // The shard of a record's entry in an index, and of all its entries and itself.
  std::size_t shard_of(const Kind& kind, const Record& record, const Index& index) const noexcept;
  ShardSet shards_of(const Kind& kind, const Record& record) const noexcept;
  // The shards where entries with this first field may be. `lead` NULL: any.
  ShardSet shards_of_lead(std::uint64_t tenant_hash, const Field& lead, bool text) const noexcept;

  Shard& shard(std::size_t at) noexcept { return shards_[at]; }
  Table& table(std::size_t at, const Kind& kind) noexcept { return shards_[at].tables[kind.table()]; }
  const Hash& hash() const noexcept { return hash_; }

  // Under the locks of the record's home and of all its entries: take one entry, or all of the record, out. The
  // record itself stays allocated.
  void erase_entry(const Kind& kind, Record& record, std::size_t index) noexcept;
  void remove(const Kind& kind, Record& record, const Place& place) noexcept;

 private:
  static constexpr unsigned shard_shift = 58;
  static_assert(std::uint64_t{1} << (64 - shard_shift) == shard_count);

  std::size_t shard_of_lead(std::uint64_t tenant_hash, const Field& lead, bool text) const noexcept;

  Hash hash_;
  bool open_ = false;
  std::vector<std::unique_ptr<Kind>> kinds_;
  std::array<Shard, shard_count> shards_;
};

// Holds the locks of a set of shards.
class ShardLocks {
 public:
  ShardLocks(Database& database, ShardSet shards);
  ~ShardLocks();
  ShardLocks(const ShardLocks&) = delete;
  ShardLocks& operator=(const ShardLocks&) = delete;

 private:
  Database& database_;
  ShardSet shards_;
};

}  // namespace gatehouse::store_memory
