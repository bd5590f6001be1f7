// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>

namespace gatehouse {

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), buckets_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds_.size() + 1)) {}

void Histogram::observe(double seconds) noexcept {
  const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), seconds) - bounds_.begin();
  buckets_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(static_cast<std::uint64_t>(std::max(0.0, seconds) * 1e9), std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const {
  Snapshot snapshot{bounds_, {}, static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) / 1e9};
  std::uint64_t total = 0;
  for (std::size_t i = 0; i <= bounds_.size(); ++i) {
    total += buckets_[i].load(std::memory_order_relaxed);
    snapshot.cumulative.push_back(total);
  }
  return snapshot;
}

struct MetricRegistry::State {
  struct Entry {
    Labels labels;
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<Histogram> histogram;
    std::function<double()> read;
  };
  struct Named {
    std::string help;
    std::deque<Entry> entries;  // a deque: entries never move, so handles stay valid
  };

  mutable std::mutex mutex;
  std::map<std::string, Named, std::less<>> families;  // guarded by mutex

  Entry& entry(std::string_view name, std::string_view help, Labels labels) {
    auto& family = families.try_emplace(std::string(name), Named{std::string(help), {}}).first->second;
    for (auto& existing : family.entries) {
      if (existing.labels == labels) return existing;
    }
    return family.entries.emplace_back(Entry{std::move(labels), {}, {}, {}, {}});
  }
};

MetricRegistry::MetricRegistry() : state_(std::make_unique<State>()) {}
MetricRegistry::~MetricRegistry() = default;

Counter& MetricRegistry::counter(std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(state_->mutex);
  auto& entry = state_->entry(name, help, std::move(labels));
  if (!entry.counter) entry.counter = std::make_unique<Counter>();
  return *entry.counter;
}

Gauge& MetricRegistry::gauge(std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(state_->mutex);
  auto& entry = state_->entry(name, help, std::move(labels));
  if (!entry.gauge) entry.gauge = std::make_unique<Gauge>();
  return *entry.gauge;
}

Histogram& MetricRegistry::histogram(std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(state_->mutex);
  auto& entry = state_->entry(name, help, std::move(labels));
  if (!entry.histogram) {
    entry.histogram = std::make_unique<Histogram>(
        std::vector<double>{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10});
  }
  return *entry.histogram;
}

void MetricRegistry::callback_gauge(std::string_view name, std::string_view help, Labels labels,
                                    std::function<double()> read) {
  const std::lock_guard lock(state_->mutex);
  state_->entry(name, help, std::move(labels)).read = std::move(read);
}

std::vector<MetricRegistry::Family> MetricRegistry::families() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<Family> result;
  for (const auto& [name, named] : state_->families) {
    Family family{name, named.help, {}};
    for (const auto& entry : named.entries) {
      family.samples.push_back({entry.labels, entry.counter.get(), entry.gauge.get(), entry.histogram.get(),
                                entry.read ? &entry.read : nullptr});
    }
    result.push_back(std::move(family));
  }
  return result;
}

}  // namespace gatehouse
