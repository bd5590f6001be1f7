// SPDX-License-Identifier: Apache-2.0
#include "ops/metrics_text.h"

#include "base/metrics.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <limits>
#include <utility>
#include <vector>

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>
#include <prometheus/text_serializer.h>

namespace gatehouse::ops {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricType;

ClientMetric::Histogram to_prometheus(const Histogram::Snapshot& snapshot) {
  ClientMetric::Histogram histogram;
  for (std::size_t i = 0; i < snapshot.cumulative.size(); ++i) {
    const bool last = i == snapshot.bounds.size();
    histogram.bucket.push_back(
        {snapshot.cumulative[i], last ? std::numeric_limits<double>::infinity() : snapshot.bounds[i]});
  }
  histogram.sample_count = snapshot.cumulative.empty() ? 0 : snapshot.cumulative.back();
  histogram.sample_sum = snapshot.sum;
  return histogram;
}

MetricType type_of(const MetricRegistry::Family& family) {
  if (family.samples.empty()) return MetricType::Untyped;
  const auto& sample = family.samples.front();
  if (sample.histogram != nullptr) return MetricType::Histogram;
  if (sample.counter != nullptr) return MetricType::Counter;
  // A value the kernel counts for us (process_cpu_seconds_total) is read by a callback and still only goes up.
  return sample.read != nullptr && family.name.ends_with("_total") ? MetricType::Counter : MetricType::Gauge;
}

// Puts the sample's value where its family's type wants it. False: it has none now.
bool fill(ClientMetric& metric, const MetricRegistry::Sample& sample, MetricType type) {
  if (sample.histogram != nullptr) {
    metric.histogram = to_prometheus(sample.histogram->snapshot());
    return true;
  }
  double value = 0;
  if (sample.counter != nullptr) value = static_cast<double>(sample.counter->value());
  if (sample.gauge != nullptr) value = static_cast<double>(sample.gauge->value());
  if (sample.read != nullptr) {
    try {
      value = (*sample.read)();
    } catch (const std::exception&) {
      return false;
    }
  }
  if (type == MetricType::Counter) metric.counter.value = value;
  if (type == MetricType::Gauge) metric.gauge.value = value;
  return true;
}

}  // namespace

std::string metrics_text(const MetricRegistry& metrics) {
  std::vector<prometheus::MetricFamily> families;
  for (const auto& family : metrics.families()) {
    prometheus::MetricFamily out{family.name, family.help, type_of(family), {}};
    // The serializer escapes label values, but not the help text.
    std::replace(out.help.begin(), out.help.end(), '\n', ' ');
    for (const auto& sample : family.samples) {
      ClientMetric metric;
      for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
      if (fill(metric, sample, out.type)) out.metric.push_back(std::move(metric));
    }
    families.push_back(std::move(out));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace gatehouse::ops
