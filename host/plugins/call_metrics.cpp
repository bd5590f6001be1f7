// SPDX-License-Identifier: Apache-2.0
#include "plugins/call_metrics.h"

#include "base/metrics.h"
#include "plugins/edge.h"

#include <algorithm>
#include <array>
#include <functional>

namespace gatehouse::plugins {
namespace {

constexpr std::array<std::string_view, CallStatuses::count> names = {
    "ok",      "not found", "conflict",    "invalid", "unavailable",
    "timeout", "in doubt",  "unsupported", "denied",  "internal"};

constexpr std::array<std::pair<std::string_view, Breaker::State>, 4> states = {{{"stopped", Breaker::State::Stopped},
                                                                                {"closed", Breaker::State::Closed},
                                                                                {"open", Breaker::State::Open},
                                                                                {"probing", Breaker::State::Probing}}};

// The registry may outlive the edge: it belongs to whoever made the instance.
template <class Read>
std::function<double()> of(const std::shared_ptr<Edge>& edge, Read read) {
  return [weak = std::weak_ptr<Edge>(edge), read] {
    const auto alive = weak.lock();
    return alive ? static_cast<double>(read(*alive)) : 0.0;
  };
}

std::string label(std::string_view name) {
  std::string word(name);
  std::replace(word.begin(), word.end(), ' ', '_');
  return word;
}

}  // namespace

std::string_view status_name(std::int32_t status) noexcept { return names[static_cast<std::size_t>(status)]; }

void register_call_metrics(MetricRegistry& metrics, const std::shared_ptr<Edge>& edge) {
  const auto& plugin = edge->name();
  metrics.callback_gauge("gatehouse_plugin_calls_in_flight", "Calls inside the plugin now.", {{"plugin", plugin}},
                         of(edge, [](Edge& it) { return it.slots().busy(); }));
  metrics.callback_gauge("gatehouse_plugin_call_slots", "Calls that may be inside the plugin at a time.",
                         {{"plugin", plugin}}, of(edge, [](Edge& it) { return it.slots().size(); }));
  metrics.callback_gauge("gatehouse_plugin_misuse_total",
                         "Callbacks of a plugin that came too late, from another thread or with arguments that cannot "
                         "be.",
                         {{"plugin", plugin}}, of(edge, [](Edge& it) { return it.misuse().value(); }));
  for (std::int32_t status = 0; status < static_cast<std::int32_t>(names.size()); ++status) {
    metrics.callback_gauge("gatehouse_plugin_calls_total", "Calls that came back from the plugin, by status.",
                           {{"plugin", plugin}, {"status", label(status_name(status))}},
                           of(edge, [status](Edge& it) { return it.slots().answered(status); }));
  }
  for (const auto& [name, state] : states) {
    metrics.callback_gauge("gatehouse_plugin_breaker", "1 for the state the plugin's breaker is in.",
                           {{"plugin", plugin}, {"state", std::string(name)}},
                           of(edge, [wanted = state](Edge& it) { return it.breaker().state() == wanted ? 1 : 0; }));
  }
}

}  // namespace gatehouse::plugins
