// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "http/answer_writer.h"
#include "http/client_address.h"
#include "http/cors.h"
#include "http/date_text.h"
#include "http/exchange.h"
#include "http/router.h"
#include "http/server.h"
#include "http/trace_ids.h"

#include <optional>
#include <string_view>
#include <vector>

namespace gatehouse {
class Gauge;
class Log;
class MetricRegistry;
}  // namespace gatehouse

namespace gatehouse::http {

// What happens to a request between its bytes and its answer's bytes, in this order: ids, client address, route, CORS,
// body rules, rate limit, authentication, handler, rendering. Knows no socket. Thread-safe; an Exchange belongs to one
// thread at a time.
class Pipeline {
 public:
  // Throws std::invalid_argument for a route table or configuration that cannot work.
  Pipeline(const FrontConfig& config, std::vector<Route> routes, Steps steps, const Clock& clock, Log& log,
           MetricRegistry& metrics);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // First of all: ids, times and the client's address, from what could be read of the head.
  void identify(Exchange& exchange, const IpAddress& peer, std::string_view peer_text, TraceIds& ids);

  // The head has been read and checked. An answer: the request ends here, and a body it may have is not read.
  std::optional<Response> begin(Exchange& exchange);

  // The whole request is there. An answer: it ends before the handler.
  std::optional<Response> admit(Exchange& exchange);

  // Runs the handler on this thread and wipes what was secret in the request. Whatever the handler throws is an answer.
  Response handle(Exchange& exchange);

  // Queues the job to the hash lane. Empty: taken, and what it works on must not be touched any more.
  std::optional<Response> queue(HashJob job);

  // Turns the answer into bytes (exchange.output), counts and logs it.
  void finish(Exchange& exchange, Response response, DateText& date);

  // Instead of finish(), when there will be no answer.
  void abandon(Exchange& exchange) noexcept;

  bool trusts(const IpAddress& peer) const noexcept { return client_address_.trusts(peer); }

 private:
  std::optional<Response> route(Exchange& exchange);
  Response answer_options(Exchange& exchange);
  std::optional<Error> authenticate(Request& request, Access access);
  template <class Step>
  std::optional<Response> fenced(const Exchange& exchange, Step step);
  void report_failure(const Exchange& exchange, const Error& error);
  void record(Exchange& exchange, const Response& response);

  const Limits limits_;
  const std::string public_url_;
  Router router_;
  Steps steps_;
  const Clock& clock_;
  Log& log_;
  ClientAddress client_address_;
  Cors cors_;
  AnswerWriter writer_;
  RouteMetrics unmatched_;
  Gauge& in_flight_;
};

}  // namespace gatehouse::http
