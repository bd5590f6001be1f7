// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace gatehouse {
class Log;
class MetricRegistry;
}  // namespace gatehouse

namespace gatehouse::ops {

// The names every Prometheus client library gives a process, read from /proc at scrape time:
// process_resident_memory_bytes, process_virtual_memory_bytes, process_open_fds, process_max_fds,
// process_cpu_seconds_total, process_start_time_seconds, process_threads.
void register_process_metrics(MetricRegistry& metrics);

// gatehouse_log_lines_dropped_total. The log outlives the registry.
void register_log_metrics(MetricRegistry& metrics, const Log& log);

// gatehouse_build_info{version,abi} = 1.
void register_build_info(MetricRegistry& metrics, std::string_view version, std::string_view abi);

}  // namespace gatehouse::ops
