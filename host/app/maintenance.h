// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/clock.h"
#include "base/result.h"
#include "providers/storage.h"

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
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
      std::chrono::hours{1}};                   // plus up to a tenth, so that nodes do not march in step
  std::chrono::milliseconds try_again{60'000};  // after a turn that failed
  std::chrono::milliseconds tick{2'000};        // how often the signing keys are read again
  std::uint32_t purge_batch = 500;              // records a commit-sized step
};

// How a server shares the cleanup with others that work on the same stores.
struct SharedCleanup {
  // Whether other servers see, and so can clean up, the records of the kind.
  std::function<bool(providers::KindId)> shared;
  // Whether the shared work of the period that now belongs to is this server's; true again for who asks again.
  std::function<Result<bool>(std::chrono::milliseconds period, const Call&)> take;
};

// What became of a server's turn to clean up: all work that was its own is done; so it is, and another server has the
// shared work; something is left, and is tried again.
enum class Turn : std::uint8_t { Done, LeftToAnother, Failed };

// Work nobody waits for, on one thread: deletes expired records of every kind that has an expiry (spec P4) and runs
// `on_tick`, which picks up rotated keys. Records that several servers see are deleted by one of them in each period of
// `purge_every`. A store that cannot be reached is tried again after `try_again`.
class Maintenance {
 public:
  // References outlive it. `on_tick` gets a call with a deadline of two seconds.
  Maintenance(MaintenanceConfig config, providers::Storage& storage, SharedCleanup cluster,
              std::function<void(const Call&)> on_tick, const Clock& clock, Random& random, Log& log,
              MetricRegistry& metrics);
  ~Maintenance();  // as stop()
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

  void start();
  void stop();
  // One turn, now. For tests and for the thread itself.
  Turn take_turn();

 private:
  void run();
  // Whether nothing that is expired is left of the kinds this server cleans up.
  bool purge(bool shared_too);
  Result<std::uint64_t> purge_kind(providers::KindId kind);
  bool stopping();
  std::chrono::milliseconds delay_to_next_period();

  MaintenanceConfig config_;
  providers::Storage& storage_;
  SharedCleanup cluster_;
  std::function<void(const Call&)> on_tick_;
  const Clock& clock_;
  Random& random_;
  Log& log_;
  Gauge& last_success_;
  std::array<Counter*, 3> turns_;  // by Turn
  std::vector<Counter*> purged_;   // by kind; null: the kind has no expiry

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace gatehouse::app
