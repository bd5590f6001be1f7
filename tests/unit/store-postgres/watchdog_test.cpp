// SPDX-License-Identifier: Apache-2.0
#include "watchdog.h"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

namespace gatehouse::store_postgres {
namespace {

std::int64_t from_now(std::chrono::nanoseconds time) {
  return (std::chrono::steady_clock::now().time_since_epoch() + time).count();
}

class Pair {
 public:
  Pair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0); }
  ~Pair() {
    for (const int end : ends_) ::close(end);
  }
  int ours() const { return ends_[0]; }
  // Waits until our end has something to read, or is shut.
  bool is_shut() const {
    char byte = 0;
    return ::read(ends_[0], &byte, 1) == 0;
  }
  void answer() const { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }

 private:
  std::array<int, 2> ends_{};
};

class WatchdogTest : public testing::Test {
 protected:
  WatchdogTest() {
    host_.struct_size = sizeof(host_);
    host_.monotonic_ns = [](void*) { return from_now(std::chrono::nanoseconds(0)); };
    watchdog_.start();
  }

 private:
  gh_host host_{};

 protected:
  Watchdog watchdog_{sdk::Host(&host_)};
};

TEST_F(WatchdogTest, EndsAWaitAtItsDeadline) {
  const Pair pair;
  Watchdog::Watch watch(pair.ours());
  watchdog_.add(watch);
  watchdog_.arm(watch, from_now(std::chrono::milliseconds(20)));
  EXPECT_TRUE(pair.is_shut());
  EXPECT_FALSE(watchdog_.disarm(watch));
  watchdog_.remove(watch);
}

TEST_F(WatchdogTest, LeavesAloneWhatAnswersInTime) {
  const Pair pair;
  Watchdog::Watch watch(pair.ours());
  watchdog_.add(watch);
  for (int at = 0; at < 1'000; ++at) {
    watchdog_.arm(watch, from_now(std::chrono::seconds(100)));
    pair.answer();
    EXPECT_FALSE(pair.is_shut());
    ASSERT_TRUE(watchdog_.disarm(watch));
  }
  watchdog_.remove(watch);
}

TEST_F(WatchdogTest, WakesForAnEarlierDeadlineThanItWaitsFor) {
  const Pair late;
  const Pair early;
  Watchdog::Watch late_watch(late.ours());
  Watchdog::Watch early_watch(early.ours());
  watchdog_.add(late_watch);
  watchdog_.add(early_watch);
  watchdog_.arm(late_watch, from_now(std::chrono::seconds(100)));
  watchdog_.arm(early_watch, from_now(std::chrono::milliseconds(20)));
  EXPECT_TRUE(early.is_shut());
  EXPECT_TRUE(watchdog_.disarm(late_watch));
  watchdog_.remove(late_watch);
  watchdog_.remove(early_watch);
}

TEST_F(WatchdogTest, ManyThreadsArmAndDisarmAtOnce) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int at = 0; at < 300; ++at) {
        const Pair pair;
        Watchdog::Watch watch(pair.ours());
        watchdog_.add(watch);
        const bool ends = at % 10 == 0;
        watchdog_.arm(watch, from_now(ends ? std::chrono::nanoseconds(std::chrono::milliseconds(1))
                                           : std::chrono::nanoseconds(std::chrono::seconds(100))));
        if (ends) {
          EXPECT_TRUE(pair.is_shut());
        }
        EXPECT_EQ(watchdog_.disarm(watch), !ends);
        watchdog_.remove(watch);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace gatehouse::store_postgres
