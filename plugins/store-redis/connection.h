// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "address.h"
#include "reply.h"

#include <gatehouse/sdk/host.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct redisContext;

namespace gatehouse::store_redis {

// A point on the clock of Host::monotonic_ns().
class Deadline {
 public:
  Deadline(const sdk::Host& host, std::int64_t at_ns) noexcept : host_(&host), at_ns_(at_ns) {}
  // The earlier of this and `us` from now.
  Deadline within(std::int64_t us) const noexcept;
  // Another point on the same clock.
  Deadline at(std::int64_t at_ns) const noexcept { return {*host_, at_ns}; }
  bool passed() const noexcept { return host_->monotonic_ns() >= at_ns_; }
  std::int64_t at_ns() const noexcept { return at_ns_; }
  // For poll(); rounded up, at most a minute.
  int milliseconds_left() const noexcept;

 private:
  const sdk::Host* host_;
  std::int64_t at_ns_;
};

// Commands in the form they are sent in.
class Command {
 public:
  explicit Command(std::size_t argument_count) { head('*', argument_count); }
  Command& operator<<(std::string_view argument);
  const std::string& bytes() const noexcept { return bytes_; }

 private:
  void head(char mark, std::size_t number);
  std::string bytes_;
};

// The connection is of no use any more.
struct LinkFailure {
  enum class How : std::uint8_t { Broken, TimedOut };
  How how = How::Broken;
  std::size_t sent = 0;  // bytes Redis may have got: each command that is whole in them may have happened
  std::string words;
  std::vector<Reply> answered{};  // what it had said before
  bool others_time = false;       // it ended with another call's deadline, not with this one's
};

// It cannot be had at all; nothing was asked.
struct NotConnected {
  gh_status status = GH_UNAVAILABLE;
  std::string words;
  bool others_time = false;  // as above
};

// Who we say we are, and what we want to find.
struct Login {
  std::string username;
  std::string password;
  int database = 0;
  enum class Expect : std::uint8_t { Master, Anyone } expect = Expect::Master;
};

// One socket. Every wait on it ends at a deadline, and whoever got a LinkFailure throws it away: a late answer never
// goes to another question. One thread at a time.
class Connection {
 public:
  // Connects, logs in, and looks whom it has met: a master, at least Redis 6.2, that forgets nothing to make room.
  // Throws NotConnected.
  Connection(const Endpoint& endpoint, const Login& login, const Deadline& deadline);

  // `commands` holds `count` of them. Throws LinkFailure.
  std::vector<Reply> exchange(std::string_view commands, std::size_t count, const Deadline& deadline);
  // Nobody has closed it or said anything unasked since it was last used.
  bool quiet() const noexcept;

 private:
  struct Free {
    void operator()(redisContext* context) const noexcept;
  };
  // Counts in `sent` what it has handed over.
  void send(std::string_view bytes, std::size_t& sent, const Deadline& deadline);
  void receive(std::vector<Reply>& replies, std::size_t count, const Deadline& deadline);
  void wait(short events, const Deadline& deadline) const;
  void finish_connecting(const Deadline& deadline) const;
  void log_in(const Endpoint& endpoint, const Login& login, const Deadline& deadline);

  std::unique_ptr<redisContext, Free> context_;
};

}  // namespace gatehouse::store_redis
