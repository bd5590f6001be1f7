// SPDX-License-Identifier: Apache-2.0
#include "memory_store.h"
#include "store/records.h"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::store_memory {
namespace {

constexpr std::uint64_t limit = 1u << 20;

// A store of at most 1 MiB, with one kind: a text, and a time at which it expires.
class MemoryLimit : public ::testing::Test {
 protected:
  MemoryLimit()
      : store_(sdk::Host(&host_),
               Hash({0x8f1d3c5b7a29e604, 0x13e7a95dc0b46f82, 0xd5420b9f6e318ca7, 0x6ab8f04c92d7351e}), limit) {
    static constexpr gh_field fields[] = {{"value", GH_TEXT, 0}, {"expires", GH_TIME, 0}};
    static constexpr gh_kind kinds[] = {{"note", fields, 2, sizeof(gh_field), nullptr, 0, sizeof(gh_index), 1, 0}};
    static constexpr std::uint32_t assigned[] = {0};
    static constexpr gh_schema schema = {sizeof(gh_schema), 1, kinds, 1, sizeof(gh_kind), assigned, 1};
    EXPECT_TRUE(store_.open(sdk::SchemaView(schema)).ok());
  }

  gh_status put(int id, std::int64_t expected, std::size_t size) {
    const check::store::Value value = check::store::text(std::string(size, 'x'));
    const check::store::Value expires = check::store::moment(10);
    const gh_value values[] = {value.raw(), expires.raw()};
    return commit({GH_WRITE_PUT, 0, key(id), expected, values, 2, 0});
  }
  gh_status erase(int id, std::int64_t expected) {
    return commit({GH_WRITE_DELETE, 0, key(id), expected, nullptr, 0, 0});
  }
  std::uint64_t purge() {
    std::uint64_t deleted = 0;
    const gh_call call{};
    EXPECT_TRUE(store_.purge(sdk::Call(call), 0, 100, 1'000'000, deleted).ok());
    return deleted;
  }
  int fill(std::size_t size) {
    int count = 0;
    while (count < 5'000 && put(count, 0, size) == GH_OK) ++count;
    return count;
  }

 private:
  gh_key key(int id) {
    key_ = {"t", "p", std::to_string(id)};
    return key_.raw();
  }
  gh_status commit(const gh_write& write) {
    gh_commit_out out{};
    const gh_call call{};
    try {
      return store_.commit(sdk::Call(call), sdk::Writes(&write, 1, sizeof(write)), sdk::CommitOut(out)).code();
    } catch (const sdk::StatusError& error) {
      return error.code();
    }
  }

  gh_host host_{};
  MemoryStore store_;
  check::store::Key key_;
};

TEST_F(MemoryLimit, RefusesWhatWouldGoPastIt) {
  const int count = fill(1'000);
  EXPECT_GT(count, 850);
  EXPECT_LT(count, 1'050);
  EXPECT_EQ(put(count, 0, 1'000), GH_UNAVAILABLE);
}

TEST_F(MemoryLimit, LetsARecordChangeWhereItDoesNotGrow) {
  fill(1'000);
  EXPECT_EQ(put(0, 1, 1'000), GH_OK);
  EXPECT_EQ(put(0, 2, 10'000), GH_UNAVAILABLE);
  EXPECT_EQ(put(0, 2, 900), GH_OK);
}

TEST_F(MemoryLimit, GivesBackWhatIsDeleted) {
  const int count = fill(1'000);
  EXPECT_EQ(erase(0, 1), GH_OK);
  EXPECT_EQ(put(count, 0, 1'000), GH_OK);
  EXPECT_EQ(put(count + 1, 0, 1'000), GH_UNAVAILABLE);
}

TEST_F(MemoryLimit, GivesBackWhatIsPurged) {
  const int count = fill(1'000);
  EXPECT_EQ(purge(), static_cast<std::uint64_t>(count));
  EXPECT_EQ(fill(1'000), count);
}

}  // namespace
}  // namespace gatehouse::store_memory
