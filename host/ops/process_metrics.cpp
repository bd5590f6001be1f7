// SPDX-License-Identifier: Apache-2.0
#include "ops/process_metrics.h"

#include "base/log.h"
#include "base/metrics.h"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

namespace gatehouse::ops {
namespace {

// Field numbers of /proc/self/stat as in proc(5).
constexpr int field_utime = 14;
constexpr int field_stime = 15;
constexpr int field_threads = 20;
constexpr int field_start_time = 22;
constexpr int field_virtual_bytes = 23;
constexpr int field_resident_pages = 24;

double stat_field(int field) {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  // The second field is the program's name in parentheses and may itself hold blanks and parentheses.
  const auto after_name = line.rfind(')');
  if (after_name == std::string::npos) throw std::runtime_error("/proc/self/stat cannot be read");
  std::istringstream rest(line.substr(after_name + 1));
  std::string word;
  for (int i = 3; i <= field; ++i) rest >> word;
  return std::stod(word);
}

double ticks_to_seconds(double ticks) { return ticks / static_cast<double>(sysconf(_SC_CLK_TCK)); }

double boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  throw std::runtime_error("/proc/stat has no btime");
}

double open_files() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  const auto count = std::distance(begin(files), end(files));
  return static_cast<double>(count - 1);  // without the one that counts
}

double most_open_files() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

void register_process_metrics(MetricRegistry& metrics) {
  metrics.callback_gauge("process_resident_memory_bytes", "Resident memory in bytes", {},
                         [] { return stat_field(field_resident_pages) * static_cast<double>(sysconf(_SC_PAGESIZE)); });
  metrics.callback_gauge("process_virtual_memory_bytes", "Virtual memory in bytes", {},
                         [] { return stat_field(field_virtual_bytes); });
  metrics.callback_gauge("process_threads", "Threads of the process", {}, [] { return stat_field(field_threads); });
  metrics.callback_gauge("process_cpu_seconds_total", "User and system CPU time in seconds", {},
                         [] { return ticks_to_seconds(stat_field(field_utime) + stat_field(field_stime)); });
  metrics.callback_gauge("process_start_time_seconds", "Start of the process in seconds since the epoch", {},
                         [] { return boot_time() + ticks_to_seconds(stat_field(field_start_time)); });
  metrics.callback_gauge("process_open_fds", "Open file descriptors", {}, open_files);
  metrics.callback_gauge("process_max_fds", "Limit of open file descriptors", {}, most_open_files);
}

void register_log_metrics(MetricRegistry& metrics, const Log& log) {
  metrics.callback_gauge("gatehouse_log_lines_dropped_total", "Log lines lost because their reader was too slow", {},
                         [&log] { return static_cast<double>(log.dropped()); });
}

void register_build_info(MetricRegistry& metrics, std::string_view version, std::string_view abi) {
  metrics
      .gauge("gatehouse_build_info", "Version of the server and of its plugin ABI",
             {{"version", std::string(version)}, {"abi", std::string(abi)}})
      .set(1);
}

}  // namespace gatehouse::ops
