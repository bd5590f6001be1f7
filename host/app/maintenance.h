// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "providers/storage.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse {
class Counter;
class Gauge;
class Log;
class MetricRegistry;
class Random;
}  // namespace gatehouse

namespace gatehouse::app {

struct MaintenanceConfig {
  std::chrono::milliseconds purge_every{
      std::chrono::hours{1}};             // plus up to a tenth, so that nodes do not march in step
  std::chrono::milliseconds tick{2'000};  // how often the signing keys are read again
  std::uint32_t purge_batch = 500;        // records a commit-sized step
};

// Work nobody waits for, on one thread: deletes expired records of every kind that has an expiry (spec P4) and runs
// `on_tick`, which picks up rotated keys. A store that cannot be reached is tried again at the next turn.
class Maintenance {
 public:
  // References outlive it. `on_tick` gets a call with a deadline of one tick.
  Maintenance(MaintenanceConfig config, providers::Storage& storage, std::function<void(const Call&)> on_tick,
              const Clock& clock, Random& random, Log& log, MetricRegistry& metrics);
  ~Maintenance();  // as stop()
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

  void start();
  void stop();
  // One whole purge, now: how many records went. For tests and for the thread itself.
  std::uint64_t purge_once();

 private:
  void run();
  std::chrono::milliseconds next_purge_delay();

  MaintenanceConfig config_;
  providers::Storage& storage_;
  std::function<void(const Call&)> on_tick_;
  const Clock& clock_;
  Random& random_;
  Log& log_;
  Gauge& last_success_;
  std::vector<Counter*> purged_;  // by kind; null: the kind has no expiry

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace gatehouse::app
