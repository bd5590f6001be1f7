// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "plugins/call_slots.h"

#include <gatehouse/host.h>

#include <array>
#include <atomic>
#include <mutex>
#include <string>

namespace gatehouse::plugins {

// The services of gh_host for one instance. Any thread of the plugin may call them at any time, also after the instance
// has ended: from close() on, calls are counted and ignored.
class HostTable {
 public:
  HostTable(std::string plugin, const CallSlots& slots, const Clock& clock, Random& random, Log& log,
            MetricRegistry& metrics, Counter& misuse);
  HostTable(const HostTable&) = delete;
  HostTable& operator=(const HostTable&) = delete;

  const gh_host& table() const noexcept { return table_; }
  void close() noexcept { open_.store(false, std::memory_order_release); }

 private:
  // So many counters of its own may a plugin name: names are metric series, and series are memory.
  static constexpr std::size_t most_counters = 32;
  struct Named {
    std::string name;
    Counter* counter = nullptr;
  };

  static void log(void* context, std::uint32_t level, gh_slice text) noexcept;
  static std::int64_t monotonic_ns(void* context) noexcept;
  static std::int64_t wall_us(void* context) noexcept;
  static gh_status random_bytes(void* context, std::uint8_t* out, std::uint64_t size) noexcept;
  static void count(void* context, gh_slice name, std::uint64_t amount) noexcept;

  bool usable() noexcept;
  Counter* counter(std::string_view name);

  const std::string plugin_;
  const CallSlots& slots_;
  const Clock& clock_;
  Random& random_;
  Log& log_;
  MetricRegistry& metrics_;
  Counter& misuse_;
  std::atomic<bool> open_{true};
  std::mutex counters_mutex_;  // for adding; counters_[0, counter_count_) may be read without it
  std::array<Named, most_counters> counters_;
  std::atomic<std::size_t> counter_count_{0};
  gh_host table_;
};

}  // namespace gatehouse::plugins
