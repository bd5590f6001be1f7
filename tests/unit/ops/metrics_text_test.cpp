// SPDX-License-Identifier: Apache-2.0
#include "ops/metrics_text.h"

#include "base/log.h"
#include "base/metrics.h"
#include "ops/process_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <initializer_list>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gatehouse::ops {
namespace {

using testing::HasSubstr;
using testing::Not;

// The length of the metric or label name at the start of `text`; 0: there is none.
std::size_t name_length(std::string_view text) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:";
  const auto end = std::min(text.find_first_not_of(std::string(letters) + "0123456789"), text.size());
  return end > 0 && letters.find(text.front()) != std::string_view::npos ? end : 0;
}

// The length of `{a="b",c="d"}` at the start of `text`; 0: it is malformed.
std::size_t labels_length(std::string_view text) {
  std::size_t at = 1;
  while (at < text.size() && text[at] != '}') {
    const auto name = name_length(text.substr(at));
    at += name;
    if (name == 0 || text.substr(at, 2) != "=\"") return 0;
    for (at += 2; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\' && std::string_view("\\\"n").find(text[++at]) == std::string_view::npos) return 0;
    }
    ++at;
    if (at < text.size() && text[at] == ',') ++at;
  }
  return at < text.size() ? at + 1 : 0;
}

// The exposition format 0.0.4, line by line; gives the samples by their name and labels as written.
std::map<std::string, double> parse(const std::string& text) {
  std::map<std::string, double> samples;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) {
      EXPECT_GT(name_length(std::string_view(line).substr(7)), 0U) << line;
      continue;
    }
    auto end = name_length(line);
    EXPECT_GT(end, 0U) << "no metric: " << line;
    if (end < line.size() && line[end] == '{') {
      const auto labels = labels_length(std::string_view(line).substr(end));
      EXPECT_GT(labels, 0U) << "malformed labels: " << line;
      end += labels;
    }
    char* after = nullptr;
    const double value = std::strtod(line.c_str() + end, &after);
    EXPECT_TRUE(line[end] == ' ' && after != line.c_str() + end && *after == '\0') << "no sample: " << line;
    EXPECT_TRUE(samples.emplace(line.substr(0, end), value).second) << "twice: " << line;
  }
  return samples;
}

TEST(MetricsText, CountersAndGaugesAreThereFromTheFirstScrape) {
  MetricRegistry metrics;
  metrics.counter("gatehouse_logins_total", "Logins", {{"result", "ok"}}).add(3);
  metrics.counter("gatehouse_logins_total", "Logins", {{"result", "failed"}});
  metrics.gauge("gatehouse_queue_length", "Queue").set(-2);
  const auto text = metrics_text(metrics);
  const auto samples = parse(text);
  EXPECT_EQ(samples.at("gatehouse_logins_total{result=\"ok\"}"), 3);
  EXPECT_EQ(samples.at("gatehouse_logins_total{result=\"failed\"}"), 0);
  EXPECT_EQ(samples.at("gatehouse_queue_length"), -2);
  EXPECT_THAT(text, HasSubstr("# TYPE gatehouse_logins_total counter"));
  EXPECT_THAT(text, HasSubstr("# TYPE gatehouse_queue_length gauge"));
}

TEST(MetricsText, HistogramsAreCumulativeAndEndAtInfinity) {
  MetricRegistry metrics;
  auto& histogram = metrics.histogram("gatehouse_seconds", "Seconds");
  histogram.observe(0.002);
  histogram.observe(0.3);
  histogram.observe(99);
  const auto samples = parse(metrics_text(metrics));
  EXPECT_EQ(samples.at("gatehouse_seconds_bucket{le=\"0.001\"}"), 0);
  EXPECT_EQ(samples.at("gatehouse_seconds_bucket{le=\"0.5\"}"), 2);
  EXPECT_EQ(samples.at("gatehouse_seconds_bucket{le=\"+Inf\"}"), 3);
  EXPECT_EQ(samples.at("gatehouse_seconds_count"), 3);
  EXPECT_NEAR(samples.at("gatehouse_seconds_sum"), 99.302, 1e-6);
}

TEST(MetricsText, NothingInALabelOrAHelpTextBreaksALine) {
  MetricRegistry metrics;
  metrics.gauge("gatehouse_odd", "two\nlines", {{"plugin", "a\"b\\c\nd"}}).set(1);
  EXPECT_EQ(parse(metrics_text(metrics)).size(), 1U);
}

TEST(MetricsText, ACallbackThatFailsLeavesOutItsSampleOnly) {
  MetricRegistry metrics;
  metrics.callback_gauge("gatehouse_broken", "Broken", {}, []() -> double { throw std::runtime_error("broken"); });
  metrics.callback_gauge("gatehouse_whole", "Whole", {}, [] { return 1.5; });
  const auto samples = parse(metrics_text(metrics));
  EXPECT_EQ(samples.at("gatehouse_whole"), 1.5);
  EXPECT_EQ(samples.count("gatehouse_broken"), 0U);
}

class LosingLog final : public Log {
 public:
  bool enabled(LogLevel) const noexcept override { return true; }
  void write(LogLevel, std::string_view, std::initializer_list<LogField>) noexcept override { ++lost_; }
  std::uint64_t dropped() const noexcept override { return lost_; }

 private:
  std::uint64_t lost_ = 0;
};

TEST(LogMetrics, CountTheLinesThatWereLost) {
  LosingLog log;
  MetricRegistry metrics;
  register_log_metrics(metrics, log);
  EXPECT_EQ(parse(metrics_text(metrics)).at("gatehouse_log_lines_dropped_total"), 0);
  log.warn("lost");
  log.warn("lost");
  EXPECT_EQ(parse(metrics_text(metrics)).at("gatehouse_log_lines_dropped_total"), 2);
}

TEST(ProcessMetrics, TellWhatTheKernelKnowsAboutUs) {
  MetricRegistry metrics;
  register_process_metrics(metrics);
  const auto text = metrics_text(metrics);
  const auto samples = parse(text);
  EXPECT_GT(samples.at("process_resident_memory_bytes"), 1 << 20);
  EXPECT_GT(samples.at("process_virtual_memory_bytes"), samples.at("process_resident_memory_bytes"));
  EXPECT_GE(samples.at("process_open_fds"), 3);
  EXPECT_LE(samples.at("process_open_fds"), samples.at("process_max_fds"));
  EXPECT_GE(samples.at("process_threads"), 1);
  EXPECT_GE(samples.at("process_cpu_seconds_total"), 0);
  // Also catches a wrong field: anything else in /proc/self/stat is far from now.
  EXPECT_NEAR(samples.at("process_start_time_seconds"), static_cast<double>(std::time(nullptr)), 300);
  EXPECT_THAT(text, HasSubstr("# TYPE process_cpu_seconds_total counter"));
}

TEST(ProcessMetrics, BuildInfoIsOneWithTheVersionsAsLabels) {
  MetricRegistry metrics;
  register_build_info(metrics, "1.2.3", "1.0");
  EXPECT_EQ(parse(metrics_text(metrics)).at("gatehouse_build_info{version=\"1.2.3\",abi=\"1.0\"}"), 1);
}

}  // namespace
}  // namespace gatehouse::ops
