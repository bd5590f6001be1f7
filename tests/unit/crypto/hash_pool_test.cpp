// SPDX-License-Identifier: Apache-2.0
#include "crypto/hash_pool.h"

#include "base/metrics.h"
#include "fakes.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <latch>
#include <mutex>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::crypto {
namespace {

using namespace std::chrono_literals;
using testing::ManualClock;

HashPoolConfig config_of(unsigned workers, std::size_t max_queue = 256, std::chrono::milliseconds max_wait = 1h) {
  HashPoolConfig config;
  config.workers = workers;
  config.arena_bytes = 64 * 1024;
  config.max_queue = max_queue;
  config.max_wait = max_wait;
  return config;
}

// A pool whose only worker is held until `open` is counted down.
class HeldPool {
 public:
  explicit HeldPool(HashPoolConfig config) : pool(config, clock, metrics) {
    pool.start();
    pool.submit([this](HashArena&) {
      held.count_down();
      open.wait();
    });
    held.wait();
  }
  ~HeldPool() {
    if (!open.try_wait()) open.count_down();
    pool.stop();
  }
  std::int64_t queue_length() { return metrics.gauge("gatehouse_password_hash_queue_length", "").value(); }

  ManualClock clock;
  MetricRegistry metrics;
  std::latch held{1};
  std::latch open{1};
  HashPool pool;
};

TEST(HashPool, RunsEveryAcceptedJobExactlyOnce) {
  constexpr int threads = 8;
  constexpr int each = 500;
  ManualClock clock;
  MetricRegistry metrics;
  std::vector<std::atomic<int>> runs(threads * each);
  std::vector<std::atomic<int>> accepted(threads * each);
  {
    HashPool pool(config_of(3, 16), clock, metrics);
    pool.start();
    std::vector<std::thread> submitters;
    for (int t = 0; t < threads; ++t) {
      submitters.emplace_back([&, t] {
        for (int i = t * each; i < (t + 1) * each; ++i) {
          const auto at = static_cast<std::size_t>(i);
          if (!pool.submit([&runs, at](HashArena&) { ++runs[at]; })) accepted[at] = 1;
        }
      });
    }
    for (auto& thread : submitters) thread.join();
  }
  for (std::size_t i = 0; i < runs.size(); ++i) EXPECT_EQ(runs[i], accepted[i]) << i;
}

TEST(HashPool, AcceptsRacingWithStopRunOrAreRefused) {
  for (int round = 0; round < 50; ++round) {
    ManualClock clock;
    MetricRegistry metrics;
    HashPool pool(config_of(2), clock, metrics);
    pool.start();
    std::atomic<int> runs = 0;
    std::atomic<int> accepted = 0;
    std::vector<std::thread> submitters;
    for (int t = 0; t < 4; ++t) {
      submitters.emplace_back([&] {
        for (int i = 0; i < 50; ++i) accepted += pool.submit([&runs](HashArena&) { ++runs; }) ? 0 : 1;
      });
    }
    pool.stop();
    for (auto& thread : submitters) thread.join();
    EXPECT_EQ(runs, accepted);
  }
}

TEST(HashPool, RefusesWhenTheQueueIsFull) {
  HeldPool held(config_of(1, 3));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(held.pool.submit([](HashArena&) {}));
  EXPECT_EQ(held.queue_length(), 3);
  EXPECT_TRUE(held.pool.submit([](HashArena&) { FAIL() << "a refused job ran"; }));
  EXPECT_EQ(held.metrics.counter("gatehouse_password_hash_refused_total", "").value(), 1U);
}

TEST(HashPool, RefusesWhenTheExpectedWaitIsTooLong) {
  auto config = config_of(1, 256, 1s);
  config.assumed_job = 400ms;
  HeldPool held(config);
  EXPECT_FALSE(held.pool.submit([](HashArena&) {}));  // would wait 0 behind the queue
  EXPECT_FALSE(held.pool.submit([](HashArena&) {}));  // 400 ms
  EXPECT_FALSE(held.pool.submit([](HashArena&) {}));  // 800 ms
  const auto refused = held.pool.submit([](HashArena&) {});
  ASSERT_TRUE(refused);
  EXPECT_EQ(*refused, 1200ms);
}

TEST(HashPool, MoreWorkersMeanAShorterWait) {
  auto config = config_of(2, 256, 1s);
  config.assumed_job = 400ms;
  ManualClock clock;
  MetricRegistry metrics;
  std::latch both_held(2);
  std::latch open(1);
  HashPool pool(config, clock, metrics);
  pool.start();
  for (int i = 0; i < 2; ++i) {
    pool.submit([&](HashArena&) {
      both_held.count_down();
      open.wait();
    });
  }
  both_held.wait();
  int accepted = 0;
  while (!pool.submit([](HashArena&) {})) ++accepted;
  open.count_down();
  EXPECT_EQ(accepted, 6);  // the seventh would wait for 6 x 400 ms / 2
}

TEST(HashPool, LearnsHowLongJobsTake) {
  auto config = config_of(1, 256, 1s);
  config.assumed_job = 1ms;
  ManualClock clock;
  MetricRegistry metrics;
  std::latch held(1);
  std::latch open(1);
  HashPool pool(config, clock, metrics);
  pool.start();
  pool.submit([&](HashArena&) { clock.advance(600ms); });
  pool.submit([&](HashArena&) {
    held.count_down();
    open.wait();
  });
  held.wait();
  EXPECT_FALSE(pool.submit([](HashArena&) {}));
  EXPECT_FALSE(pool.submit([](HashArena&) {}));
  EXPECT_EQ(pool.submit([](HashArena&) {}), 1200ms);
  open.count_down();
}

TEST(HashPool, StopRunsWhatIsQueued) {
  HeldPool held(config_of(1));
  std::atomic<int> runs = 0;
  for (int i = 0; i < 20; ++i) held.pool.submit([&runs](HashArena&) { ++runs; });
  held.open.count_down();
  held.pool.stop();
  EXPECT_EQ(runs, 20);
}

TEST(HashPool, TakesNothingBeforeStartAndAfterStop) {
  ManualClock clock;
  MetricRegistry metrics;
  HashPool pool(config_of(1), clock, metrics);
  EXPECT_TRUE(pool.submit([](HashArena&) { FAIL(); }));
  pool.start();
  pool.stop();
  EXPECT_TRUE(pool.submit([](HashArena&) { FAIL(); }));
  pool.stop();
}

TEST(HashPool, AJobThatThrowsEndsAlone) {
  ManualClock clock;
  MetricRegistry metrics;
  HashPool pool(config_of(1), clock, metrics);
  pool.start();
  std::atomic<bool> ran = false;
  pool.submit([](HashArena&) { throw std::runtime_error("from a handler"); });
  pool.submit({});
  pool.submit([&ran](HashArena&) { ran = true; });
  pool.stop();
  EXPECT_TRUE(ran);
  EXPECT_EQ(metrics.counter("gatehouse_password_hash_job_failures_total", "").value(), 2U);
}

TEST(HashPool, EveryWorkerHasAnArenaOfTheConfiguredSizeAndNobodyElsesMemory) {
  ManualClock clock;
  MetricRegistry metrics;
  HashPool pool(config_of(3), clock, metrics);
  pool.start();
  std::latch all(3);
  std::mutex mutex;
  std::set<const std::uint8_t*> seen;
  for (int i = 0; i < 3; ++i) {
    pool.submit([&](HashArena& arena) {
      all.arrive_and_wait();
      const std::lock_guard lock(mutex);
      seen.insert(arena.data());
      EXPECT_EQ(arena.size(), 64U * 1024);
    });
  }
  pool.stop();
  EXPECT_EQ(seen.size(), 3U);
}

TEST(HashPool, WorkersRunAtALowPriorityAndNobodyElseDoes) {
  ManualClock clock;
  MetricRegistry metrics;
  HashPool pool(config_of(1), clock, metrics);
  const int mine = getpriority(PRIO_PROCESS, 0);
  pool.start();
  int of_worker = 0;
  pool.submit([&of_worker](HashArena&) { of_worker = getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())); });
  pool.stop();
  EXPECT_EQ(of_worker, 10);
  EXPECT_EQ(getpriority(PRIO_PROCESS, 0), mine);
}

// The field VmFlags of /proc/self/smaps says "dd" for memory that no core dump holds.
TEST(HashArena, IsKeptOutOfCoreDumpsAndTouchesNoPageBeforeItsFirstUse) {
  HashArena arena(8 * 1024 * 1024);
  char begin[32];
  std::snprintf(begin, sizeof begin, "%lx-", reinterpret_cast<unsigned long>(arena.data()));
  std::FILE* const smaps = std::fopen("/proc/self/smaps", "r");
  ASSERT_NE(smaps, nullptr);
  char line[512];
  bool ours = false;
  std::string resident;
  std::string flags;
  while (std::fgets(line, sizeof line, smaps) != nullptr && flags.empty()) {
    const std::string text(line);
    if (text.starts_with(begin)) ours = true;
    if (ours && text.starts_with("Rss:")) resident = text;
    if (ours && text.starts_with("VmFlags:")) flags = text;
  }
  std::fclose(smaps);
  ASSERT_FALSE(flags.empty());
  EXPECT_NE(flags.find(" dd"), std::string::npos) << flags;
  EXPECT_NE(resident.find(" 0 kB"), std::string::npos) << resident;
}

TEST(HashArena, MemoryThatCannotBeHadIsAnErrorAtOnce) {
  EXPECT_THROW(HashArena arena(std::size_t{1} << 62), std::bad_alloc);
}

}  // namespace
}  // namespace gatehouse::crypto
