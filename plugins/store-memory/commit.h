// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arena.h"
#include "budget.h"
#include "kind.h"
#include "order.h"
#include "order_tree.h"
#include "record.h"
#include "shard.h"
#include "watches/watches.h"

#include <gatehouse/sdk/store.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace gatehouse::store_memory {

// One commit: all writes or none.
//
//   read     check the arguments and encode the records, without a lock
//   examine  under the locks: versions, then unique keys; learn which further shards the old records touch
//   prepare  allocate whatever the change will need; the last step that can fail
//   apply    first take out every index entry that goes, then change records and put entries in; cannot fail
//
// When examine finds records whose entries lie in shards that are not locked yet, everything is unlocked and begins
// again with those as well, so that locks are always taken in order.
class Commit {
 public:
  Commit(Database& database, Budget& budget, watches::Watches& watches, std::int64_t now_us) noexcept
      : database_(database), budget_(budget), watches_(watches), now_us_(now_us) {}
  ~Commit();
  Commit(const Commit&) = delete;
  Commit& operator=(const Commit&) = delete;

  // Throws sdk::StatusError (GH_INVALID, GH_UNAVAILABLE) and std::bad_alloc; nothing happened then.
  sdk::Status run(const sdk::Writes& writes, const sdk::CommitOut& out);

 private:
  // One bit an index, as Kind::indexes().
  using IndexSet = std::uint32_t;
  static_assert(max_indexes < 32);

  // Where an entry of a record to come belongs.
  struct Slot {
    std::size_t shard;
    Entry entry;           // of the image
    const TreeNode* node;  // how far fetch_trees() has come
  };
  struct Change {
    const Kind* kind = nullptr;
    bool put = false;
    std::int64_t expected = 0;
    Key key;
    Database::Place place{};
    Record* image = nullptr;  // put: what is to be there
    Slot* slots = nullptr;    // put: one for each index of the kind
    Record* old = nullptr;    // what is there, expired or not
    Record* fresh = nullptr;  // put: memory for it, when it does not fit where `old` is
    IndexSet moved = 0;       // indexes whose entry changes its place
  };
  // An expired record whose unique key is taken: it goes.
  struct Displaced {
    const Kind* kind;
    Record* record;
    Database::Place place;
  };
  struct Loss {
    std::size_t write;
    std::optional<std::uint32_t> unique_index;
  };

  void read(const sdk::Writes& writes);
  Change read(const sdk::WriteView& write);
  void encode(const sdk::WriteView& write, Change& change);
  void refuse_repeated_keys() const;

  // What stands in the way. `needed`: the shards that must be locked for this commit, as far as is known now.
  std::optional<Loss> examine(ShardSet& needed);
  void fetch_for_inserts() const noexcept;
  // Fill `moved` and return the shards of the old record's entries there.
  ShardSet compare_with_old(Change& change) const noexcept;
  bool version_stands(Change& change);
  std::optional<Loss> examine_unique(std::size_t at);
  bool taken_in_this_commit(std::size_t at, const Index& index) const noexcept;
  bool free_in_store(const Change& change, const Index& index);
  bool changes(const Record* record) const noexcept;
  void displace(const Kind& kind, Record& record);

  void prepare();
  void prepare(Change& change);
  void prepare_nodes();
  void account();

  void apply() noexcept;
  // Under the locks still, so that the changes of a record are told in their order.
  void tell(const sdk::Writes& writes) const noexcept;
  void take_out(const Kind& kind, Record& record, IndexSet indexes) noexcept;
  void remove(const Kind& kind, Record& record, const Database::Place& place) noexcept;
  Record& put_record(Change& change) noexcept;
  void replace_record(const Change& change, Record& fresh) noexcept;
  void count_moves(const Change& change) noexcept;
  void put_in(const Change& change, Record& record) noexcept;
  void set_expiry(const Change& change, Record& record) noexcept;

  Database& database_;
  Budget& budget_;
  watches::Watches& watches_;
  const std::int64_t now_us_;
  Arena images_;
  std::vector<Change> changes_;
  std::vector<Displaced> displaced_;
  std::vector<Record*> garbage_;  // freed when no lock is held any more
};

}  // namespace gatehouse::store_memory
