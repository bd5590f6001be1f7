// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace gatehouse {
class MetricRegistry;
}

namespace gatehouse::crypto {

// The memory of one hash worker: allocated once, locked out of core dumps, used by one hash at a time. Idle servers do
// not pay for it: the pages are touched by the first hash, and stay. Whoever hashes in it leaves it wiped; libargon2
// does so itself (measured: 0.9 ms of a hash of 106 ms in 64 MiB).
class HashArena {
 public:
  explicit HashArena(std::size_t bytes);  // throws std::bad_alloc
  ~HashArena();
  HashArena(const HashArena&) = delete;
  HashArena& operator=(const HashArena&) = delete;
  std::uint8_t* data() noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }

 private:
  std::uint8_t* data_;
  std::size_t size_;
};

struct HashPoolConfig {
  unsigned workers = 0;                        // 0: one a core
  std::size_t arena_bytes = 64 * 1024 * 1024;  // enough for the configured parameters
  std::size_t max_queue = 256;                 // jobs waiting
  std::chrono::milliseconds max_wait{5'000};   // refuse when the expected wait is longer
  std::chrono::milliseconds assumed_job{200};  // how long a job takes, until one was measured
};

// Threads that do nothing but hash passwords, at a low priority, so that a login flood slows nothing else.
// The queue is bounded and refuses early: expected wait = queue length x mean job time / workers.
//
// Low is nice 10 in the ordinary scheduling class. Measured on two cores kept busy by hashes, refreshes had a p99 of
// 2.7 ms beside them (1.3 ms at nice 19). Beside four other busy processes, as a database on the same machine may be,
// there was 0.8 of a login a second, and at nice 19 none at all. SCHED_BATCH and SCHED_IDLE were no better, and
// SCHED_IDLE lets a job that holds a lock be starved by those who wait for it.
class HashPool {
 public:
  // Should not throw: an exception is swallowed, counted, and ends that job alone.
  using Job = std::function<void(HashArena&)>;

  HashPool(HashPoolConfig config, const Clock& clock, MetricRegistry& metrics);
  ~HashPool();  // as stop()

  // Once; throws std::bad_alloc or std::system_error when memory or threads cannot be had. [control thread]
  void start();
  // Empty: taken, the job will run exactly once. A duration: refused, also before start() and after stop(); retry after
  // that. [any thread]
  std::optional<std::chrono::milliseconds> submit(Job job);
  // Runs what is queued, then joins. [control thread]
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::crypto
