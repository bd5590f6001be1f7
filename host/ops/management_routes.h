// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/route.h"

#include <vector>

namespace gatehouse {
class MetricRegistry;
}

namespace gatehouse::ops {

class Health;

// The routes of the management listener: GET /livez, /readyz, /startupz, /metrics. Open to anyone who reaches that
// listener, which is why it belongs on loopback or an inner network. Both arguments outlive the routes.
std::vector<http::Route> management_routes(Health& health, const MetricRegistry& metrics);

}  // namespace gatehouse::ops
