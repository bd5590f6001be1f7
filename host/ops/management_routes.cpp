// SPDX-License-Identifier: Apache-2.0
#include "ops/management_routes.h"

#include "base/metrics.h"
#include "ops/health.h"
#include "ops/metrics_text.h"

#include <string>
#include <utility>

namespace gatehouse::ops {
namespace {

http::Route route(std::string path, http::Handler handler) {
  return {http::Method::Get, std::move(path), http::Access::Anyone, http::RateClass::None, http::Lane::Fast, 0,
          std::move(handler)};
}

}  // namespace

std::vector<http::Route> management_routes(Health& health, const MetricRegistry& metrics) {
  return {
      route("//livez", [&health](const http::Request&) { return health.livez(); }),
      route("//startupz", [&health](const http::Request&) { return health.startupz(); }),
      route("//readyz", [&health](const http::Request& request) { return health.readyz(request); }),
      route("//metrics",
            [&metrics](const http::Request&) {
              http::Response response;
              response.content_type = std::string(metrics_content_type);
              response.body = metrics_text(metrics);
              return response;
            }),
  };
}

}  // namespace gatehouse::ops
