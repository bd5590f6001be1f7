// SPDX-License-Identifier: Apache-2.0
#include "plugins/instance_state.h"

#include "plugins/call_metrics.h"
#include "plugins/create_args.h"
#include "plugins/interfaces.h"

#include <gatehouse/store_watch.h>

#include <algorithm>

namespace gatehouse::plugins {
namespace {

constexpr std::size_t longest_explanation = 1000;

Code code_of(std::int32_t status) noexcept {
  switch (status) {
    case GH_UNAVAILABLE:
    case GH_TIMEOUT:
    case GH_DENIED: return Code::ProviderUnavailable;
    case GH_IN_DOUBT: return Code::InDoubt;
    default: return Code::Internal;
  }
}

void explain(void* context, gh_slice sentence) {
  auto* frame = CallSlot::frame_of(context);
  if (frame == nullptr || sentence.data == nullptr) return;
  const std::string_view words(reinterpret_cast<const char*>(sentence.data), static_cast<std::size_t>(sentence.size));
  auto& text = frame->explanation;
  try {
    if (!text.empty()) text.append("; ");
    text.append(words.substr(0, longest_explanation - std::min(longest_explanation, text.size())));
  } catch (...) {
    text.clear();
  }
}

gh_slice slice(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string text_of(const std::string& plugin, std::string_view operation, std::int32_t status,
                    const std::string& explanation) {
  auto text = "plugin " + plugin + ": " + std::string(operation) + ": " + std::string(status_name(status));
  if (!explanation.empty()) text.append(": ").append(explanation);
  return text;
}

// A wait for changes stands in the plugin nearly always: besides the calls the operator allows.
unsigned places_of(const gh_plugin& plugin, const InstanceConfig& config,
                   const std::vector<std::string>& ids) noexcept {
  const bool waits = std::find(ids.begin(), ids.end(), GH_STORE_WATCH_V1) != ids.end();
  const unsigned wanted = config.max_calls + (waits ? 1 : 0);
  return plugin.max_concurrency == 0 ? wanted : std::min(wanted, plugin.max_concurrency);
}

Operation named(const char* name) {
  Operation operation;
  operation.name = name;
  return operation;
}

}  // namespace

std::string unknown_status(std::int32_t status) {
  return "answered with the status " + std::to_string(status) + ", which plugin ABI " + std::to_string(GH_ABI_MAJOR) +
         "." + std::to_string(GH_ABI_MINOR) + " does not have" + a_defect;
}

gh_call raw_call(const Call& call, std::int64_t deadline_ns, void* context) noexcept {
  return {sizeof(gh_call),
          0,
          deadline_ns,
          call.now.time_since_epoch().count(),
          slice(call.request_id),
          slice(call.traceparent),
          slice(call.tenant),
          context,
          explain};
}

Instance::State::State(const gh_plugin& plugin, InstanceConfig settings, HostServices services,
                       std::vector<std::string> ids)
    : entry(plugin),
      config(std::move(settings)),
      host(services),
      own_supervisor(host.supervisor == nullptr ? std::make_unique<Supervisor>(host.clock) : nullptr),
      supervisor(own_supervisor ? *own_supervisor : *host.supervisor),
      edge(std::make_shared<Edge>(config.name, places_of(plugin, config, ids), config.breaker_failures,
                                  config.breaker_pause, host.clock, host.random, host.log, host.metrics)),
      op_create(edge->add(named("create"))),
      op_start(edge->add(named("start"))),
      op_drain(edge->add(named("drain"))),
      op_destroy(edge->add(named("destroy"))),
      call_timeout_ns(std::chrono::nanoseconds(config.call_timeout).count()) {
  for (auto& id : ids) {
    const auto* table = require_interface(entry, id);
    interfaces.push_back({std::move(id), table});
  }
  register_call_metrics(host.metrics, edge);
  constexpr auto* help = "Calls refused without entering the plugin: its bulkhead was full, or it is down.";
  refused_full =
      &host.metrics.counter("gatehouse_plugin_refused_total", help, {{"plugin", config.name}, {"reason", "full"}});
  refused_down =
      &host.metrics.counter("gatehouse_plugin_refused_total", help, {{"plugin", config.name}, {"reason", "down"}});
  for (const auto& each : interfaces) {
    edge->add_up_gauge(host.metrics.gauge("gatehouse_plugin_up", "1 while the plugin answers.",
                                          {{"plugin", config.name}, {"kind", std::string(interface_kind(each.id))}}));
  }
}

template <class F>
Instance::State::Answer Instance::State::control(const Operation& operation, F&& function) {
  const Call call{host.clock.steady() + config.start_timeout, host.clock.now(), {}, {}, {}};
  const auto deadline = std::chrono::nanoseconds(call.deadline.time_since_epoch()).count();
  Frame frame{nullptr, &call, {}};
  auto* slot = edge->slots().claim(deadline, operation, frame);
  if (slot == nullptr) return {GH_UNAVAILABLE, "calls are still running inside it"};
  const auto raw = raw_call(call, deadline, slot->context());
  std::int32_t status = GH_INTERNAL;
  try {
    const auto answered = function(raw);
    status = sanitised(answered);
    if (status != answered) frame.explanation = unknown_status(answered);
  } catch (...) {
    frame.explanation = std::string("an exception came out of the call") + a_defect;
  }
  edge->slots().release(*slot);
  return {status, text_of(described(), operation.name, status, frame.explanation)};
}

Instance::State::Answer Instance::State::create(std::uint32_t flags) {
  const CreateArgs args(entry, config.name, config.state_dir, std::move(config.settings));
  const auto raw = args.raw(edge->host().table(), flags);
  gh_instance* made = nullptr;
  auto answer = control(op_create, [&](const gh_call& call) { return entry.create(&raw, &call, &made); });
  // An instance that comes together with an error is not believed, not even to be destroyed.
  if (answer.status == GH_OK) self = made;
  return answer;
}

Instance::State::Answer Instance::State::start() {
  return control(op_start, [&](const gh_call& call) { return entry.start(self, &call); });
}

Instance::State::Answer Instance::State::drain() {
  return control(op_drain, [&](const gh_call& call) { return entry.drain(self, &call); });
}

void Instance::State::destroy() {
  if (self == nullptr) return;
  control(op_destroy, [&](const gh_call&) {
    entry.destroy(self);
    return GH_OK;
  });
  self = nullptr;
}

Result<std::int32_t> Instance::State::settle(const Operation& operation, const Call& call, StatusSet expected,
                                             std::int32_t status, const std::string& explanation, bool overdue,
                                             bool probe) {
  const bool down = status == GH_UNAVAILABLE || status == GH_TIMEOUT;
  const bool says_nothing = status == GH_INTERNAL || status == GH_IN_DOUBT;
  if (!overdue && down && !operation.waits) edge->failed(supervisor.exact_ns());
  if (!overdue && !down && !operation.waits && (probe || !says_nothing)) edge->succeeded(probe);
  if (expected.has(status)) return status;
  return failed(operation, call, status, explanation);
}

Error Instance::State::failed(const Operation& operation, const Call& call, std::int32_t status,
                              const std::string& explanation) {
  operation.errors->add();
  auto text = text_of(config.name, operation.name, status, explanation);
  host.log.warn("plugin call failed", {{"plugin", std::string_view(config.name)},
                                       {"operation", std::string_view(operation.name)},
                                       {"status", status_name(status)},
                                       {"explanation", std::string_view(explanation)},
                                       {"request_id", call.request_id}});
  return Error{code_of(status), std::move(text), {}, std::nullopt};
}

Error Instance::State::refused(const Operation& operation, bool full, std::int64_t now_ns) {
  operation.errors->add();
  (full ? refused_full : refused_down)->add();
  Error error{Code::ProviderUnavailable, "plugin " + config.name, {}, std::nullopt};
  const auto pause = edge->breaker().pause_left(now_ns);
  error.detail.append(full ? ": all its places are taken" : pause ? ": is down" : ": is not running");
  if (pause) error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(*pause);
  return error;
}

}  // namespace gatehouse::plugins
