// SPDX-License-Identifier: Apache-2.0
#include "http/pipeline.h"

#include "base/log.h"
#include "base/metrics.h"
#include "base/secret.h"
#include "http/problem.h"
#include "http/target.h"
#include "http/text.h"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace gatehouse::http {
namespace {

constexpr std::size_t max_logged_text = 200;

std::vector<Route> checked(std::vector<Route> routes, const Steps& steps) {
  for (const auto& route : routes) {
    if (!route.handler) throw std::invalid_argument("route without a handler: " + route.path);
    if (route.lane == Lane::Hash && !steps.hash_lane) throw std::invalid_argument("no hash lane for " + route.path);
    if (route.access != Access::Anyone && !steps.authenticate) {
      throw std::invalid_argument("no authentication for " + route.path);
    }
    if (route.rate != RateClass::None && !steps.admit) throw std::invalid_argument("no rate limit for " + route.path);
  }
  return routes;
}

std::string without_final_slash(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text;
}

std::vector<std::string> without_final_slashes(std::vector<std::string> paths) {
  for (auto& path : paths) path = without_final_slash(std::move(path));
  return paths;
}

// The credentials of "Bearer <token68>"; empty when the header has another shape.
std::string_view bearer_token(std::string_view header) noexcept {
  const auto scheme = take_until(header, ' ');
  if (!same_ignoring_case(scheme, "bearer")) return {};
  const auto token = trim(header);
  const auto fits = [](char c) {
    return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '+' || c == '/' || c == '=';
  };
  return std::all_of(token.begin(), token.end(), fits) ? token : std::string_view();
}

std::string_view label_of(const Exchange& exchange) noexcept {
  if (exchange.match.route == nullptr) return "unmatched";
  return exchange.match.route->label;
}

}  // namespace

Pipeline::Pipeline(const FrontConfig& config, std::vector<Route> routes, Steps steps, const Clock& clock, Log& log,
                   MetricRegistry& metrics)
    : limits_(config.limits),
      public_url_(without_final_slash(config.public_url)),
      router_(checked(std::move(routes), steps), without_final_slashes(config.base_paths), metrics),
      steps_(std::move(steps)),
      clock_(clock),
      log_(log),
      client_address_(config.trusted_proxies, log),
      cors_(config.allowed_origins, log),
      writer_(config.hsts ? Hsts::On : Hsts::Off, cors_, log),
      unmatched_(metrics, "unmatched", "any"),
      in_flight_(metrics.gauge("gatehouse_http_requests_in_flight",
                               "Requests whole and not yet answered, those in the hash lane among them.")) {}

void Pipeline::identify(Exchange& exchange, const IpAddress& peer, std::string_view peer_text, TraceIds& ids) {
  auto& request = exchange.request;
  request.now = clock_.now();
  request.received = clock_.steady();
  ids.assign(request, request.now);
  request.client_address = client_address_.resolve(peer, peer_text, request);
}

std::optional<Response> Pipeline::begin(Exchange& exchange) {
  auto& request = exchange.request;
  if (auto error = parse_target(request, limits_.max_target_bytes)) return Response::failure(std::move(*error));
  exchange.match = router_.find(request.method, request.path);
  request.base_path = exchange.match.base_path;
  request.parameters = std::move(exchange.match.parameters);
  if (auto answer = route(exchange)) return answer;

  if (!exchange.framing.has_body()) return std::nullopt;
  const auto coding = request.header("content-encoding");
  if (!coding.empty() && !same_ignoring_case(coding, "identity")) {
    return Response::failure(Error{Code::UnsupportedMediaType});
  }
  const auto limit = exchange.match.route->route.body_limit;
  if (exchange.framing.content_length > limit || (exchange.framing.chunked && limit == 0)) {
    return Response::failure(Error{Code::PayloadTooLarge});
  }
  return std::nullopt;
}

std::optional<Response> Pipeline::route(Exchange& exchange) {
  const auto& match = exchange.match;
  const auto& request = exchange.request;
  if (request.path == "*") return Response::empty();
  if (match.allow.empty()) return Response::failure(Error{Code::NotFound});
  if (request.method == Method::Options && match.route == nullptr) return answer_options(exchange);
  if (match.route != nullptr) return std::nullopt;
  auto refusal = Response::failure(Error{Code::MethodNotAllowed});
  refusal.headers.emplace_back("Allow", match.allow);
  return refusal;
}

Response Pipeline::answer_options(Exchange& exchange) {
  const auto& request = exchange.request;
  if (Cors::is_preflight(request)) {
    const auto origin = request.header("origin");
    if (cors_.allows(origin)) return Cors::preflight(exchange.match.allow);
    cors_.report_refusal(origin, request.received);
    return Response::failure(Error{Code::OriginNotAllowed});
  }
  auto response = Response::empty();
  response.headers.emplace_back("Allow", exchange.match.allow);
  return response;
}

// What the steps and handlers are called through: the one place where their exceptions end.
template <class Step>
std::optional<Response> Pipeline::fenced(const Exchange& exchange, Step step) {
  std::string what = "not a std::exception";
  try {
    return step();
  } catch (const std::exception& exception) {
    // The text may hold parts of the request: it is cut here, and the log escapes and redacts.
    what = std::string(exception.what()).substr(0, max_logged_text);
  } catch (...) {  // NOLINT(bugprone-empty-catch): anything can be thrown, and nothing more can be said of it
  }
  return Response::failure(Error{Code::Internal, "exception from " + exchange.match.route->label + ": " + what});
}

std::optional<Response> Pipeline::admit(Exchange& exchange) {
  exchange.in_flight = true;
  in_flight_.add(1);
  auto& request = exchange.request;
  const auto& route = exchange.match.route->route;
  request.deadline = (exchange.framing.has_body() ? clock_.steady() : request.received) + limits_.handler_deadline;
  if (route.rate == RateClass::None && route.access == Access::Anyone) return std::nullopt;
  return fenced(exchange, [&]() -> std::optional<Response> {
    std::optional<Error> error;
    if (route.rate != RateClass::None) error = steps_.admit(request, route.rate);
    if (!error && route.access != Access::Anyone) error = authenticate(request, route.access);
    if (!error) return std::nullopt;
    return Response::failure(std::move(*error));
  });
}

std::optional<Error> Pipeline::authenticate(Request& request, Access access) {
  const auto header = request.header("authorization");
  if (header.empty()) return Error{Code::TokenMissing};
  const auto token = bearer_token(header);
  if (token.empty()) return Error{Code::TokenInvalid, "no bearer token in the Authorization header"};
  if (auto error = steps_.authenticate(request, token, access == Access::ExpiredUser)) return error;
  // A step that says yes and names nobody must not open a route that needs somebody.
  if (!request.principal) return Error{Code::Internal, "authentication named no principal"};
  return std::nullopt;
}

Response Pipeline::handle(Exchange& exchange) {
  auto answer = fenced(exchange, [&]() -> std::optional<Response> {
    return exchange.match.route->route.handler(std::as_const(exchange.request));
  });
  exchange.wipe_request();
  return std::move(*answer);
}

std::optional<Response> Pipeline::queue(HashJob job) {
  std::optional<std::chrono::milliseconds> wait;
  try {
    wait = steps_.hash_lane(std::move(job));
  } catch (...) {
    return Response::failure(Error{Code::Internal, "the hash lane could not take the request"});
  }
  if (!wait) return std::nullopt;
  return Response::failure(Error{Code::Overloaded, "the hash lane is full", {}, *wait});
}

void Pipeline::finish(Exchange& exchange, Response response, DateText& date) {
  if (response.error) {
    report_failure(exchange, *response.error);
    auto problem = render_problem(*response.error, public_url_, exchange.request.request_id);
    for (auto& header : response.headers) problem.headers.push_back(std::move(header));
    problem.close = response.close;
    response = std::move(problem);
  }
  exchange.close = exchange.close || response.close || !exchange.framing.keep_alive;
  writer_.write(exchange, response, date);
  record(exchange, response);
  if (response.sensitive) wipe(response.body.data(), response.body.size());
}

void Pipeline::abandon(Exchange& exchange) noexcept {
  if (std::exchange(exchange.in_flight, false)) in_flight_.add(-1);
}

// Only what the server itself did wrong is an error: nobody outside may fill the log with those.
static LogLevel level_of(Code code) noexcept {
  switch (code) {
    case Code::Internal:
    case Code::InDoubt: return LogLevel::Error;
    case Code::ProviderUnavailable: return LogLevel::Warn;
    default: return LogLevel::Debug;
  }
}

void Pipeline::report_failure(const Exchange& exchange, const Error& error) {
  const auto& request = exchange.request;
  const auto level = level_of(error.code);
  if (!log_.enabled(level)) return;
  log_.write(level, "request failed",
             {{"code", code_name(error.code)},
              {"detail", error.detail},
              {"route", label_of(exchange)},
              {"request_id", std::string_view(request.request_id)}});
}

void Pipeline::record(Exchange& exchange, const Response& response) {
  abandon(exchange);
  const auto& request = exchange.request;
  const auto taken = clock_.steady() - request.received;
  auto* route = exchange.match.route;
  auto& metrics = route == nullptr ? unmatched_ : route->metrics;
  metrics.count(response.status, std::chrono::duration<double>(taken).count());
  if (!log_.enabled(LogLevel::Info)) return;
  log_.write(
      LogLevel::Info, "request",
      {{"method", method_name(request.method)},
       {"route", route == nullptr ? std::string_view("unmatched") : std::string_view(route->label)},
       {"status", static_cast<std::int64_t>(response.status)},
       {"duration_us", static_cast<std::int64_t>(std::chrono::duration_cast<std::chrono::microseconds>(taken).count())},
       {"client_address", std::string_view(request.client_address)},
       {"request_id", std::string_view(request.request_id)},
       {"bytes", static_cast<std::int64_t>(exchange.output.size())}});
}

}  // namespace gatehouse::http
