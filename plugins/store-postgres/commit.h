// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection.h"
#include "kind.h"
#include "values.h"

#include <gatehouse/sdk/store.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::store_postgres {

// One commit: all writes or none.
//
//   try_at_once  every write as one statement that only does something where its version stands; new records of one
//                kind, as events are, are one statement together. A single statement is its own transaction, one round
//                trip. Most commits end here.
//   examine      when a write did nothing, or a unique value was taken: in one transaction lock the records in order,
//                find out what stands in the way, take out expired records whose key or unique value is wanted, and the
//                records that are written as well before any of them is put back, so that values may move between them.
//
// A Commit may be run again from the start as long as nothing but a retryable error came of it.
class Commit {
 public:
  // Checks the arguments: throws sdk::StatusError(GH_INVALID).
  // `channel`: who listens there is told of changes of announced kinds, by the same transaction. It outlives this.
  Commit(const std::vector<const Kind*>& kinds, const sdk::Writes& writes, std::int64_t now_us,
         const std::string& channel);

  const std::string& tenant() const noexcept { return writes_.front().key.tenant; }

  // The kind, when this is one change of a record whose kind has no unique index and is not announced; otherwise null.
  const Kind* lone_update() const noexcept;
  // Such commits of one tenant and kind as one statement, its own transaction. True at their places: done. False:
  // something stood in the way, or a commit before it has the same key; nothing happened. Throws DatabaseError: it was
  // sent, and none or all of those were done that could be.
  static std::vector<bool> update_together(Connection& connection, const std::vector<const Commit*>& commits);

  // Throws DatabaseError. step() then says how far it had come, and no transaction is open any more.
  sdk::Status run(Connection& connection, const sdk::CommitOut& out);
  Step step() const noexcept { return step_; }

 private:
  struct Write {
    std::size_t ordinal;  // in the host's order
    const Kind* kind;
    Key key;
    bool put;
    std::int64_t expected;
    sdk::Values values;
  };
  using Some = std::vector<const Write*>;
  class Arrays;
  struct Loss {
    std::size_t ordinal;
    std::optional<std::uint32_t> unique_index;
  };

  // NULL where the record ends earlier.
  static gh_value value_at(const sdk::Values& values, std::size_t at);
  void read(const std::vector<const Kind*>& kinds, const sdk::WriteView& write, std::size_t ordinal);
  void sort();

  // The write at `first` with those behind it that are one statement together: new records of one tenant and kind.
  Some together(std::size_t first) const;
  // False: something stood in the way, and nothing happened.
  bool try_at_once(Connection& connection);
  // All writes, a statement each or for several together. False: one of them did nothing.
  bool apply_all(Connection& connection) const;
  bool is_announced() const noexcept;
  // Before COMMIT, which waits for every other one in the database that announces something.
  void announce(Connection& connection) const;
  std::optional<Loss> examine(Connection& connection);
  std::optional<Loss> examine_inside(Connection& connection);
  bool version_stands(Connection& connection, const Write& write) const;
  std::optional<std::uint32_t> taken_index(Connection& connection, const Write& write) const;
  bool taken_in_this_commit(const Write& write, const Index& index) const;
  bool free_in_store(Connection& connection, const Write& write, std::uint32_t index) const;
  bool writes_key(const Kind& kind, const Key& key) const;
  void clear_expired(Connection& connection, const Kind& kind, const Key& key) const;
  // In a transaction that spans tenants row-level security is told whose turn it is.
  Rows run_for(Connection& connection, const std::string& tenant, const Statement& statement,
               const Parameters& parameters) const;
  // In a transaction that will put it back: the record with its unique values goes.
  void take_out(Connection& connection, const Write& write) const;
  void must_change(std::size_t changed) const;
  std::size_t insert(Connection& connection, const Write& write) const;
  std::size_t insert_many(Connection& connection, const Some& writes) const;
  std::size_t erase(Connection& connection, const Write& write) const;
  // How many records the statement changed: 0 or 1.
  std::size_t apply(Connection& connection, const Write& write) const;

  std::vector<Write> writes_;  // in the order of their locks
  const std::int64_t now_us_;
  const std::string& channel_;
  bool several_tenants_ = false;
  Step step_ = Step::Inside;
};

}  // namespace gatehouse::store_postgres
