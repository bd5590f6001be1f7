// SPDX-License-Identifier: Apache-2.0
#include "http/cors.h"

#include "base/log.h"
#include "http/text.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <stdexcept>

namespace gatehouse::http {

namespace {

bool is_origin(std::string_view text) noexcept {
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0) return false;
  const auto authority = text.substr(scheme_end + 3);
  const auto fits = [](char c) { return (is_alnum(c) && c == to_lower(c)) || c == '-' || c == '.'; };
  const auto in_authority = [&](char c) { return fits(c) || c == ':' || c == '[' || c == ']'; };
  return !authority.empty() &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(scheme_end), fits) &&
         std::all_of(authority.begin(), authority.end(), in_authority);
}

}  // namespace

Cors::Cors(std::vector<std::string> allowed_origins, Log& log) : allowed_(std::move(allowed_origins)), log_(log) {
  for (const auto& origin : allowed_) {
    if (is_origin(origin)) continue;
    throw std::invalid_argument("cors.allowed_origins: \"" + origin +
                                "\" is not an origin such as https://app.example.com (lower case, no path)");
  }
}

bool Cors::allows(std::string_view origin) const noexcept {
  return std::find(allowed_.begin(), allowed_.end(), origin) != allowed_.end();
}

bool Cors::is_preflight(const Request& request) noexcept {
  return request.method == Method::Options && !request.header("origin").empty() &&
         !request.header("access-control-request-method").empty();
}

void Cors::append_headers(std::string& head, const Request& request) const {
  if (allowed_.empty()) return;
  head += "Vary: Origin\r\n";
  const auto origin = request.header("origin");
  if (origin.empty() || !allows(origin)) return;
  head.append("Access-Control-Allow-Origin: ").append(origin).append("\r\n");
  head += "Access-Control-Expose-Headers: Retry-After, Session-Expires-In, WWW-Authenticate, X-Request-Id\r\n";
}

Response Cors::preflight(std::string_view allowed_methods) {
  auto response = Response::empty();
  response.headers = {
      {"Access-Control-Allow-Methods", std::string(allowed_methods)},
      {"Access-Control-Allow-Headers",
       "Authorization, Content-Type, Idempotency-Key, X-Client-Id, X-Tenant-Id, traceparent"},
      {"Access-Control-Max-Age", "600"},
  };
  return response;
}

void Cors::report_refusal(std::string_view origin, Steady now) {
  const auto second = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count() + 1;
  if (reported_.exchange(second, std::memory_order_relaxed) == second) return;
  const auto line = "[cors] allowed_origins = [\"" + std::string(origin) + "\"]";
  log_.warn("cross-origin request refused", {{"origin", origin}, {"if_it_is_yours_add", line}});
}

}  // namespace gatehouse::http
