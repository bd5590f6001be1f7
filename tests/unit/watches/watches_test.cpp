// SPDX-License-Identifier: Apache-2.0
#include "watches/watches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::watches {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

std::int64_t now_ns() { return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count(); }

class WatchesTest : public testing::Test {
 protected:
  WatchesTest() {
    host_.struct_size = sizeof(host_);
    host_.monotonic_ns = [](void*) { return now_ns(); };
  }

  void put(std::uint32_t kind, const std::string& id, std::int64_t version = 1) {
    watches.tell(kind, {sdk::slice("t"), sdk::slice("p"), sdk::slice(id)}, version, false);
  }

  // What one wait gives: "kind/id@version", or "missed".
  struct Told {
    gh_status status = GH_OK;
    std::vector<std::string> changes{};
  };
  Told wait(std::uint64_t watch, std::chrono::nanoseconds time = 0ns) {
    gh_call raw{};
    raw.struct_size = sizeof(raw);
    raw.deadline_ns = now_ns() + time.count();
    Told told;
    const gh_change_sink sink{&told.changes, [](void* context, const gh_change* change) {
                                auto& changes = *static_cast<std::vector<std::string>*>(context);
                                if (change->what == GH_CHANGE_MISSED) return changes.push_back("missed");
                                changes.push_back(std::to_string(change->kind) + "/" +
                                                  std::string(sdk::view(change->key.id)) + "@" +
                                                  std::to_string(change->version));
                              }};
    told.status = watches.wait(sdk::Call(raw), watch, sdk::ChangeSink(sink)).code();
    return told;
  }

 private:
  gh_host host_{};

 protected:
  Watches watches{sdk::Host(&host_)};
};

TEST_F(WatchesTest, TellsEachWatchOfItsKinds) {
  const auto one = watches.add({1});
  const auto both = watches.add({1, 2});
  put(1, "a");
  put(2, "b", 7);
  put(3, "c");
  EXPECT_THAT(wait(one).changes, ElementsAre("1/a@1"));
  EXPECT_THAT(wait(both).changes, ElementsAre("1/a@1", "2/b@7"));
  EXPECT_THAT(wait(both).changes, IsEmpty());
}

TEST_F(WatchesTest, KeepsNothingForNobody) {
  EXPECT_FALSE(watches.any());
  const auto watch = watches.add({1});
  EXPECT_TRUE(watches.any());
  EXPECT_TRUE(watches.remove(watch).ok());
  EXPECT_FALSE(watches.any());
  EXPECT_EQ(watches.remove(watch).code(), GH_NOT_FOUND);
  EXPECT_EQ(wait(watch).status, GH_NOT_FOUND);
}

TEST_F(WatchesTest, WhoDoesNotReadHasMissedSomeAndIsToldWhatComesThen) {
  const auto watch = watches.add({1});
  for (std::size_t at = 0; at <= Watches::most_changes; ++at) put(1, std::to_string(at));
  put(1, "next");
  EXPECT_THAT(wait(watch).changes, ElementsAre("missed", "1/next@1"));
  put(1, "after");
  EXPECT_THAT(wait(watch).changes, ElementsAre("1/after@1"));
}

TEST_F(WatchesTest, WhatAllHaveMissedTakesThePlaceOfWhatWasKept) {
  const auto watch = watches.add({1});
  put(1, "before");
  watches.miss();
  EXPECT_THAT(wait(watch).changes, ElementsAre("missed"));
}

TEST_F(WatchesTest, TakesSoManyAndNoMore) {
  std::vector<std::uint64_t> all;
  for (std::size_t at = 0; at < Watches::most_watches; ++at) all.push_back(watches.add({1}));
  EXPECT_THROW(watches.add({1}), sdk::StatusError);
  EXPECT_TRUE(watches.remove(all.front()).ok());
  EXPECT_NO_THROW(watches.add({1}));
}

TEST_F(WatchesTest, AWaitEndsWithItsWatch) {
  const auto watch = watches.add({1});
  std::thread waiter([&] { EXPECT_EQ(wait(watch, 1min).status, GH_NOT_FOUND); });
  EXPECT_TRUE(watches.remove(watch).ok());
  waiter.join();
}

TEST_F(WatchesTest, NothingOfManyThreadsIsLostUnsaid) {
  constexpr int writers = 4;
  constexpr int each = 3000;
  const auto watch = watches.add({1});
  std::atomic<int> running{writers};
  std::vector<std::thread> threads;
  for (int writer = 0; writer < writers; ++writer) {
    threads.emplace_back([&, writer] {
      for (int version = 1; version <= each; ++version) put(1, std::to_string(writer), version);
      --running;
    });
  }
  int told = 0;
  bool missed = false;
  for (bool more = true; more;) {
    const bool last = running == 0;
    const auto now = wait(watch, last ? 0ns : 1ms).changes;
    missed = missed || (!now.empty() && now.front() == "missed");
    told += static_cast<int>(now.size());
    more = !last || !now.empty();
  }
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(missed || told == writers * each) << told;
}

}  // namespace
}  // namespace gatehouse::watches
