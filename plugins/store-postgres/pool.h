// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection.h"
#include "settings.h"
#include "watchdog.h"

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/host.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gatehouse::store_postgres {

// At most `max_connections` connections, opened when they are needed by a thread of the pool: connecting has limits of
// its own, which are no call's. Calls wait for one, and for no longer than pool_wait and their deadline. While nothing
// can be reached they fail at once, and the pool goes on trying several times a second.
class Pool {
 public:
  // A connection for the length of a call. Given back at the end, unless it was said to be of no more use.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection) noexcept;
    ~Lease();
    Lease(Lease&&) noexcept = default;
    Connection* operator->() const noexcept { return connection_.get(); }
    Connection& operator*() const noexcept { return *connection_; }
    // Do what the verdict says about the connection.
    void apply(Remedy remedy) noexcept;

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  Pool(const sdk::Host& host, const Settings& settings);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void start();
  void stop();

  // Ready for the tenant and the deadline. Throws sdk::StatusError (GH_UNAVAILABLE, GH_TIMEOUT) and DatabaseError.
  Lease take(std::int64_t deadline_ns, std::string_view tenant);
  Lease take(const sdk::Call& call, std::string_view tenant) { return take(call.deadline_ns(), tenant); }

 private:
  std::unique_ptr<Connection> wait_for_one(std::int64_t deadline_ns, std::string_view tenant);
  // An idle one that is alive, or null. The lock is held.
  std::unique_ptr<Connection> idle_one(std::string_view tenant);
  void give_back(std::unique_ptr<Connection> connection) noexcept;
  void forget_one() noexcept;
  void forget_idle() noexcept;
  void open_connections();
  void open_one();

  const sdk::Host host_;
  const Settings& settings_;
  const std::string setup_;
  Watchdog watchdog_;

  std::mutex mutex_;
  std::condition_variable changed_;                // for those who wait for a connection
  std::condition_variable wanted_;                 // for the opener
  std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_, as all below
  std::uint32_t open_ = 0;                         // in use, idle and being opened
  std::uint32_t waiting_ = 0;
  bool down_ = false;     // the last attempt failed and there is no connection
  std::string reason_;    // of the last failed attempt
  bool refused_ = false;  // by the server itself
  bool stopping_ = false;
  std::thread opener_;
};

}  // namespace gatehouse::store_postgres
