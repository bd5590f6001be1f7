// SPDX-License-Identifier: Apache-2.0
#include "window_limiter.h"

#include "store/threads.h"

#include <gatehouse/sdk/status.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <string>
#include <vector>

namespace gatehouse::store_memory {
namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t start = 1'000 * second;

constexpr Hash::Secret secret = {0x8f1d3c5b7a29e604, 0x13e7a95dc0b46f82, 0xd5420b9f6e318ca7, 0x6ab8f04c92d7351e};

class WindowLimiterTest : public ::testing::Test {
 protected:
  explicit WindowLimiterTest(std::uint64_t max_bytes = 0) : limiter(Hash(secret), max_bytes) {}

  sdk::Taken take(const std::string& key, std::uint32_t limit, std::int64_t window, std::int64_t at) {
    gh_call call{};
    call.struct_size = sizeof(call);
    call.now_us = at;
    sdk::Taken taken;
    EXPECT_TRUE(limiter.take(sdk::Call(call), {key, limit, window}, taken).ok());
    return taken;
  }
  void reset(const std::string& key) {
    const gh_call call{};
    EXPECT_TRUE(limiter.reset(sdk::Call(call), key).ok());
  }
  gh_status status_of(const std::string& key, std::uint32_t limit, std::int64_t window) {
    try {
      take(key, limit, window, start);
      return GH_OK;
    } catch (const sdk::StatusError& error) {
      return error.code();
    }
  }

  WindowLimiter limiter;
};

TEST_F(WindowLimiterTest, AllowsTheLimitAndThenNoMore) {
  for (std::uint32_t left = 5; left > 0; --left) {
    const auto taken = take("k", 5, second, start);
    EXPECT_TRUE(taken.allowed);
    EXPECT_EQ(taken.remaining, left - 1);
    EXPECT_EQ(taken.retry_after_us, 0);
  }
  const auto refused = take("k", 5, second, start + 1);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.remaining, 0u);
  EXPECT_EQ(refused.retry_after_us, second - 1);
}

TEST_F(WindowLimiterTest, AnEventLeavesTheWindowExactlyAWindowLater) {
  take("k", 1, second, start);
  EXPECT_FALSE(take("k", 1, second, start + second - 1).allowed);
  EXPECT_TRUE(take("k", 1, second, start + second).allowed);
}

TEST_F(WindowLimiterTest, TheWindowSlidesAndDoesNotJump) {
  take("k", 2, second, start);
  take("k", 2, second, start + second - 1);
  EXPECT_TRUE(take("k", 2, second, start + second).allowed);
  EXPECT_FALSE(take("k", 2, second, start + second + 1).allowed);
  EXPECT_TRUE(take("k", 2, second, start + 2 * second - 1).allowed);
}

TEST_F(WindowLimiterTest, RefusedAttemptsDoNotCount) {
  take("k", 1, second, start);
  for (int at = 1; at < 1'000; ++at) EXPECT_FALSE(take("k", 1, second, start + at * 1'000).allowed);
  EXPECT_TRUE(take("k", 1, second, start + second).allowed);
}

TEST_F(WindowLimiterTest, WhoWaitsAsLongAsToldIsAllowed) {
  std::mt19937_64 random(7);
  std::int64_t at = start;
  for (int step = 0; step < 2'000; ++step) {
    const auto taken = take("k", 7, second, at);
    at += taken.allowed ? static_cast<std::int64_t>(random() % 100'000) : taken.retry_after_us;
    if (taken.allowed) continue;
    EXPECT_GT(taken.retry_after_us, 0);
    EXPECT_TRUE(take("k", 7, second, at).allowed);
  }
}

// Judged against every window there is, for clocks that run forward and calls that come up to a second late.
TEST_F(WindowLimiterTest, NoWindowEverHoldsMoreThanTheLimit) {
  for (const std::int64_t lateness : {std::int64_t{1}, second}) {
    for (const std::uint32_t limit : {1u, 2u, 3u, 10u}) {
      const std::string key = std::to_string(lateness) + "/" + std::to_string(limit);
      std::mt19937_64 random(limit);
      std::vector<std::int64_t> allowed;
      std::int64_t at = start;
      for (int step = 0; step < 3'000; ++step) {
        at += static_cast<std::int64_t>(random() % 60'000);
        const std::int64_t now = at - static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(lateness));
        if (take(key, limit, second, now).allowed) allowed.push_back(now);
      }
      std::sort(allowed.begin(), allowed.end());
      ASSERT_GT(allowed.size(), 50u * limit);
      for (std::size_t first = 0; first + limit < allowed.size(); ++first) {
        ASSERT_GE(allowed[first + limit] - allowed[first], second) << "limit " << limit << ", lateness " << lateness;
      }
    }
  }
}

TEST_F(WindowLimiterTest, OfManyThreadsOnlyAsManyAsTheLimitAreAllowed) {
  constexpr int threads = 8;
  constexpr int rounds = 1'000;
  std::atomic<int> allowed{0};
  check::store::in_rounds(
      threads, rounds,
      [&](int, int round) {
        for (int at = 0; at < 20; ++at) allowed += take("k", 50, second, start + round * second).allowed ? 1 : 0;
      },
      [&](int) { EXPECT_EQ(allowed.exchange(0), 50); });
}

TEST_F(WindowLimiterTest, ThreadsOnManyKeysDisturbNobody) {
  std::atomic<int> wrong{0};
  check::store::on_threads(4, [&](int thread) {
    for (int at = 0; at < 5'000; ++at) {
      const std::string key = std::to_string(thread) + ":" + std::to_string(at % 300);
      const bool first = at % 300 == at;
      if (take(key, 1, 1'000'000 * second, start + at).allowed != first) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST_F(WindowLimiterTest, AClockSetBackLocksNobodyOutForLongerThanAWindow) {
  constexpr std::int64_t ten_years = 10 * 365 * 86'400 * second;
  for (int at = 0; at < 5; ++at) take("k", 5, 60 * second, start + ten_years);
  const auto refused = take("k", 5, 60 * second, start);
  EXPECT_FALSE(refused.allowed);
  EXPECT_LE(refused.retry_after_us, 60 * second);
  EXPECT_TRUE(take("k", 5, 60 * second, start + refused.retry_after_us).allowed);
}

TEST_F(WindowLimiterTest, AClockSetBackGivesNobodyASecondLimit) {
  for (int at = 0; at < 3; ++at) take("k", 3, 60 * second, start + 3'600 * second);
  EXPECT_FALSE(take("k", 3, 60 * second, start).allowed);
  EXPECT_FALSE(take("k", 3, 60 * second, start + 59 * second).allowed);
}

TEST_F(WindowLimiterTest, ALittleLatenessIsJudgedExactly) {
  take("k", 2, 60 * second, start);
  take("k", 2, 60 * second, start + 59 * second);
  EXPECT_FALSE(take("k", 2, 60 * second, start + 55 * second).allowed);
  EXPECT_TRUE(take("k", 2, 60 * second, start + 60 * second).allowed);
  // A call from before: the window that ends at it still holds two.
  EXPECT_FALSE(take("k", 2, 60 * second, start + 59 * second + 1).allowed);
}

TEST_F(WindowLimiterTest, TheEndsOfTimeDoNotOverflow) {
  EXPECT_TRUE(take("a", 1, INT64_MAX, INT64_MAX).allowed);
  EXPECT_FALSE(take("a", 1, INT64_MAX, INT64_MAX).allowed);
  EXPECT_TRUE(take("b", 1, INT64_MAX, INT64_MIN).allowed);
  const auto refused = take("b", 1, INT64_MAX, INT64_MIN + 5);
  EXPECT_FALSE(refused.allowed);
  EXPECT_GT(refused.retry_after_us, 0);
}

TEST_F(WindowLimiterTest, ALoweredLimitHoldsAtOnceAndARaisedOneLetsMoreIn) {
  for (int at = 0; at < 10; ++at) take("k", 10, second, start);
  EXPECT_FALSE(take("k", 3, second, start + 1).allowed);
  EXPECT_EQ(take("k", 12, second, start + 1).remaining, 1u);
}

TEST_F(WindowLimiterTest, ResetForgetsTheKeyAndOnlyThat) {
  take("k", 1, second, start);
  take("other", 1, second, start);
  reset("k");
  reset("never seen");
  EXPECT_TRUE(take("k", 1, second, start).allowed);
  EXPECT_FALSE(take("other", 1, second, start).allowed);
}

TEST_F(WindowLimiterTest, KeysAreBytes) {
  take(std::string("k\0a", 3), 1, second, start);
  EXPECT_TRUE(take(std::string("k\0b", 3), 1, second, start).allowed);
  EXPECT_TRUE(take("k", 1, second, start).allowed);
  EXPECT_EQ(status_of(std::string(256, 'x'), 1, second), GH_OK);
}

TEST_F(WindowLimiterTest, WhatCannotBeRightIsInvalid) {
  EXPECT_EQ(status_of("", 1, second), GH_INVALID);
  EXPECT_EQ(status_of(std::string(257, 'x'), 1, second), GH_INVALID);
  EXPECT_EQ(status_of("k", 0, second), GH_INVALID);
  EXPECT_EQ(status_of("k", 1, 0), GH_INVALID);
}

TEST_F(WindowLimiterTest, QuietBucketsAreForgottenWhileOthersAreUsed) {
  constexpr int keys = 5'000;
  for (int at = 0; at < keys; ++at) take("quiet" + std::to_string(at), 5, second, start);
  EXPECT_EQ(limiter.bucket_count(), static_cast<std::size_t>(keys));
  const std::int64_t later = start + second + WindowLimiter::lateness_us;
  for (int at = 0; at < 2 * keys; ++at) take("busy" + std::to_string(at % 500), 1'000'000, second, later + at);
  EXPECT_EQ(limiter.bucket_count(), 500u);
}

TEST_F(WindowLimiterTest, ABucketThatMayStillRefuseIsNeverForgotten) {
  take("k", 1, 3'600 * second, start);
  for (int at = 0; at < 20'000; ++at) take("busy" + std::to_string(at), 5, second, start + 3'599 * second);
  EXPECT_FALSE(take("k", 1, 3'600 * second, start + 3'600 * second - 1).allowed);
}

class SmallWindowLimiterTest : public WindowLimiterTest {
 protected:
  SmallWindowLimiterTest() : WindowLimiterTest(100'000) {}
};

TEST_F(SmallWindowLimiterTest, RefusesNewKeysWhenItsMemoryIsFullAndKeepsTheOldOnes) {
  int kept = 0;
  while (status_of(std::to_string(kept), 1, 3'600 * second) == GH_OK) ASSERT_LT(++kept, 5'000);
  EXPECT_GT(kept, 200);
  EXPECT_EQ(status_of("new", 1, 3'600 * second), GH_UNAVAILABLE);
  for (int at = 0; at < kept; ++at) EXPECT_FALSE(take(std::to_string(at), 1, 3'600 * second, start).allowed);
}

TEST_F(SmallWindowLimiterTest, MemoryOfQuietBucketsIsUsedAgain) {
  for (int round = 0; round < 20; ++round) {
    const std::int64_t at = start + round * 20 * second;
    int taken = 0;
    for (; taken < 200; ++taken) {
      const std::string key = std::to_string(round) + "/" + std::to_string(taken);
      EXPECT_TRUE(take(key, 1, second, at).allowed);
    }
  }
}

}  // namespace
}  // namespace gatehouse::store_memory
