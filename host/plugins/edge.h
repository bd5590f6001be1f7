// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/log.h"
#include "base/metrics.h"
#include "plugins/breaker.h"
#include "plugins/call_slots.h"
#include "plugins/host_table.h"
#include "plugins/operation.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::plugins {

// Of an instance, all that its plugin and the supervisor can still reach when it has ended: the places of its calls,
// the operations they name and the host table. The supervisor keeps it for good, so that a late callback finds memory
// that says no.
class Edge {
 public:
  Edge(std::string name, unsigned slots, unsigned breaker_failures, std::chrono::nanoseconds breaker_pause,
       const Clock& clock, Random& random, Log& log, MetricRegistry& metrics);

  CallSlots& slots() noexcept { return slots_; }
  const Counter& misuse() const noexcept { return misuse_; }
  Breaker& breaker() noexcept { return breaker_; }
  HostTable& host() noexcept { return host_; }
  const CallSlots& slots() const noexcept { return slots_; }
  const std::string& name() const noexcept { return name_; }

  // Start-up only; what they return or take lives as long as this.
  Operation& add(Operation operation) { return operations_.emplace_back(std::move(operation)); }
  void add_up_gauge(Gauge& gauge) { up_.push_back(&gauge); }

  // What the supervisor does at every look: report calls that are overdue, each once, and count them as failures.
  void look(std::int64_t now_ns) noexcept;

  // Keeps what threads that are still inside the plugin will use when they come back.
  void keep_for_stragglers(std::shared_ptr<void> what) { left_behind_ = std::move(what); }
  // At the end of the process: frees it when they have come back.
  void release_left_behind() noexcept {
    if (slots_.busy() == 0) left_behind_.reset();
  }

  void failed(std::int64_t now_ns) noexcept;
  void succeeded(bool probe) noexcept {
    if (breaker_.succeeded(probe)) recovered();
  }
  void set_up(bool up) noexcept;

  // Whether its calls take so long that the thread could do something else meanwhile, as those do that ask another
  // machine. Learnt from the calls that are timed.
  bool waits() const noexcept { return typical_ns_.load(std::memory_order_relaxed) > waiting_ns; }
  void observe(std::chrono::nanoseconds taken) noexcept;

 private:
  // A thread that goes to sleep and another one that wakes up cost several microseconds.
  static constexpr std::int64_t waiting_ns = 30'000;

  void recovered() noexcept;

  const std::string name_;
  Log& log_;
  Counter misuse_;  // its own: counted until the process ends, when the registry may be gone
  Counter& overdue_;
  CallSlots slots_;
  Breaker breaker_;
  HostTable host_;
  std::atomic<std::int64_t> typical_ns_{0};
  std::deque<Operation> operations_;  // a deque: they never move
  std::vector<Gauge*> up_;
  std::shared_ptr<void> left_behind_;
};

// Until the process ends: a thread that a plugin failed to end may call its host table at any time, also when whoever
// watched the instance has gone. No object lives that long.
void keep_for_good(std::vector<std::shared_ptr<Edge>> edges);

}  // namespace gatehouse::plugins
