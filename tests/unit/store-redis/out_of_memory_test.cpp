// SPDX-License-Identifier: Apache-2.0
#include "unit/store-redis/redis_fixture.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

namespace {

// How many allocations of this thread still succeed; negative: all of them.
thread_local long allocations_left = -1;

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

namespace gatehouse::store_redis {
namespace {

class RedisOutOfMemory : public ::testing::Test {
 protected:
  // Commits of one record with ever more allocations allowed, until one gets what it needs: what is not in doubt is as
  // its answer says.
  void expect_true_answers(const Redis& redis, gh_status in_the_end) const {
    const Key key = Redis::key("1");
    int doubts = 0;
    for (long allocations = 0;; ++allocations) {
      const auto before = version(redis, key);
      // A revocation where replicas are waited for.
      const auto values = Redis::values(allocations, "u", check::store::moment(5));
      std::vector<gh_value> raw;
      for (const auto& value : values) raw.push_back(value.raw());
      const gh_write write{GH_WRITE_PUT, 0, key.raw(), before, raw.data(), static_cast<std::uint32_t>(raw.size()), 0};
      gh_commit_out out{};
      out.struct_size = sizeof(out);
      const Call caller;
      gh_call call = *caller.get();
      call.explain = [](void*, gh_slice) {};
      allocations_left = allocations;
      const gh_status status = redis.verbs().table().commit(redis.instance(), &call, &write, 1, sizeof(gh_write), &out);
      const bool enough = allocations_left > 0;
      allocations_left = -1;
      const auto after = version(redis, key);
      doubts += status == GH_IN_DOUBT ? 1 : 0;
      if (status != GH_IN_DOUBT) {
        ASSERT_EQ(after, status == GH_OK ? before + 1 : before)
            << "status " << status << " after " << allocations << " allocations";
      }
      if (enough) {
        EXPECT_EQ(status, in_the_end);
        break;
      }
      ASSERT_LT(allocations, 1'000);
    }
    EXPECT_GT(doubts, 0);
  }
  static std::int64_t version(const Redis& redis, const Key& key) {
    const auto got = redis.verbs().get(0, key);
    return got.record ? got.record->version : 0;
  }

  test::RedisServer server_;
};

TEST_F(RedisOutOfMemory, ACommitThatMayHaveHappenedIsNeverCalledOneThatDidNot) {
  expect_true_answers(Redis(server_.url()), GH_OK);
}

TEST_F(RedisOutOfMemory, NeitherIsOneThatReplicasAreWaitedFor) {
  expect_true_answers(Redis(server_.url(), {{"wait_replicas", std::int64_t{1}}, {"wait_timeout", std::int64_t{1'000}}}),
                      GH_IN_DOUBT);
}

}  // namespace
}  // namespace gatehouse::store_redis
