// SPDX-License-Identifier: Apache-2.0
#include "ops/metrics_text.h"

#include "base/metrics.h"
#include "ops/process_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <map>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>

namespace gatehouse::ops {
namespace {

using testing::HasSubstr;
using testing::Not;

// The exposition format 0.0.4, line by line; gives the samples by their name and labels as written.
std::map<std::string, double> parse(const std::string& text) {
  static const std::regex comment(R"(# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .*)");
  static const std::regex sample(
      R"re(([a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\["\\n])*",?)*\})?) (\S+))re");
  std::map<std::string, double> samples;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, comment)) continue;
    if (!std::regex_match(line, match, sample)) {
      ADD_FAILURE() << "not a sample: " << line;
      continue;
    }
    EXPECT_TRUE(samples.emplace(match[1], std::stod(match[5])).second) << "twice: " << line;
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
