// SPDX-License-Identifier: Apache-2.0
// The answering half of Dialogue: what happens to a connection once its answer is known, on whichever thread that is.
#include "http/dialogue.h"

#include "base/log.h"
#include "base/secret.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <exception>
#include <utility>

namespace gatehouse::http {
namespace {

using Heads = ConnectionTable::Heads;

// After an answer that closes, what the client is still sending is thrown away for so long and so much, or the RST a
// closed socket answers with could overtake the answer (RFC 9112 9.6).
constexpr std::chrono::seconds linger_time{2};
constexpr std::size_t linger_bytes = 256 * 1024;

// A head that is on its way when the server is told to stop has so long to arrive: what belongs to one send does. It is
// no request before it is whole, so the server owes it no more, and its client may ask again elsewhere.
constexpr std::chrono::seconds last_heads{1};

// Nobody waits for it any more, and others wait behind it.
Response queued_too_long() {
  return Response::failure(Error{Code::Overloaded, "its deadline passed in the hash lane"});
}

}  // namespace

Dialogue::Sent Dialogue::flush(Connection& connection) {
  auto& exchange = *connection.exchange;
  while (exchange.written < exchange.output.size()) {
    const auto sent = ::send(connection.fd, exchange.output.data() + exchange.written,
                             exchange.output.size() - exchange.written, MSG_NOSIGNAL);
    if (sent > 0) {
      exchange.written += static_cast<std::size_t>(sent);
    } else if (sent < 0 && errno == EINTR) {
      continue;
    } else {
      return errno == EAGAIN || errno == EWOULDBLOCK ? Sent::Partly : Sent::Broken;
    }
  }
  exchange.wipe_output();
  return Sent::Whole;
}

void Dialogue::resume_write(Connection& connection) {
  if (connection.expired.load(std::memory_order_acquire)) return drop(connection);
  conclude(connection, flush(connection));
}

void Dialogue::conclude(Connection& connection, Sent sent) {
  switch (sent) {
    case Sent::Whole: return connection.exchange->close ? end(connection) : next(connection);
    case Sent::Partly: {
      // Its reading side is shut down already: there is no second deadline for it.
      if (connection.expired.load(std::memory_order_acquire)) return drop(connection);
      auto& deadline = connection.exchange->deadline;
      if (!connection.exchange->writing) deadline = clock_.steady() + limits_.write_deadline;
      connection.exchange->writing = true;
      return poller_.arm(connection, Waiting::Write, deadline);
    }
    case Sent::Broken: return drop(connection);
  }
}

void Dialogue::next(Connection& connection) {
  connection.exchange->reset();
  if (!connection.exchange->input.empty()) {
    return go_on(connection);
  }
  connection.exchange.reset();
  go_idle(connection);
}

void Dialogue::end(Connection& connection) {
  const bool linger = connection.exchange->linger;
  connection.exchange.reset();
  if (!linger) return table_.close(connection);
  ::shutdown(connection.fd, SHUT_WR);
  poller_.arm(connection, Waiting::Linger, clock_.steady() + linger_time);
}

void Dialogue::discard(Connection& connection, Scratch& scratch) {
  for (;;) {
    const auto got = ::recv(connection.fd, scratch.area.data(), scratch.area.size(), 0);
    if (got <= 0) {
      const bool more_may_come = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
      if (!more_may_come || connection.expired.load(std::memory_order_acquire)) return table_.close(connection);
      const Steady deadline{Steady::duration(connection.deadline.load(std::memory_order_relaxed))};
      return poller_.arm(connection, Waiting::Linger, deadline);
    }
    wipe(scratch.area.data(), static_cast<std::size_t>(got));
    connection.lingered += static_cast<std::size_t>(got);
    if (connection.lingered > linger_bytes) return table_.close(connection);
  }
}

void Dialogue::drop(Connection& connection) {
  // An answer nobody takes in time must not go on occupying the kernel's memory.
  const linger at_once{1, 0};
  ::setsockopt(connection.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  table_.close(connection);
}

bool Dialogue::in_lane(Connection& connection, std::optional<Response>& answer) {
  answer = pipeline_.queue(
      [self = shared_from_this(), &connection](crypto::HashArena& arena) { self->run_in_lane(connection, arena); });
  return !answer;
}

void Dialogue::run_in_lane(Connection& connection, crypto::HashArena& arena) noexcept {
  guard(connection, [&] {
    auto& request = connection.exchange->request;
    request.hash_arena = &arena;
    auto response = clock_.steady() < request.deadline ? pipeline_.handle(*connection.exchange) : queued_too_long();
    request.hash_arena = nullptr;
    DateText date;
    const std::lock_guard lock(lane_mutex_);
    if (lane_closed_) return table_.close(connection);
    deliver(connection, std::move(response), date);
  });
}

void Dialogue::deliver(Connection& connection, Response response, DateText& date) {
  auto& exchange = *connection.exchange;
  if (response.not_before && *response.not_before > clock_.steady()) {
    const auto at = *response.not_before;
    exchange.held = std::move(response);
    return timer_.hold(connection, at);
  }
  if (draining_.load(std::memory_order_relaxed)) response.close = true;
  pipeline_.finish(exchange, std::move(response), date);
  conclude(connection, flush(connection));
}

void Dialogue::send_held(Connection& connection) noexcept {
  guard(connection, [&] {
    auto response = std::move(*std::exchange(connection.exchange->held, std::nullopt));
    deliver(connection, std::move(response), timer_date_);
  });
}

void Dialogue::turn_away(int fd, const IpAddress& peer, Scratch& scratch) noexcept {
  try {
    Exchange exchange;
    pipeline_.identify(exchange, peer, peer.text(), scratch.ids);
    exchange.close = true;
    pipeline_.finish(exchange, Response::failure(Error{Code::Overloaded, "too many connections"}), scratch.date);
    [[maybe_unused]] const auto sent = ::send(fd, exchange.output.data(), exchange.output.size(), MSG_NOSIGNAL);
  } catch (const std::exception& exception) {
    log_.error("client turned away without an answer", {{"reason", std::string_view(exception.what())}});
  }
  ::shutdown(fd, SHUT_WR);
  // What has come already would turn the close into a reset.
  [[maybe_unused]] const auto read = ::recv(fd, scratch.area.data(), scratch.area.size(), 0);
}

void Dialogue::adopt(int fd, const IpAddress& peer, Scratch& scratch) {
  using Cap = ConnectionTable::AddressCap;
  const auto cap = peer.is_loopback() || pipeline_.trusts(peer) ? Cap::Exempt : Cap::Counts;
  auto* connection = table_.open(fd, peer, cap);
  if (connection == nullptr) {
    turn_away(fd, peer, scratch);
    ::close(fd);
  } else if (!poller_.add(*connection, clock_.steady() + limits_.idle_deadline)) {
    table_.close(*connection);
  }
}

void Dialogue::start(std::function<void()> on_tick) {
  timer_.start({[this, on_tick = std::move(on_tick)](Steady now) {
                  table_.expire(now);
                  if (draining_.load()) table_.expire_idle(ticks(now) < heads_until_.load() ? Heads::Keep : Heads::End);
                  on_tick();
                },
                [this](Connection& connection) { send_held(connection); }});
}

void Dialogue::begin_drain() { draining_ = true; }

bool Dialogue::drain(std::chrono::milliseconds patience) {
  heads_until_ = ticks(clock_.steady() + last_heads);
  begin_drain();
  table_.expire_idle(Heads::Keep);
  return table_.wait_until_empty(patience);
}

void Dialogue::close_all() {
  {
    const std::lock_guard lock(lane_mutex_);
    lane_closed_ = true;
  }
  for (auto* connection : timer_.stop()) table_.close(*connection);
  table_.close_unowned();
}

}  // namespace gatehouse::http
