// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "http/connection.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

namespace gatehouse::http {

// The one thread that waits for time to pass: it calls `tick` again and again (deadlines are kept as stamps that a tick
// looks over, so that a request costs no timer operation) and hands back connections whose answer is due.
class Timer {
 public:
  struct Duties {
    std::function<void(Steady)> tick;
    std::function<void(Connection&)> due;
  };

  // `interval`: between ticks.
  Timer(const Clock& clock, std::chrono::milliseconds interval) : clock_(clock), interval_(interval) {}
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void start(Duties duties);
  // Owns the connection until `at`, then passes it to `due`.
  void hold(Connection& connection, Steady at);
  // Joins the thread. Gives back what it still holds.
  std::vector<Connection*> stop();

 private:
  struct Held {
    Steady at;
    Connection* connection;
    bool operator<(const Held& other) const noexcept { return at > other.at; }
  };

  void run();

  const Clock& clock_;
  const std::chrono::milliseconds interval_;
  Duties duties_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::priority_queue<Held> held_;  // guarded by mutex_, the earliest on top
  bool stopping_ = false;           // guarded by mutex_
  std::thread thread_;
};

}  // namespace gatehouse::http
