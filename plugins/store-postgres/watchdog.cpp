// SPDX-License-Identifier: Apache-2.0
#include "watchdog.h"

#include <gatehouse/sdk/thread.hpp>

#include <sys/socket.h>
#include <algorithm>
#include <chrono>
#include <limits>

namespace gatehouse::store_postgres {
namespace {

using std::chrono::nanoseconds;

constexpr std::int64_t far_away = std::numeric_limits<std::int64_t>::max();
// The thread looks at least this often.
constexpr nanoseconds longest_nap = std::chrono::seconds(1);

}  // namespace

Watchdog::~Watchdog() { stop(); }

void Watchdog::start() {
  thread_ = sdk::start_thread([this] { run(); });
}

void Watchdog::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::add(Watch& watch) {
  const std::lock_guard lock(mutex_);
  watches_.push_back(&watch);
}

void Watchdog::remove(Watch& watch) {
  const std::lock_guard lock(mutex_);
  watches_.erase(std::remove(watches_.begin(), watches_.end(), &watch), watches_.end());
}

void Watchdog::arm(Watch& watch, std::int64_t deadline_ns) {
  watch.deadline_ns_.store(deadline_ns);
  if (deadline_ns >= wakes_at_ns_.load()) return;
  const std::lock_guard lock(mutex_);
  wake_.notify_all();
}

bool Watchdog::disarm(Watch& watch) noexcept { return watch.deadline_ns_.exchange(0) != -1; }

std::int64_t Watchdog::shut_overdue() {
  const std::int64_t now = now_ns();
  std::int64_t earliest = far_away;
  for (Watch* watch : watches_) {
    std::int64_t deadline = watch->deadline_ns_.load();
    if (deadline <= 0) continue;
    // The owner may have its answer and a next call by now: then the deadline is another.
    if (deadline <= now && watch->deadline_ns_.compare_exchange_strong(deadline, -1)) {
      ::shutdown(watch->socket_, SHUT_RDWR);
    } else if (deadline > now) {
      earliest = std::min(earliest, deadline);
    }
  }
  return earliest;
}

void Watchdog::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    // Announced before looking: who arms later than the look sees it and wakes us.
    const std::int64_t latest = now_ns() + longest_nap.count();
    wakes_at_ns_.store(latest);
    const std::int64_t wake_at = std::min(shut_overdue(), latest);
    wakes_at_ns_.store(wake_at);
    wake_.wait_for(lock, nanoseconds(wake_at - now_ns()));
  }
}

}  // namespace gatehouse::store_postgres
