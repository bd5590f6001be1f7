// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "contract/records.h"
#include "contract/schema.h"
#include "contract/store_under_test.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::contract {

// The time of tests that are not about time.
constexpr std::int64_t now = 1'000'000;
// A time at which nothing that expires later than the beginning of time has expired: sees what purge has left.
constexpr std::int64_t before_all_time = INT64_MIN;

// The verbs of a store, in values. Any thread, as the store.
class TestStore {
 public:
  // A store that is opened with the suite's schema.
  TestStore();

  struct Got {
    gh_status status = GH_OK;
    std::optional<Record> record;
    int delivered = 0;
  };
  Got get(std::uint32_t kind, const Key& key, std::int64_t at = now) const;
  // The record, or nothing; anything else than OK and NOT_FOUND is a failure of the test.
  std::optional<Record> read(std::uint32_t kind, const Key& key, std::int64_t at = now) const;
  Committed commit(const std::vector<Write>& writes, std::int64_t at = now) const;
  Committed commit(const Write& write, std::int64_t at = now) const { return commit(std::vector<Write>{write}, at); }
  // `most`: how many records the sink takes before it says stop.
  Page find(const Query& query, std::int64_t at = now, std::uint64_t most = UINT64_MAX) const;
  Page count(const Query& query, std::int64_t at = now) const;
  // All pages.
  std::vector<Record> find_all(Query query, std::int64_t at = now) const;
  struct Purged {
    gh_status status = GH_OK;
    std::uint64_t deleted = 0;
  };
  Purged purge(std::uint32_t kind, std::int64_t before, std::uint32_t limit) const;

  bool crosses_partitions() const { return (store_->table().flags & GH_STORE_CROSS_PARTITION) != 0; }
  const gh_store_v1& table() const { return store_->table(); }
  gh_instance* instance() const { return store_->instance(); }

 private:
  std::unique_ptr<StoreUnderTest> store_;
};

// A call at a time, with all the time in the world.
gh_call call_at(std::int64_t now_us);

class StoreContract : public ::testing::Test {
 protected:
  static Key key(const std::string& id, const std::string& partition = "p", const std::string& tenant = "t") {
    return {tenant, partition, id};
  }
  // Commit one write that must succeed.
  void must(const Write& write, std::int64_t at = now) const { ASSERT_EQ(store.commit(write, at).status, GH_OK); }

  TestStore store;
};

// "owner7".
std::string named(const char* name, std::int64_t number);

std::vector<std::string> ids(const std::vector<Record>& records);

}  // namespace gatehouse::contract
