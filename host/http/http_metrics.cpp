// SPDX-License-Identifier: Apache-2.0
#include "http/http_metrics.h"

#include "base/metrics.h"

#include <algorithm>

namespace gatehouse::http {

RouteMetrics::RouteMetrics(MetricRegistry& registry, std::string_view route, std::string_view method)
    : registry_(registry),
      route_(route),
      method_(method),
      duration_(registry.histogram("gatehouse_http_request_duration_seconds",
                                   "From the last byte of a request's head to the first byte of its answer.",
                                   {{"route", route_}, {"method", method_}})) {
  std::transform(usual.begin(), usual.end(), counters_.begin(), [&](int status) { return &counter(status); });
}

Counter& RouteMetrics::counter(int status) {
  return registry_.counter("gatehouse_http_requests_total", "Requests answered.",
                           {{"route", route_}, {"method", method_}, {"code", std::to_string(status)}});
}

void RouteMetrics::count(int status, double seconds) {
  const auto at = std::find(usual.begin(), usual.end(), status);
  auto& counted = at == usual.end() ? counter(status) : *counters_[static_cast<std::size_t>(at - usual.begin())];
  counted.add();
  duration_.observe(seconds);
}

}  // namespace gatehouse::http
