// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/log.h"
#include "http/connection_table.h"
#include "http/date_text.h"
#include "http/head_scan.h"
#include "http/pipeline.h"
#include "http/poller.h"
#include "http/server.h"
#include "http/timer.h"
#include "http/trace_ids.h"

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace gatehouse::http {

// What a front thread keeps between connections so that a request costs it next to no allocation.
struct Scratch {
  Scratch(Random& random, WaitObserver* waits);

  std::vector<char> area;  // what was read last; wiped after use
  TraceIds ids;
  DateText date;
  std::vector<std::unique_ptr<Exchange>> spare;
  WaitObserver* waits;  // may be null
};

// The conversation on each connection: reads what has come, takes requests out of it in order, has them answered,
// writes, and waits or closes. A connection is owned by exactly one of: a front thread in here, the poller (armed), the
// timer (held answer), the hash lane. Each function that takes a Connection takes it over from its caller.
class Dialogue : public std::enable_shared_from_this<Dialogue> {
 public:
  Dialogue(const FrontConfig& config, std::vector<Route> routes, Steps steps, const Clock& clock, Log& log,
           MetricRegistry& metrics);

  Poller& poller() noexcept { return poller_; }

  // Takes a new socket over. At the caps it is answered 503 and closed. When this throws, the socket is the caller's.
  // [front thread]
  void adopt(int fd, const IpAddress& peer, Scratch& scratch);
  // Answers 503 if that can be done at once; the socket stays the caller's. [front thread]
  void turn_away(int fd, const IpAddress& peer, Scratch& scratch) noexcept;
  // Sends the longest idle connection away, since a descriptor is needed.
  void make_place() { table_.evict_one(); }

  // The poller has woken the connection. [front thread]
  void resume(Connection& connection, Waiting waited_for, Scratch& scratch) noexcept;

  // Starts the timer; `on_tick` runs on its thread.
  void start(std::function<void()> on_tick);
  // From now on every answer closes its connection. Any thread.
  void begin_drain();
  // Begins it and ends idle connections; a second later also those whose request has no whole head yet, with 408. True:
  // all have ended in time.
  bool drain(std::chrono::milliseconds patience);
  // Closes everything. After the front threads have ended. What is still in the hash lane ends there.
  void close_all();

 private:
  enum class Sent : std::uint8_t { Whole, Partly, Broken };
  // Whether the client can still send more: it has closed its side, or the timer has.
  enum class End : std::uint8_t { NotYet, ByClient, Late };

  // Runs what may run out of memory. It must arm or give the connection away as its last act, so that when it throws,
  // the connection is still ours to drop.
  template <class Act>
  void guard(Connection& connection, Act act) noexcept;

  void receive(Connection& connection, Scratch& scratch);
  void take(Connection& connection, std::string_view bytes, End end, Scratch& scratch);
  // These two: true when there is more to be done here, false when the connection was given away.
  bool take_head(Connection& connection, std::string_view& bytes, End end, Scratch& scratch);
  bool take_body(Connection& connection, std::string_view& bytes, End end, Scratch& scratch);
  static Response incomplete(End end);
  std::optional<Response> read_head(Connection& connection, std::string_view head, Scratch& scratch);
  ChunkDecoder::State read_body(Exchange& exchange, std::string_view& bytes);
  // True: the connection is still the caller's, its answer sent, ready for the next request.
  bool answer(Connection& connection, std::string_view rest, Scratch& scratch);
  void await(Connection& connection, Waiting waiting, std::string_view bytes);
  void refuse(Connection& connection, Response response, Scratch& scratch);
  bool send_continue(Connection& connection);

  bool in_lane(Connection& connection, std::optional<Response>& answer);
  void run_in_lane(Connection& connection, crypto::HashArena& arena) noexcept;
  void deliver(Connection& connection, Response response, DateText& date);
  void send_held(Connection& connection) noexcept;

  Sent flush(Connection& connection);
  void resume_write(Connection& connection);
  void conclude(Connection& connection, Sent sent);
  void next(Connection& connection);
  void go_on(Connection& connection);
  void go_idle(Connection& connection);
  void end(Connection& connection);
  void discard(Connection& connection, Scratch& scratch);
  void drop(Connection& connection);
  Exchange& exchange_of(Connection& connection, Scratch& scratch);

  const Limits limits_;
  const HeadBounds bounds_;
  const Clock& clock_;
  Log& log_;
  Pipeline pipeline_;
  Poller poller_;
  ConnectionTable table_;
  Timer timer_;
  DateText timer_date_;                                                              // of the timer's thread
  std::atomic<std::int64_t> heads_until_{std::numeric_limits<std::int64_t>::max()};  // ticks
  std::atomic<bool> draining_{false};

  std::mutex lane_mutex_;
  bool lane_closed_ = false;  // guarded by lane_mutex_
};

template <class Act>
void Dialogue::guard(Connection& connection, Act act) noexcept {
  try {
    act();
  } catch (const std::exception& exception) {
    log_.error("connection dropped", {{"reason", std::string_view(exception.what())}});
    if (connection.exchange) pipeline_.abandon(*connection.exchange);
    drop(connection);
  }
}

}  // namespace gatehouse::http
