// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gatehouse {
class MetricRegistry;
}

namespace gatehouse::plugins {

class Edge;

// The word for a status of the closed set in logs and metrics: "ok", "not found", ...
std::string_view status_name(std::int32_t status) noexcept;

// What can be read off an instance at any time, by the label `plugin`: gatehouse_plugin_calls_in_flight,
// gatehouse_plugin_call_slots, gatehouse_plugin_calls_total by status, gatehouse_plugin_breaker by state,
// gatehouse_plugin_misuse_total. Read when
// somebody scrapes, so a call pays nothing for it; 0 once the edge has gone.
void register_call_metrics(MetricRegistry& metrics, const std::shared_ptr<Edge>& edge);

}  // namespace gatehouse::plugins
