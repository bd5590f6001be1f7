// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace gatehouse {
class MetricRegistry;
}

namespace gatehouse::ops {

inline constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

// Everything in the registry as Prometheus text (exposition format 0.0.4). Values are read one after the other, not
// as one snapshot. A callback that throws leaves its sample out. Any thread.
std::string metrics_text(const MetricRegistry& metrics);

}  // namespace gatehouse::ops
