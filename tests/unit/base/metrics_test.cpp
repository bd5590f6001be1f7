// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse {
namespace {

TEST(MetricRegistry, TheSameNameAndLabelsAreTheSameHandle) {
  MetricRegistry metrics;
  auto& logins = metrics.counter("logins_total", "Logins.", {{"result", "ok"}});
  EXPECT_EQ(&metrics.counter("logins_total", "Logins.", {{"result", "ok"}}), &logins);
  EXPECT_NE(&metrics.counter("logins_total", "Logins.", {{"result", "wrong"}}), &logins);
  EXPECT_NE(&metrics.counter("signups_total", "Signups.", {{"result", "ok"}}), &logins);
}

TEST(MetricRegistry, HandlesStayWhereTheyAre) {
  MetricRegistry metrics;
  auto& first = metrics.counter("many_total", "Many.", {{"n", "first"}});
  for (int i = 0; i < 1000; ++i) metrics.counter("many_total", "Many.", {{"n", std::to_string(i)}});
  first.add(3);
  EXPECT_EQ(metrics.counter("many_total", "Many.", {{"n", "first"}}).value(), 3U);
}

TEST(MetricRegistry, EverySampleIsThereFromTheStart) {
  MetricRegistry metrics;
  metrics.counter("logins_total", "Logins.", {{"result", "ok"}});
  metrics.gauge("queue_length", "Waiting.");
  metrics.histogram("duration_seconds", "Duration.");
  metrics.callback_gauge("age_seconds", "Age.", {}, [] { return 1.5; });
  const auto families = metrics.families();
  ASSERT_EQ(families.size(), 4U);  // in the order of their names
  EXPECT_EQ(families[0].name, "age_seconds");
  EXPECT_EQ((*families[0].samples.at(0).read)(), 1.5);
  EXPECT_EQ(families[1].samples.at(0).histogram->snapshot().cumulative.back(), 0U);
  EXPECT_EQ(families[2].help, "Logins.");
  EXPECT_EQ(families[2].samples.at(0).counter->value(), 0U);
  EXPECT_EQ(families[2].samples.at(0).labels, (Labels{{"result", "ok"}}));
  EXPECT_EQ(families[3].samples.at(0).gauge->value(), 0);
}

TEST(Histogram, CountsUpToAndIncludingABound) {
  Histogram histogram({0.1, 1});
  for (const double seconds : {0.05, 0.1, 0.100001, 1.0, 2.0}) histogram.observe(seconds);
  const auto snapshot = histogram.snapshot();
  EXPECT_EQ(snapshot.bounds, (std::vector<double>{0.1, 1}));
  EXPECT_EQ(snapshot.cumulative, (std::vector<std::uint64_t>{2, 4, 5}));
  EXPECT_NEAR(snapshot.sum, 3.250001, 1e-8);
}

TEST(Histogram, ANegativeDurationAddsNothing) {
  Histogram histogram({1});
  histogram.observe(-5);
  EXPECT_EQ(histogram.snapshot().cumulative.back(), 1U);
  EXPECT_EQ(histogram.snapshot().sum, 0);
}

TEST(Metrics, NoIncrementOfAnyThreadIsLost) {
  MetricRegistry metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&metrics] {
      for (int i = 0; i < 1000; ++i) {
        metrics.counter("events_total", "Events.").add();
        metrics.gauge("level", "Level.").add(i % 2 == 0 ? 1 : -1);
        metrics.histogram("duration_seconds", "Duration.").observe(0.001);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(metrics.counter("events_total", "").value(), 4000U);
  EXPECT_EQ(metrics.gauge("level", "").value(), 0);
  EXPECT_EQ(metrics.histogram("duration_seconds", "").snapshot().cumulative.back(), 4000U);
}

}  // namespace
}  // namespace gatehouse
