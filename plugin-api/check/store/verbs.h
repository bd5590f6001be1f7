// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/records.h"
#include "store/schema.h"

#include <gatehouse/store.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::check::store {

// The time of checks that are not about time.
constexpr std::int64_t now = 1'000'000;
// A time at which nothing that expires later than the beginning of time has expired: sees what purge has left.
constexpr std::int64_t before_all_time = INT64_MIN;

// A call at a time, with all the time in the world. Its explanation goes to `words`, which outlives it.
gh_call call_at(std::int64_t now_us, std::string& words);

// The table of a store, in values. Any thread, as the store.
class Verbs {
 public:
  // All of them outlive the verbs.
  Verbs(const gh_store_v1& table, gh_instance* instance, const Kinds& kinds)
      : table_(table), instance_(instance), kinds_(kinds) {}

  // The answer to the schema of these kinds, with what it explained.
  Committed open() const;

  Got get(std::uint32_t kind, const Key& key, std::int64_t at = now) const;
  Committed commit(const std::vector<Write>& writes, std::int64_t at = now) const;
  Committed commit(const Write& write, std::int64_t at = now) const { return commit(std::vector<Write>{write}, at); }
  // `most`: how many records the sink takes before it says stop.
  Page find(const Query& query, std::int64_t at = now, std::uint64_t most = UINT64_MAX) const;
  Page count(const Query& query, std::int64_t at = now) const;
  Purged purge(std::uint32_t kind, std::int64_t before, std::uint32_t limit) const;

  // The same with a deadline of one's own.
  Got get(std::uint32_t kind, const Key& key, const gh_call& call) const;
  // Of a store that offers it. The array's elements are those of a later host.
  GotMany get_many(const std::vector<Get>& gets, const gh_call& call) const;
  Committed commit(const std::vector<Write>& writes, const gh_call& call) const;
  Page find(const Query& query, const gh_call& call, std::uint64_t most = UINT64_MAX) const;
  Purged purge(std::uint32_t kind, std::int64_t before, std::uint32_t limit, const gh_call& call) const;

  // From here on called with each record that is delivered, inside the store's call. Before any other thread calls.
  void while_delivering(std::function<void()> body) { while_delivering_ = std::move(body); }

  bool offers_get_many() const noexcept {
    const gh_store_v1* table = &table_;
    return GH_HAS(gh_store_v1, table, get_many) && table->get_many != nullptr;
  }
  bool crosses_partitions() const noexcept { return (table_.flags & GH_STORE_CROSS_PARTITION) != 0; }
  const gh_store_v1& table() const noexcept { return table_; }
  gh_instance* instance() const noexcept { return instance_; }
  const Kinds& kinds() const noexcept { return kinds_; }

 private:
  const gh_store_v1& table_;
  gh_instance* instance_;
  const Kinds& kinds_;
  std::function<void()> while_delivering_;
};

}  // namespace gatehouse::check::store
