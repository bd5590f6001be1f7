// SPDX-License-Identifier: Apache-2.0
#include "http/dialogue.h"

#include "base/secret.h"
#include "http/refusal.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

namespace gatehouse::http {
namespace {

constexpr std::size_t read_size = 32 * 1024;
constexpr std::size_t max_spare = 16;
// Requests sent ahead are answered this many at a time, then other connections have their turn.
constexpr unsigned requests_a_turn = 16;

std::chrono::milliseconds tick_interval(const Limits& limits) {
  const auto shortest =
      std::min({limits.head_deadline, limits.body_deadline, limits.write_deadline, limits.idle_deadline});
  return std::clamp(shortest / 8, std::chrono::milliseconds(5), std::chrono::milliseconds(250));
}

}  // namespace

Scratch::Scratch(Random& random, WaitObserver* observer) : area(read_size), ids(random), waits(observer) {
  spare.reserve(max_spare);
}

Dialogue::Dialogue(const FrontConfig& config, std::vector<Route> routes, Steps steps, const Clock& clock, Log& log,
                   MetricRegistry& metrics)
    : limits_(config.limits),
      bounds_{limits_.max_head_bytes, limits_.max_target_bytes, limits_.max_headers},
      clock_(clock),
      log_(log),
      pipeline_(config, std::move(routes), std::move(steps), clock, log, metrics),
      table_(limits_.max_connections, limits_.max_connections_per_address, metrics),
      timer_(clock, tick_interval(limits_)) {}

Exchange& Dialogue::exchange_of(Connection& connection, Scratch& scratch) {
  if (connection.exchange) return *connection.exchange;
  if (scratch.spare.empty()) {
    connection.exchange = std::make_unique<Exchange>();
  } else {
    connection.exchange = std::move(scratch.spare.back());
    scratch.spare.pop_back();
  }
  return *connection.exchange;
}

void Dialogue::resume(Connection& connection, Waiting waited_for, Scratch& scratch) noexcept {
  guard(connection, [&] {
    switch (waited_for) {
      case Waiting::Write: return resume_write(connection);
      case Waiting::Linger: return discard(connection, scratch);
      default: return receive(connection, scratch);
    }
  });
}

void Dialogue::receive(Connection& connection, Scratch& scratch) {
  const bool late = connection.expired.load(std::memory_order_acquire);
  if (!late && connection.exchange && std::exchange(connection.exchange->sent_ahead, false)) {
    // Nothing is read while requests wait here: who sends faster than it is answered would be kept in memory.
    auto bytes = std::exchange(connection.exchange->input, {});
    take(connection, bytes, End::NotYet, scratch);
    wipe(bytes.data(), bytes.size());
    return;
  }
  const auto got = ::recv(connection.fd, scratch.area.data(), scratch.area.size(), 0);
  const bool nothing_yet = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  if (got < 0 && !nothing_yet) return table_.close(connection);
  const std::string_view fresh(scratch.area.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  if (late && connection.exchange) {
    wipe(scratch.area.data(), fresh.size());
    return refuse(connection, Response::failure(Error{Code::RequestTimeout}), scratch);
  }

  const auto end = late ? End::Late : got == 0 ? End::ByClient : End::NotYet;
  if (connection.exchange && !connection.exchange->input.empty()) {
    auto bytes = std::exchange(connection.exchange->input, {});
    bytes += fresh;
    take(connection, bytes, end, scratch);
    wipe(bytes.data(), bytes.size());
  } else {
    take(connection, fresh, end, scratch);
  }
  wipe(scratch.area.data(), fresh.size());
}

void Dialogue::take(Connection& connection, std::string_view bytes, End end, Scratch& scratch) {
  for (unsigned answered = 0;; ++answered) {
    if (bytes.empty() && !connection.exchange) {
      return end == End::NotYet ? go_idle(connection) : table_.close(connection);
    }
    auto& exchange = exchange_of(connection, scratch);
    if (answered == requests_a_turn) {
      exchange.input = bytes;
      return go_on(connection);
    }
    if (exchange.reading == Exchange::Reading::Head && !take_head(connection, bytes, end, scratch)) return;
    if (exchange.reading == Exchange::Reading::Body && !take_body(connection, bytes, end, scratch)) return;
    if (!answer(connection, bytes, scratch)) return;
  }
}

bool Dialogue::take_head(Connection& connection, std::string_view& bytes, End end, Scratch& scratch) {
  auto& exchange = *connection.exchange;
  const auto state = exchange.scan.advance(bytes, bounds_);
  if (state == HeadScan::State::Refused) {
    refuse(connection, Response::failure(exchange.scan.refusal()), scratch);
    return false;
  }
  if (state == HeadScan::State::NeedMore) {
    end == End::NotYet ? await(connection, Waiting::Head, bytes) : refuse(connection, incomplete(end), scratch);
    return false;
  }
  const auto head = bytes.substr(exchange.scan.begin(), exchange.scan.end() - exchange.scan.begin());
  bytes.remove_prefix(exchange.scan.end());
  auto early = read_head(connection, head, scratch);
  if (early && (exchange.linger || exchange.framing.has_body())) {
    refuse(connection, std::move(*early), scratch);
    return false;
  }
  exchange.held = std::move(early);
  if (exchange.held || !exchange.framing.has_body()) return true;

  exchange.reading = Exchange::Reading::Body;
  exchange.deadline = exchange.request.received + limits_.body_deadline;
  if (!exchange.framing.expects_continue || !bytes.empty() || send_continue(connection)) return true;
  table_.close(connection);
  return false;
}

bool Dialogue::take_body(Connection& connection, std::string_view& bytes, End end, Scratch& scratch) {
  switch (read_body(*connection.exchange, bytes)) {
    case ChunkDecoder::State::Complete: return true;
    case ChunkDecoder::State::NeedMore:
      end == End::NotYet ? await(connection, Waiting::Body, {}) : refuse(connection, incomplete(end), scratch);
      return false;
    case ChunkDecoder::State::TooLong:
      refuse(connection, Response::failure(Error{Code::PayloadTooLarge}), scratch);
      return false;
    case ChunkDecoder::State::Malformed: break;
  }
  refuse(connection, Response::failure(bad_request("CHUNKED_CODING", "the chunked body is malformed or has trailers")),
         scratch);
  return false;
}

Response Dialogue::incomplete(End end) {
  if (end == End::Late) return Response::failure(Error{Code::RequestTimeout});
  return Response::failure(bad_request("INCOMPLETE", "the message ends too early"));
}

std::optional<Response> Dialogue::read_head(Connection& connection, std::string_view head, Scratch& scratch) {
  auto& exchange = *connection.exchange;
  const auto version = parse_head(head, exchange.request);
  pipeline_.identify(exchange, connection.peer, connection.peer_text, scratch.ids);
  exchange.linger = true;
  if (!version) return Response::failure(version.error());
  exchange.version = *version;
  const auto framing = check_head(exchange.request, *version);
  if (!framing) return Response::failure(framing.error());
  exchange.framing = *framing;
  auto answer = pipeline_.begin(exchange);
  const bool malformed =
      answer && answer->error && (answer->error->code == Code::BadRequest || answer->error->code == Code::UriTooLong);
  exchange.linger = malformed;
  return answer;
}

ChunkDecoder::State Dialogue::read_body(Exchange& exchange, std::string_view& bytes) {
  auto& body = exchange.request.body;
  const auto limit = exchange.match.route->route.body_limit;
  if (exchange.framing.chunked) {
    // Growing would leave copies of the beginning behind.
    if (body.capacity() < limit) body.reserve(limit);
    return exchange.chunks.advance(bytes, body, limit);
  }
  const auto length = static_cast<std::size_t>(exchange.framing.content_length);
  if (body.capacity() < length) body.reserve(length);
  const auto part = bytes.substr(0, length - body.size());
  body += part;
  bytes.remove_prefix(part.size());
  return body.size() == length ? ChunkDecoder::State::Complete : ChunkDecoder::State::NeedMore;
}

bool Dialogue::answer(Connection& connection, std::string_view rest, Scratch& scratch) {
  auto& exchange = *connection.exchange;
  auto response = std::exchange(exchange.held, std::nullopt);
  exchange.request.waits = scratch.waits;
  if (!response) response = pipeline_.admit(exchange);
  if (!response && exchange.match.route->route.lane == Lane::Hash) {
    exchange.input = rest;
    exchange.request.waits = nullptr;
    if (in_lane(connection, response)) return false;
    exchange.input.clear();
  }
  if (!response) response = pipeline_.handle(exchange);
  if (response->not_before && *response->not_before > clock_.steady()) {
    exchange.input = rest;
    const auto at = *response->not_before;
    exchange.held = std::move(response);
    timer_.hold(connection, at);
    return false;
  }
  if (draining_.load(std::memory_order_relaxed)) response->close = true;
  pipeline_.finish(exchange, std::move(*response), scratch.date);
  const auto sent = flush(connection);
  if (sent != Sent::Whole || exchange.close) {
    exchange.input = rest;
    conclude(connection, sent);
    return false;
  }
  exchange.reset();
  if (!rest.empty()) return true;
  if (scratch.spare.size() < max_spare) scratch.spare.push_back(std::move(connection.exchange));
  connection.exchange.reset();
  return true;
}

void Dialogue::await(Connection& connection, Waiting waiting, std::string_view bytes) {
  auto& exchange = *connection.exchange;
  exchange.input = bytes;
  if (exchange.deadline == Steady()) exchange.deadline = clock_.steady() + limits_.head_deadline;
  poller_.arm(connection, waiting, exchange.deadline);
}

void Dialogue::go_on(Connection& connection) {
  connection.exchange->sent_ahead = true;
  poller_.pass_on(connection, clock_.steady() + limits_.head_deadline);
}

void Dialogue::go_idle(Connection& connection) {
  poller_.arm(connection, Waiting::Request, clock_.steady() + limits_.idle_deadline);
}

void Dialogue::refuse(Connection& connection, Response response, Scratch& scratch) {
  auto& exchange = exchange_of(connection, scratch);
  if (exchange.request.request_id.empty()) {
    pipeline_.identify(exchange, connection.peer, connection.peer_text, scratch.ids);
  }
  response.close = true;
  exchange.linger = true;
  pipeline_.finish(exchange, std::move(response), scratch.date);
  conclude(connection, flush(connection));
}

bool Dialogue::send_continue(Connection& connection) {
  constexpr std::string_view interim = "HTTP/1.1 100 Continue\r\n\r\n";
  const auto sent = ::send(connection.fd, interim.data(), interim.size(), MSG_NOSIGNAL);
  // The socket's buffer is empty at this point: less than all means that the client is gone.
  return sent == static_cast<ssize_t>(interim.size());
}

}  // namespace gatehouse::http
