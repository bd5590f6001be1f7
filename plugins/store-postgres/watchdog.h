// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/sdk/host.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace gatehouse::store_postgres {

// The client library waits for an answer without an end. The watchdog shuts the socket of a connection whose call is
// over its time, so that a server which hangs, or a network which swallows everything, holds no thread of the host.
class Watchdog {
 public:
  // One connection's place. Its owner arms it before it waits and disarms it after.
  class Watch {
   public:
    explicit Watch(int socket) noexcept : socket_(socket) {}

   private:
    friend class Watchdog;
    const int socket_;
    std::atomic<std::int64_t> deadline_ns_{0};  // 0: nobody waits; -1: the socket was shut
  };

  explicit Watchdog(const sdk::Host& host) noexcept : host_(host) {}
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  void start();
  // The clock of deadlines.
  std::int64_t now_ns() const noexcept { return host_.monotonic_ns(); }
  void stop();

  // Between these two the socket is open; afterwards it may be closed. Any thread.
  void add(Watch& watch);
  void remove(Watch& watch);

  // `deadline_ns` is above 0. Any thread; one at a time for one watch.
  void arm(Watch& watch, std::int64_t deadline_ns);
  // False: the socket was shut meanwhile.
  [[nodiscard]] bool disarm(Watch& watch) noexcept;

 private:
  void run();
  // The earliest deadline that is still to come, or far away.
  std::int64_t shut_overdue();

  const sdk::Host host_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Watch*> watches_;               // guarded by mutex_
  bool stopping_ = false;                     // guarded by mutex_
  std::atomic<std::int64_t> wakes_at_ns_{0};  // when the thread looks next
  std::thread thread_;
};

}  // namespace gatehouse::store_postgres
