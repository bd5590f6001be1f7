// SPDX-License-Identifier: Apache-2.0
#include "plugins/edge.h"

#include <algorithm>
#include <mutex>

namespace gatehouse::plugins {
namespace {

// A call that honours its deadline comes back right after it.
constexpr std::int64_t grace_ns = 100'000'000;
// One that waits for something to happen may be about to come back whenever it is looked at; what is still in there
// after this does not.
constexpr std::int64_t waiting_grace_ns = 5'000'000'000;

}  // namespace

Edge::Edge(std::string name, unsigned slot_count, unsigned breaker_failures, std::chrono::nanoseconds breaker_pause,
           const Clock& clock, Random& random, Log& log, MetricRegistry& metrics)
    : name_(std::move(name)),
      log_(log),
      overdue_(metrics.counter("gatehouse_plugin_overdue_total", "Calls that were still running after their deadline.",
                               {{"plugin", name_}})),
      slots_(slot_count, misuse_),
      breaker_(breaker_failures, breaker_pause),
      host_(name_, slots_, clock, random, log, metrics, misuse_) {}

void Edge::look(std::int64_t now_ns) noexcept {
  const auto limit = [&](const Operation& operation) {
    return now_ns - (operation.waits ? waiting_grace_ns : grace_ns);
  };
  slots_.find_overdue(limit, [&](const Operation& operation, std::int64_t deadline_ns) {
    overdue_.add();
    log_.warn("plugin call is overdue", {{"plugin", std::string_view(name_)},
                                         {"operation", std::string_view(operation.name)},
                                         {"overdue_ms", (now_ns - deadline_ns) / 1'000'000}});
    if (!operation.waits) failed(now_ns);
  });
}

void Edge::failed(std::int64_t now_ns) noexcept {
  if (!breaker_.failed(now_ns)) return;
  set_up(false);
  log_.error("plugin is down, calls are refused until it answers", {{"plugin", std::string_view(name_)}});
}

void Edge::observe(std::chrono::nanoseconds taken) noexcept {
  // A moving average. One call that met a busy processor does not decide; an update that is lost to another thread
  // does not matter.
  constexpr std::int64_t most_ns = 5 * waiting_ns;
  const auto before = typical_ns_.load(std::memory_order_relaxed);
  typical_ns_.store(before + (std::min<std::int64_t>(taken.count(), most_ns) - before) / 8, std::memory_order_relaxed);
}

void Edge::recovered() noexcept {
  set_up(true);
  log_.info("plugin answers again", {{"plugin", std::string_view(name_)}});
}

void Edge::set_up(bool up) noexcept {
  for (auto* gauge : up_) gauge->set(up ? 1 : 0);
}

void keep_for_good(std::vector<std::shared_ptr<Edge>> edges) {
  // Never destroyed, and still reachable, so that leak checkers know it is meant.
  static auto& kept = *new std::vector<std::shared_ptr<Edge>>;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  kept.insert(kept.end(), edges.begin(), edges.end());
}

}  // namespace gatehouse::plugins
