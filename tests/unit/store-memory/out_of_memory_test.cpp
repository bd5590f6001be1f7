// SPDX-License-Identifier: Apache-2.0
#include "unit/store-memory/opened_store.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>
#include <vector>

namespace {

// How many allocations still succeed; negative: all of them.
long allocations_left = -1;

bool may_allocate() { return allocations_left < 0 || allocations_left-- > 0; }

}  // namespace

// Not inlined: the compiler would see malloc() meet operator delete and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* memory = may_allocate() ? std::malloc(size == 0 ? 1 : size) : nullptr;
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace gatehouse::store_memory {
namespace {

using namespace check::store;

class OutOfMemory : public OpenedStore {
 protected:
  struct Everything {
    std::vector<Record> accounts;
    std::vector<Record> by_email;
    std::vector<Record> by_score;
    std::vector<Record> by_status_score;
    std::vector<Record> sessions;
    bool operator==(const Everything&) const = default;
  };
  Everything everything() const {
    return {all(kind::Account), all(kind::Account, account::ByEmail), all(kind::Account, account::ByScore),
            all(kind::Account, account::ByStatusScore), all(kind::Session)};
  }
  static std::vector<Value> account(const std::string& email, std::int64_t score, Value until = null()) {
    auto values = account_of(text(email), std::move(until));
    values[account::Score] = integer(score);
    return values;
  }
  gh_status commit_with(long allocations, const std::vector<gh_write>& writes) const {
    gh_commit_out out{};
    out.struct_size = sizeof(out);
    std::string words;
    const gh_call call = call_at(now, words);
    allocations_left = allocations;
    const gh_status status =
        store.table().commit(store.instance(), &call, writes.data(), writes.size(), sizeof(gh_write), &out);
    allocations_left = -1;
    return status;
  }
};

// One commit that does everything a commit can do, with ever more allocations allowed: until it gets what it needs it
// changes nothing, and then it changes all.
TEST_F(OutOfMemory, ACommitHappensWholeOrNotAtAll) {
  for (int at = 0; at < 300; ++at) {
    const std::string id = std::to_string(at);
    must(put(kind::Account, key(id, id), 0, account("mail" + id, at)));
  }
  must(put(kind::Account, key("old", "old"), 0, account("wanted", 0, moment(now))), now - 1);
  const auto before = everything();

  const Key keys[] = {key("1", "1"), key("new", "new"), key("2", "2"), key("session"), key("3", "3")};
  const std::vector<Value> values[] = {account(std::string(400, 'x'), 5'000),
                                       account("wanted", 7),
                                       {},
                                       session_of("o", 1, 2, moment(now + 5)),
                                       account("mail3", -1)};
  std::vector<std::vector<gh_value>> raw;
  for (const auto& row : values) {
    auto& made = raw.emplace_back();
    for (const Value& value : row) made.push_back(value.raw());
  }
  const auto write = [&](std::uint32_t op, std::uint32_t kind, std::size_t at, std::int64_t expected) {
    return gh_write{op, kind, keys[at].raw(), expected, raw[at].data(), static_cast<std::uint32_t>(raw[at].size()), 0};
  };
  const std::vector<gh_write> writes = {
      write(GH_WRITE_PUT, kind::Account, 0, 1), write(GH_WRITE_PUT, kind::Account, 1, 0),
      write(GH_WRITE_DELETE, kind::Account, 2, 1), write(GH_WRITE_PUT, kind::Session, 3, 0),
      write(GH_WRITE_PUT, kind::Account, 4, 1)};

  long allocations = 0;
  for (;; ++allocations) {
    const gh_status status = commit_with(allocations, writes);
    if (status == GH_OK) break;
    ASSERT_EQ(status, GH_UNAVAILABLE);
    ASSERT_EQ(everything(), before) << "after " << allocations << " allocations";
    ASSERT_LT(allocations, 1'000);
  }
  EXPECT_GT(allocations, 5);
  const auto after = everything();
  EXPECT_EQ(after.accounts.size(), 300u);
  EXPECT_EQ(after.by_email.size(), 300u);
  EXPECT_EQ(after.sessions.size(), 1u);
  EXPECT_EQ(read(kind::Account, keys[0])->values, values[0]);
  EXPECT_EQ(read(kind::Account, keys[1])->values, values[1]);
  EXPECT_EQ(store.get(kind::Account, keys[2]).status, GH_NOT_FOUND);
}

TEST_F(OutOfMemory, ManyCommitsThatFailSomewhereLeaveAStoreThatWorks) {
  const std::string long_text(900, 'n');
  std::int64_t version = 0;
  for (int at = 0; at < 2'000; ++at) {
    auto values = session_of("owner" + std::to_string(at % 50), at, version);
    if (at % 3 == 0) values[session::Note] = text(long_text.substr(0, static_cast<std::size_t>(at) % 900));
    std::vector<gh_value> raw;
    for (const Value& value : values) raw.push_back(value.raw());
    const Key where = key("1");
    const gh_write write{
        GH_WRITE_PUT, kind::Session, where.raw(), version, raw.data(), static_cast<std::uint32_t>(raw.size()), 0};
    if (commit_with(at % 5, {write}) == GH_OK) ++version;
    const auto record = read(kind::Session, where);
    ASSERT_EQ(record ? record->version : 0, version);
    ASSERT_EQ(all(kind::Session, session::ByOwner).size(), version > 0 ? 1u : 0u);
  }
  EXPECT_GT(version, 100);
}

}  // namespace
}  // namespace gatehouse::store_memory
