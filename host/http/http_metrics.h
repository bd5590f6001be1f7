// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace gatehouse {
class Counter;
class Histogram;
class MetricRegistry;
}  // namespace gatehouse

namespace gatehouse::http {

// The handles of one route template and method: gatehouse_http_requests_total and
// gatehouse_http_request_duration_seconds. Thread-safe.
class RouteMetrics {
 public:
  RouteMetrics(MetricRegistry& registry, std::string_view route, std::string_view method);
  void count(int status, double seconds);

 private:
  Counter& counter(int status);

  // Exported as 0 from the start; any other status is registered when it first occurs.
  static constexpr std::array usual = {200, 201, 202, 204, 400, 401, 403, 404, 405,
                                       408, 409, 413, 415, 422, 429, 500, 503};
  MetricRegistry& registry_;
  std::string route_;
  std::string method_;
  std::array<Counter*, usual.size()> counters_;
  Histogram& duration_;
};

}  // namespace gatehouse::http
