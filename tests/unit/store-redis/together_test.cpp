// SPDX-License-Identifier: Apache-2.0
#include "support/fault_proxy.h"
#include "unit/store-redis/redis_fixture.h"

#include <gtest/gtest.h>

#include <signal.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// Many threads, and the few connections they share.
namespace gatehouse::store_redis {
namespace {

using namespace check::store;

template <class Work>
void at_once(std::size_t count, Work work) {
  std::vector<std::thread> threads;
  for (std::size_t at = 0; at < count; ++at) threads.emplace_back([&work, at] { work(at); });
  for (auto& thread : threads) thread.join();
}

// Many commits are one write to the connection, and a part of them has been answered when it is lost.
TEST(RedisTogether, OfCommitsThatWereSentTogetherEachLearnsWhatBecameOfItsOwn) {
  const test::RedisServer server;
  test::FaultProxy proxy(server.socket());
  const Redis redis("redis+unix://" + proxy.socket().string());
  const auto version = [&](std::size_t at) {
    const auto got = redis.verbs().get(0, Redis::key(std::to_string(at)));
    return got.record ? got.record->version : 0;
  };
  constexpr std::size_t threads = 12;
  std::array<std::int64_t, threads> versions{};
  std::array<gh_status, threads> statuses{};
  int doubts = 0;
  for (int round = 0; round < 24; ++round) {
    if (round % 3 == 1) proxy.cut_answer_to("EVALSHA");
    if (round % 3 == 2) proxy.cut_request("EVALSHA");
    at_once(threads, [&](std::size_t at) { statuses[at] = redis.put(std::to_string(at), versions[at], round).status; });
    for (std::size_t at = 0; at < threads; ++at) {
      const auto before = std::exchange(versions[at], version(at));
      const bool written = versions[at] == before + 1;
      ASSERT_TRUE(written || versions[at] == before);
      if (statuses[at] == GH_IN_DOUBT) {
        ++doubts;
      } else {
        ASSERT_EQ(written, statuses[at] == GH_OK) << "status " << statuses[at] << " in round " << round;
      }
    }
  }
  EXPECT_GT(doubts, 0);
}

TEST(RedisTogether, TwoServersThatCleanUpAtTheSameTimeDeleteEachRecordOnce) {
  const test::RedisServer server;
  const Redis redis(server.url());
  const Redis other(server.url());
  constexpr std::int64_t expired = 300;
  for (std::int64_t at = 0; at < expired + 50; ++at) {
    auto values = Redis::values(at);
    values[session::Expires] = at < expired ? moment(now - 1 - at) : moment(now + 1'000'000);
    ASSERT_EQ(redis.verbs().commit(check::store::put(0, Redis::key(std::to_string(at)), 0, values)).status, GH_OK);
  }
  std::array<std::uint64_t, 2> deleted{};
  at_once(2, [&](std::size_t at) {
    const auto& verbs = at == 0 ? redis.verbs() : other.verbs();
    for (std::uint64_t step = 1; step > 0; deleted[at] += step) step = verbs.purge(0, now, 20).deleted;
  });
  EXPECT_EQ(deleted[0] + deleted[1], static_cast<std::uint64_t>(expired));
  const auto left = redis.verbs().find({.kind = 0, .index = 0, .tenant = "t", .equals = {text("u")}});
  EXPECT_EQ(left.records.size(), 50U);
}

// Over TCP, where a command is still taken after the other side has gone.
TEST(RedisPool, ReplacesAConnectionThatWasClosedWhileItRested) {
  const test::RedisServer server({.tcp = true});
  const Redis redis("redis://127.0.0.1:" + std::to_string(server.port()));
  ASSERT_EQ(redis.put("1", 0, 1).status, GH_OK) << redis.words();
  server.ask({"CLIENT", "KILL", "TYPE", "normal"});
  EXPECT_EQ(redis.put("1", 1, 2).status, GH_OK);
}

TEST(RedisTogether, ManyThreadsThatWaitForASlowRedisTakeTwoConnections) {
  const test::RedisServer server;
  const Redis redis(server.url());
  server.signal(SIGSTOP);
  std::atomic<int> begun{0};
  std::atomic<int> done{0};
  std::thread waker([&] {
    while (begun < 24) std::this_thread::yield();
    server.signal(SIGCONT);
  });
  at_once(24, [&](std::size_t at) {
    ++begun;
    if (redis.put(std::to_string(at), 0, 1).status == GH_OK) ++done;
  });
  waker.join();
  EXPECT_EQ(done, 24);
  EXPECT_LE(std::stoi(server.info("clients", "connected_clients")), 3) << "two, and the one that asks";
}

// Redis hangs until the first calls have run out of time; those who came later still have a part of theirs.
TEST(RedisTogether, WhoWaitsBehindAHangKeepsTheTimeThatIsItsOwn) {
  using std::chrono::milliseconds;
  const test::RedisServer server;
  const Redis redis(server.url(), {{"timeout", std::int64_t{600'000}}});
  server.signal(SIGSTOP);
  const auto begin = std::chrono::steady_clock::now();
  // As many as are on their way at a time, and one that waits with as little time.
  std::vector<std::thread> early;
  for (int at = 0; at < 3; ++at) {
    early.emplace_back([&] { EXPECT_NE(redis.verbs().get(0, Redis::key("early")).status, GH_NOT_FOUND); });
  }
  while (std::chrono::steady_clock::now() - begin < milliseconds(400)) std::this_thread::yield();
  std::array<gh_status, 20> late{};
  std::thread lates([&] {
    at_once(late.size(), [&](std::size_t at) {
      late[at] =
          at % 2 == 0 ? redis.put(std::to_string(at), 0, 1).status : redis.verbs().get(0, Redis::key("x")).status;
    });
  });
  for (auto& thread : early) thread.join();
  server.signal(SIGCONT);
  lates.join();
  for (std::size_t at = 0; at < late.size(); ++at) EXPECT_EQ(late[at], at % 2 == 0 ? GH_OK : GH_NOT_FOUND) << at;
}

// Three wait behind a hang for two lanes, with enough time to travel together, and it lasts longer than two of them
// can.
TEST(RedisTogether, AReadThatAnothersDeadlineHasEndedIsAskedAgain) {
  using std::chrono::milliseconds;
  const test::RedisServer server;
  const Redis redis(server.url(), {{"timeout", std::int64_t{900'000}}, {"connect_timeout", std::int64_t{5'000'000}}});
  const auto get = [&redis] { return redis.verbs().get(0, Redis::key("none")).status; };
  server.signal(SIGSTOP);
  const auto begin = std::chrono::steady_clock::now();
  const auto wait_until = [begin](milliseconds time) {
    while (std::chrono::steady_clock::now() - begin < time) std::this_thread::yield();
  };
  std::vector<std::thread> ahead;
  for (int at = 0; at < 2; ++at) ahead.emplace_back([&] { EXPECT_EQ(get(), GH_TIMEOUT); });
  wait_until(milliseconds(500));
  for (int at = 0; at < 2; ++at) ahead.emplace_back([&] { EXPECT_EQ(get(), GH_TIMEOUT); });
  std::thread waker([&] {
    for (auto& thread : ahead) thread.join();
    server.signal(SIGCONT);
  });
  wait_until(milliseconds(800));
  EXPECT_EQ(get(), GH_NOT_FOUND);
  waker.join();
}

TEST(RedisPool, ThatIsUsedUpRefusesAfterItsWait) {
  const test::RedisServer server;
  const Redis redis(server.url(), {{"pool_size", std::int64_t{1}}, {"pool_wait", std::int64_t{20'000}}});
  server.signal(SIGSTOP);
  std::atomic<int> busy{0};
  std::vector<std::thread> threads;
  for (int at = 0; at < 4; ++at) {
    threads.emplace_back([&] {
      const auto got = redis.verbs().find({.kind = 0, .index = 0, .tenant = "t", .equals = {text("u")}});
      if (got.status == GH_UNAVAILABLE && got.words.find("pool_size") != std::string::npos) ++busy;
    });
  }
  for (auto& thread : threads) thread.join();
  server.signal(SIGCONT);
  EXPECT_GE(busy.load(), 3);
}

}  // namespace
}  // namespace gatehouse::store_redis
