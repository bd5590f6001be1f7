// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/dialogue.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace gatehouse {
class Log;
}

namespace gatehouse::http {

// The listening socket. Accepting survives running out of descriptors: one is held in reserve, so that the client that
// cannot be served is told so and the queue does not fill up, and when even that fails accepting rests until the next
// tick, so that no thread spins.
class Acceptor {
 public:
  // Binds and listens. Throws std::runtime_error naming the address and the system's reason.
  Acceptor(const std::string& address, Dialogue& dialogue, Log& log);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  // The first arming: from here on clients are accepted.
  void open();
  // The poller says that somebody is waiting. [front thread]
  void accept(Scratch& scratch) noexcept;
  // [timer]
  void tick() noexcept;
  // Clients that come now are refused by the system.
  void close();

 private:
  enum class Outcome : std::uint8_t { Accepted, Empty, Exhausted };
  Outcome accept_one(Scratch& scratch);
  Outcome turn_one_away(Scratch& scratch);
  void warn_exhausted();

  struct Socket;
  Dialogue& dialogue_;
  Log& log_;
  std::uint16_t port_ = 0;

  std::mutex mutex_;  // never waited for in practice: one thread accepts at a time
  // All below: guarded by mutex_.
  std::unique_ptr<Socket> socket_;
  int fd_ = -1;
  int reserve_ = -1;
  bool resting_ = false;
  bool warned_ = false;  // since the last tick
};

}  // namespace gatehouse::http
