// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gatehouse::plugins {

class Edge;

// One per process; outlives every instance. Its thread looks at all calls inside plugins, reports those that are
// overdue and tells the time: reading a clock for every call would cost as much as the call. It also keeps what late
// callbacks of ended instances may still touch.
class Supervisor {
 public:
  explicit Supervisor(const Clock& clock, std::chrono::milliseconds interval = std::chrono::milliseconds(50));
  ~Supervisor();  // stops
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  void start();
  void stop();

  // One look, as the thread takes every interval. Tests that move a clock of their own call it instead of start().
  void look();

  // Steady nanoseconds, behind by one interval at most. While no thread runs: read from the clock. Any thread.
  std::int64_t now_ns() const noexcept {
    const auto coarse = coarse_ns_.load(std::memory_order_relaxed);
    return coarse != 0 ? coarse : exact_ns();
  }
  std::int64_t exact_ns() const noexcept;

  // The calls that run now: "store.get of the plugin memory", in no order.
  std::vector<std::string> running() const;

  // From now on, for good.
  void watch(std::shared_ptr<Edge> edge);

  // The call the calling thread is running inside a plugin; `plugin` is empty outside one. Takes no lock and no memory,
  // so that a signal handler can ask.
  struct Inside {
    std::string_view plugin;  // its name in the config
    std::string_view operation;
    std::string_view request_id;
  };
  Inside inside_here() const noexcept;

 private:
  void run();

  const Clock& clock_;
  const std::chrono::milliseconds interval_;
  std::atomic<std::int64_t> coarse_ns_{0};  // 0: no thread runs
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;                     // guarded by mutex_
  std::vector<std::shared_ptr<Edge>> edges_;  // guarded by mutex_
  // The same for whoever cannot take a mutex; what does not fit is not found by inside_here().
  std::array<std::atomic<const Edge*>, 64> visible_{};
  std::thread thread_;
};

}  // namespace gatehouse::plugins
