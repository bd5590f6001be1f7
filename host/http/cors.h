// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "http/request.h"
#include "http/response.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {
class Log;
}

namespace gatehouse::http {

// Cross-origin rules by exact origin: no wildcard, no pattern, no reflection, no credentials (tokens travel in the
// Authorization header). An origin that is not listed gets answers without CORS headers, which a browser keeps from
// the page, and a refusal of its preflights. Thread-safe.
class Cors {
 public:
  // Throws std::invalid_argument for what is not an origin: "https://app.example.com", no path, no wildcard.
  Cors(std::vector<std::string> allowed_origins, Log& log);

  bool allows(std::string_view origin) const noexcept;
  static bool is_preflight(const Request& request) noexcept;

  // Appends to an answer's head what belongs there for this request.
  void append_headers(std::string& head, const Request& request) const;
  // The answer to a preflight whose origin is allowed.
  static Response preflight(std::string_view allowed_methods);

  // Tells the operator which line would let this origin in; at most once a second.
  void report_refusal(std::string_view origin, Steady now);

 private:
  std::vector<std::string> allowed_;
  Log& log_;
  std::atomic<std::int64_t> reported_{0};
};

}  // namespace gatehouse::http
