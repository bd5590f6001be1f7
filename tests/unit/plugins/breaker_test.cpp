// SPDX-License-Identifier: Apache-2.0
#include "plugins/breaker.h"

#include "spinning_start.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace gatehouse::plugins {
namespace {

constexpr std::int64_t second = 1'000'000'000;

TEST(Breaker, LetsNothingThroughBeforeStartAndAfterStop) {
  Breaker breaker(3, std::chrono::seconds(1));
  EXPECT_FALSE(breaker.closed());
  EXPECT_EQ(breaker.admit(0), Breaker::Entry::Refused);
  EXPECT_FALSE(breaker.pause_left(0)) << "waiting would not help";
  breaker.start();
  EXPECT_TRUE(breaker.closed());
  breaker.stop();
  EXPECT_EQ(breaker.admit(100 * second), Breaker::Entry::Refused);
}

TEST(Breaker, AFailureAfterStopDoesNotOpenIt) {
  Breaker breaker(1, std::chrono::seconds(1));
  breaker.start();
  breaker.stop();
  EXPECT_FALSE(breaker.failed(0));
  EXPECT_EQ(breaker.admit(100 * second), Breaker::Entry::Refused);
}

TEST(Breaker, SaysOnceThatItOpened) {
  Breaker breaker(2, std::chrono::seconds(1));
  breaker.start();
  EXPECT_FALSE(breaker.failed(0));
  EXPECT_TRUE(breaker.failed(0));
  EXPECT_FALSE(breaker.failed(0));
  EXPECT_EQ(breaker.pause_left(second / 4), std::chrono::milliseconds(750));
}

TEST(Breaker, OfAnyNumberOfThreadsOneIsTheProbe) {
  Breaker breaker(1, std::chrono::nanoseconds(10));
  breaker.start();
  ASSERT_TRUE(breaker.failed(0));
  constexpr int count = 2;
  constexpr int rounds = 5000;
  test::SpinningStart start(count);
  std::atomic<int> probes{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < count; ++t) {
    threads.emplace_back([&] {
      for (int round = 1; round <= rounds; ++round) {
        start.together();
        const bool probe = breaker.admit(round * 100) == Breaker::Entry::Probe;
        start.together();
        if (!probe) continue;
        ++probes;
        breaker.failed(round * 100);  // closed again, until the next round
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(probes.load(), rounds);
}

TEST(Breaker, AStragglersSuccessDoesNotCloseIt) {
  Breaker breaker(1, std::chrono::seconds(1));
  breaker.start();
  ASSERT_TRUE(breaker.failed(0));
  EXPECT_FALSE(breaker.succeeded(false));
  EXPECT_FALSE(breaker.closed());
}

TEST(Breaker, AProbeThatAnswersAfterItWasGivenUpStillClosesIt) {
  Breaker breaker(1, std::chrono::seconds(1));
  breaker.start();
  ASSERT_TRUE(breaker.failed(0));
  ASSERT_EQ(breaker.admit(second), Breaker::Entry::Probe);
  breaker.failed(2 * second);
  EXPECT_TRUE(breaker.succeeded(true));
  EXPECT_TRUE(breaker.closed());
}

}  // namespace
}  // namespace gatehouse::plugins
