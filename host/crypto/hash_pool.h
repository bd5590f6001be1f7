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

// The memory of one hash worker: allocated once, locked out of core dumps, wiped between uses, used by one hash at a
// time. Idle servers do not pay for it: the pages are touched by the first hash.
class HashArena {
 public:
  explicit HashArena(std::size_t bytes);
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
  unsigned workers = 0;                          // 0: one a core
  std::size_t arena_bytes = 64 * 1024 * 1024;    // enough for the configured parameters
  std::size_t max_queue = 256;                   // jobs waiting
  std::chrono::milliseconds max_wait{5'000};     // refuse when the expected wait is longer
};

// Threads that do nothing but hash passwords, at the lowest priority, so that a login flood slows nothing else.
// The queue is bounded and refuses early: expected wait = queue length x mean job time / workers.
class HashPool {
 public:
  using Job = std::function<void(HashArena&)>;

  HashPool(HashPoolConfig config, const Clock& clock, MetricRegistry& metrics);
  ~HashPool();  // as stop()

  void start();
  // Empty: taken, the job will run exactly once. A duration: refused; retry after that. [any thread]
  std::optional<std::chrono::milliseconds> submit(Job job);
  // Runs what is queued, then joins.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::crypto
