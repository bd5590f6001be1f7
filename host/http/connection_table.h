// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "http/connection.h"
#include "http/ip_address.h"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

namespace gatehouse {
class Gauge;
class MetricRegistry;
}  // namespace gatehouse

namespace gatehouse::http {

// All connections, the caps on them and the sweep over them. Sockets are opened into it and closed by it, under one
// lock, so that the timer never shuts down a descriptor that has become somebody else's. Thread-safe.
class ConnectionTable {
 public:
  // `max_per_address` 0: no such cap.
  ConnectionTable(std::size_t max_connections, std::size_t max_per_address, MetricRegistry& metrics);
  ~ConnectionTable();
  ConnectionTable(const ConnectionTable&) = delete;
  ConnectionTable& operator=(const ConnectionTable&) = delete;

  enum class AddressCap : bool { Exempt, Counts };
  // Takes the socket over. At the cap the connection that has been idle for longest (or else the oldest that has not
  // finished a head) is told to go and its place is given away. Null: there was nobody to send away, or the address has
  // enough; the socket is still the caller's.
  Connection* open(int fd, const IpAddress& peer, AddressCap cap);

  // Closes the socket and frees the row. The caller must own the connection.
  void close(Connection& connection);

  // Ends every wait whose deadline has passed: shuts the socket down, which wakes its next owner. [timer]
  void expire(Steady now);
  // Ends the wait of idle connections, whatever their deadlines; with Heads::End that of those too whose request has
  // not come as far as the end of its head.
  enum class Heads : bool { Keep, End };
  void expire_idle(Heads heads);
  // Makes one place as open() does at the cap. False: nobody could be sent away.
  bool evict_one();

  std::size_t size() const;
  // False: connections were left when the time was over.
  bool wait_until_empty(std::chrono::milliseconds patience);
  // Closes what nobody owns. Only when no thread serves connections any more.
  void close_unowned();

 private:
  struct Victim {
    Connection* connection;
    std::int64_t deadline;
  };

  void end_wait(Connection& connection) noexcept;
  bool evict_locked();
  void collect_victims();
  IpAddress counted_as(const IpAddress& peer) const noexcept;

  const std::size_t max_connections_;
  const std::size_t max_per_address_;
  Gauge& gauge_;

  mutable std::mutex mutex_;
  std::condition_variable emptied_;
  // All below: guarded by mutex_.
  std::deque<Connection> rows_;
  std::vector<Connection*> free_;
  std::vector<Victim> victims_;  // oldest last
  std::size_t open_ = 0;
  std::size_t leaving_ = 0;  // open, but told to go to make place
  std::map<IpAddress, std::size_t> by_address_;
};

}  // namespace gatehouse::http
