// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "address.h"
#include "connection.h"
#include "convoy/convoy.h"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace gatehouse::store_redis {

struct PoolLimits {
  std::size_t connections = 0;
  std::int64_t wait_us = 0;           // for a connection another thread uses
  std::int64_t connect_us = 0;        // for a new one, log-in included
  std::int64_t time_to_share_us = 0;  // with less left than this a command goes by itself
};

// The connections to one Redis process: at most so many, made when they are needed. Any thread.
class Pool {
 public:
  Pool(const sdk::Host& host, Endpoint endpoint, Login login, PoolLimits limits)
      : endpoint_(std::move(endpoint)),
        login_(std::move(login)),
        limits_(limits),
        convoy_(host, std::min(lanes, limits.connections), seats, limits.time_to_share_us * 1000) {
    idle_.reserve(limits.connections);
  }

  // A connection for one thread, back in the pool at the end unless it failed or its Redis is not the master.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection) : pool_(&pool), connection_(std::move(connection)) {}
    ~Lease() { pool_->give_back(std::move(connection_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    std::vector<Reply> exchange(std::string_view commands, std::size_t count, const Deadline& deadline);

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };
  // Throws NotConnected.
  Lease take(const Deadline& deadline);

  // The answer to one command. Commands that come while others are on their way wait for those, and are sent together
  // then: one connection and four system calls for all of them, and Redis reads and answers them in one go. Every
  // thread gets what became of its own command. Not for a command that keeps its connection, or whose answer is long.
  // With less than time_to_share_us left it goes by itself. Throws NotConnected and LinkFailure, also for an earlier
  // deadline of another, but not before time_to_share_us.
  Reply exchange_together(const Command& command, const Deadline& deadline);

  const Endpoint& endpoint() const noexcept { return endpoint_; }

 private:
  struct Passenger;
  static constexpr std::size_t lanes = 2;
  static constexpr std::size_t seats = 64;

  void drive(const convoy::Convoy::Travellers& all);
  void give_back(std::unique_ptr<Connection> connection) noexcept;
  // One of those that rest, or nothing and the right to make one.
  std::unique_ptr<Connection> reserve(const Deadline& deadline);

  const Endpoint endpoint_;
  const Login login_;
  const PoolLimits limits_;
  convoy::Convoy convoy_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_
  std::size_t out_ = 0;                            // guarded by mutex_; in use or being made
};

}  // namespace gatehouse::store_redis
