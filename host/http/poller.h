// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "http/connection.h"

#include <cstdint>

namespace gatehouse::http {

// The one epoll set all front threads share. Everything in it is armed for one event: the thread that gets the event
// owns the connection until it arms or closes it. Thread-safe.
class Poller {
 public:
  Poller();  // throws std::system_error
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  struct Event {
    enum class Kind : std::uint8_t { Connection, Listener, Stop };
    Kind kind;
    Connection* connection;  // of a Connection event, owned by the caller now
    Waiting waited_for;      // what it had been armed for
  };
  // Waits for as long as it takes.
  Event wait();

  // Adds a new connection and arms it. False: the kernel refused, the connection is still the caller's.
  [[nodiscard]] bool add(Connection& connection, Steady deadline);
  // Gives the connection away: not to be touched afterwards.
  void arm(Connection& connection, Waiting waiting, Steady deadline);
  // As arm() for a request, but the next owner is found at once, since received bytes wait in the exchange.
  void pass_on(Connection& connection, Steady deadline);

  void add_listener(int fd);
  void arm_listener(int fd);
  void remove_listener(int fd);
  // Every wait() from now on returns Stop.
  void stop();

 private:
  void modify(Connection& connection, Waiting waiting, Steady deadline, std::uint32_t events);

  int epoll_;
  int stop_;
};

}  // namespace gatehouse::http
