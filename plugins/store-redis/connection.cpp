// SPDX-License-Identifier: Apache-2.0
#include "connection.h"

#include <hiredis/hiredis.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace gatehouse::store_redis {
namespace {

constexpr int oldest_major = 6;
constexpr int oldest_minor = 2;

// The value of a line "name:value" in the answer to INFO.
std::string_view info_line(std::string_view info, std::string_view name) {
  for (std::size_t at = info.find(name); at != std::string_view::npos; at = info.find(name, at + 1)) {
    const bool begins_line = at == 0 || info[at - 1] == '\n';
    const std::size_t value = at + name.size();
    if (!begins_line || value >= info.size() || info[value] != ':') continue;
    const auto rest = info.substr(value + 1);
    return rest.substr(0, rest.find('\r'));
  }
  return {};
}

bool is_old(std::string_view version) {
  int major = 0;
  int minor = 0;
  const auto* end = version.data() + version.size();
  const auto [dot, error] = std::from_chars(version.data(), end, major);
  if (error == std::errc() && dot != end) std::from_chars(dot + 1, end, minor);
  return major < oldest_major || (major == oldest_major && minor < oldest_minor);
}

// A Redis that is the right one, or the reason why not.
void judge(const Endpoint& endpoint, const Reply& role, const Reply& server, const Reply& memory) {
  if (role.size() < 1 || role[0].text() != "master") {
    throw NotConnected{GH_UNAVAILABLE, endpoint.text() +
                                           " is a replica, and sessions read there may be out of date; "
                                           "name the master, or the sentinels that know it"};
  }
  const auto version = info_line(server.text(), "redis_version");
  if (is_old(version)) {
    throw NotConnected{GH_UNSUPPORTED, endpoint.text() + " is Redis " + std::string(version) + ", and 6.2 is needed"};
  }
  const auto policy = info_line(memory.text(), "maxmemory_policy");
  if (policy != "noeviction") {
    throw NotConnected{GH_UNSUPPORTED, endpoint.text() + " has maxmemory-policy " + std::string(policy) +
                                           ": it would drop sessions and revocations to make room; set it to "
                                           "noeviction, or give Gatehouse a Redis of its own"};
  }
}

}  // namespace

Deadline Deadline::within(std::int64_t us) const noexcept {
  const std::int64_t now = host_->monotonic_ns();
  return {*host_, us > (INT64_MAX - now) / 1000 ? at_ns_ : std::min(at_ns_, now + us * 1000)};
}

int Deadline::milliseconds_left() const noexcept {
  constexpr std::int64_t longest_ms = 60'000;
  const std::int64_t left_ns = std::max<std::int64_t>(0, at_ns_ - host_->monotonic_ns());
  return static_cast<int>(std::min(longest_ms, left_ns / 1'000'000 + (left_ns % 1'000'000 != 0 ? 1 : 0)));
}

void Command::head(char mark, std::size_t number) {
  bytes_ += mark;
  bytes_ += std::to_string(number);
  bytes_ += "\r\n";
}

Command& Command::operator<<(std::string_view argument) {
  head('$', argument.size());
  bytes_ += argument;
  bytes_ += "\r\n";
  return *this;
}

void Connection::Free::operator()(redisContext* context) const noexcept { redisFree(context); }

Connection::Connection(const Endpoint& endpoint, const Login& login, const Deadline& deadline)
    : context_(endpoint.host.empty() ? redisConnectUnixNonBlock(endpoint.path.c_str())
                                     : redisConnectNonBlock(endpoint.host.c_str(), endpoint.port)) {
  try {
    if (context_ == nullptr) throw std::bad_alloc();
    if (context_->err != 0) throw LinkFailure{LinkFailure::How::Broken, 0, context_->errstr};
    finish_connecting(deadline);
    const int yes = 1;
    if (!endpoint.host.empty()) setsockopt(context_->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    log_in(endpoint, login, deadline);
  } catch (const LinkFailure& failure) {
    throw NotConnected{failure.how == LinkFailure::How::TimedOut ? GH_TIMEOUT : GH_UNAVAILABLE,
                       "cannot connect to Redis at " + endpoint.text() + ": " + failure.words};
  }
}

void Connection::finish_connecting(const Deadline& deadline) const {
  wait(POLLOUT, deadline);
  int error = 0;
  socklen_t size = sizeof(error);
  if (getsockopt(context_->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) throw LinkFailure{LinkFailure::How::Broken, 0, std::strerror(error)};
}

void Connection::log_in(const Endpoint& endpoint, const Login& login, const Deadline& deadline) {
  std::string commands;
  std::size_t count = 0;
  const auto add = [&](const Command& command) {
    commands += command.bytes();
    ++count;
  };
  if (!login.password.empty() && login.username.empty()) add(Command(2) << "AUTH" << login.password);
  if (!login.password.empty() && !login.username.empty()) {
    add(Command(3) << "AUTH" << login.username << login.password);
  }
  if (login.database != 0) add(Command(2) << "SELECT" << std::to_string(login.database));
  const std::size_t first_of_role = count;
  if (login.expect == Login::Expect::Master) {
    add(Command(1) << "ROLE");
    add(Command(2) << "INFO"
                   << "server");
    add(Command(2) << "INFO"
                   << "memory");
  }
  if (count == 0) return;
  const auto replies = exchange(commands, count, deadline);
  for (const Reply& reply : replies) {
    if (!reply.is_error()) continue;
    const ErrorRow& row = row_of(reply.text());
    throw NotConnected{
        row.status == GH_INTERNAL ? GH_DENIED : row.status,
        "Redis at " + endpoint.text() + ": " + std::string(row.words) + " (" + std::string(reply.text()) + ")"};
  }
  if (login.expect == Login::Expect::Master) {
    judge(endpoint, replies[first_of_role], replies[first_of_role + 1], replies[first_of_role + 2]);
  }
}

void Connection::wait(short events, const Deadline& deadline) const {
  pollfd watched{context_->fd, events, 0};
  for (;;) {
    if (deadline.passed()) throw LinkFailure{LinkFailure::How::TimedOut, 0, "no answer in time"};
    const int ready = poll(&watched, 1, deadline.milliseconds_left());
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) throw LinkFailure{LinkFailure::How::Broken, 0, std::strerror(errno)};
  }
}

void Connection::send(std::string_view bytes, std::size_t& sent, const Deadline& deadline) {
  while (sent < bytes.size()) {
    const auto left = bytes.substr(sent);
    const ssize_t written = ::send(context_->fd, left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (written > 0) {
      sent += static_cast<std::size_t>(written);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      wait(POLLOUT, deadline);
    } else if (errno != EINTR) {
      throw LinkFailure{LinkFailure::How::Broken, 0, std::strerror(errno)};
    }
  }
}

void Connection::receive(std::vector<Reply>& replies, std::size_t count, const Deadline& deadline) {
  while (replies.size() < count) {
    void* reply = nullptr;
    if (redisGetReplyFromReader(context_.get(), &reply) != REDIS_OK) {
      throw LinkFailure{LinkFailure::How::Broken, 0, context_->errstr};
    }
    if (reply != nullptr) {
      replies.emplace_back(static_cast<redisReply*>(reply));
      continue;
    }
    wait(POLLIN, deadline);
    if (redisBufferRead(context_.get()) != REDIS_OK) {
      throw LinkFailure{LinkFailure::How::Broken, 0, context_->errstr};
    }
  }
}

std::vector<Reply> Connection::exchange(std::string_view commands, std::size_t count, const Deadline& deadline) {
  std::vector<Reply> replies;
  replies.reserve(count);
  // While its last byte has not been handed over, a command is not one: Redis cannot have done it.
  std::size_t sent = 0;
  try {
    send(commands, sent, deadline);
    receive(replies, count, deadline);
  } catch (LinkFailure& failure) {
    failure.sent = sent;
    failure.answered = std::move(replies);
    throw;
  } catch (...) {
    // Words that need no memory.
    throw LinkFailure{LinkFailure::How::Broken, sent, "no memory left", std::move(replies)};
  }
  return replies;
}

bool Connection::quiet() const noexcept {
  pollfd watched{context_->fd, POLLIN | POLLRDHUP, 0};
  return poll(&watched, 1, 0) == 0;
}

}  // namespace gatehouse::store_redis
