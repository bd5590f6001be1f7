// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/records.h"
#include "store/schema.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::check::store {

// What store.h says, as plainly as it can be written: maps that are searched from end to end. Not for several threads.
class Model {
 public:
  // `kinds` outlive the model.
  explicit Model(const Kinds& kinds) : kinds_(kinds) {}

  // Every reason why a commit cannot be; a store may name any one of them.
  struct Objection {
    std::uint32_t write;
    std::uint32_t conflict;
    std::uint32_t unique_index;
    bool operator==(const Objection&) const = default;
  };

  std::optional<Record> get(std::uint32_t kind, const Key& key, std::int64_t now) const;
  // Empty: it was done.
  std::vector<Objection> commit(const std::vector<Write>& writes, std::int64_t now);
  // The whole range, without limit and cursor; `after`: only what sorts behind it in the query's direction.
  std::vector<Record> find(const Query& query, std::int64_t now, const Record* after = nullptr) const;
  // The keys of all records whose expiry is before `before`, and what to do with one that a purge took.
  std::vector<Key> due(std::uint32_t kind, std::int64_t before) const;
  void erase(std::uint32_t kind, const Key& key);
  // All there is, expired or not, in the order of keys.
  std::vector<Record> all(std::uint32_t kind) const;

 private:
  struct State {
    std::int64_t version;
    std::vector<Value> values;
  };
  using Table = std::map<Key, State>;

  bool expired(std::uint32_t kind, const State& state, std::int64_t now) const;
  static bool same_unique(const IndexDef& index, const std::vector<Value>& a, const std::vector<Value>& b);
  bool version_stands(const Write& write, std::int64_t now) const;
  void check_unique(const std::vector<Write>& writes, std::size_t at, std::int64_t now,
                    std::vector<Objection>& objections) const;
  void displace(const Write& write, std::int64_t now);

  const Kinds& kinds_;
  std::map<std::uint32_t, Table> tables_;
};

}  // namespace gatehouse::check::store
