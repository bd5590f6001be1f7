// SPDX-License-Identifier: Apache-2.0
#include "plugins/instance.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "plugins/create_args.h"
#include "plugins/edge.h"
#include "plugins/interfaces.h"
#include "plugins/operation.h"
#include "plugins/supervisor.h"

#include <gatehouse/plugin.h>

#include <algorithm>
#include <thread>

namespace gatehouse::plugins {
namespace {

constexpr std::size_t longest_explanation = 1000;

std::string_view status_name(std::int32_t status) noexcept {
  constexpr std::string_view names[] = {"ok",      "not found", "conflict",    "invalid", "unavailable",
                                        "timeout", "in doubt",  "unsupported", "denied",  "internal"};
  return names[status];
}

std::int32_t sanitised(std::int32_t status) noexcept {
  return status >= GH_OK && status <= GH_INTERNAL ? status : GH_INTERNAL;
}

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

std::string text_of(const std::string& plugin, std::string_view operation, std::int32_t status,
                    const std::string& explanation) {
  auto text = "plugin " + plugin + ": " + std::string(operation) + ": " + std::string(status_name(status));
  if (!explanation.empty()) text.append(": ").append(explanation);
  return text;
}

unsigned places(const gh_plugin& plugin, const InstanceConfig& config) noexcept {
  return plugin.max_concurrency == 0 ? config.max_calls : std::min(config.max_calls, plugin.max_concurrency);
}

Operation named(const char* name) {
  Operation operation;
  operation.name = name;
  return operation;
}

}  // namespace

void* live_receiver(void* context) noexcept {
  const auto* frame = CallSlot::frame_of(context);
  return frame == nullptr ? nullptr : frame->receiver;
}

struct Instance::State {
  struct Interface {
    std::string id;
    const void* table;
  };
  struct Answer {
    std::int32_t status;
    std::string text;
  };

  State(const gh_plugin& plugin, InstanceConfig settings, HostServices services, std::vector<std::string> ids);

  // A call of the life cycle: on the control thread, before or after the time when `enter` is open.
  template <class F>
  Answer control(const Operation& operation, F&& function);
  Answer create(std::uint32_t flags);
  void destroy();

  Result<std::int32_t> settle(const Operation& operation, const Call& call, StatusSet expected, std::int32_t status,
                              const std::string& explanation, bool overdue, bool probe);
  Error refused(const Operation& operation, bool full, std::int64_t now_ns);
  std::string described() const { return config.name + " (" + entry.id + " " + entry.version + ")"; }

  const gh_plugin& entry;
  InstanceConfig config;
  HostServices host;
  const std::unique_ptr<Supervisor> own_supervisor;
  Supervisor& supervisor;
  const std::shared_ptr<Edge> edge;
  const Operation& op_create;
  const Operation& op_start;
  const Operation& op_drain;
  const Operation& op_destroy;
  std::vector<Interface> interfaces;
  Counter* refused_full = nullptr;
  Counter* refused_down = nullptr;
  const std::int64_t call_timeout_ns;
  gh_instance* self = nullptr;
  bool started = false;
};

Instance::State::State(const gh_plugin& plugin, InstanceConfig settings, HostServices services,
                       std::vector<std::string> ids)
    : entry(plugin),
      config(std::move(settings)),
      host(services),
      own_supervisor(host.supervisor == nullptr ? std::make_unique<Supervisor>(host.clock) : nullptr),
      supervisor(own_supervisor ? *own_supervisor : *host.supervisor),
      edge(std::make_shared<Edge>(config.name, places(plugin, config), config.breaker_failures, config.breaker_pause,
                                  host.clock, host.random, host.log, host.metrics)),
      op_create(edge->add(named("create"))),
      op_start(edge->add(named("start"))),
      op_drain(edge->add(named("drain"))),
      op_destroy(edge->add(named("destroy"))),
      call_timeout_ns(std::chrono::nanoseconds(config.call_timeout).count()) {
  for (auto& id : ids) {
    const auto* table = require_interface(entry, id);
    interfaces.push_back({std::move(id), table});
  }
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
    status = sanitised(function(raw));
  } catch (...) {
    frame.explanation = "threw an exception across the plugin ABI, which is a defect of the plugin";
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

void Instance::State::destroy() {
  if (self == nullptr) return;
  control(op_destroy, [&](const gh_call&) {
    entry.destroy(self);
    return GH_OK;
  });
  self = nullptr;
}

Instance::Instance(const gh_plugin& entry, InstanceConfig config, HostServices host,
                   std::vector<std::string> interfaces)
    : state_(std::make_unique<State>(entry, std::move(config), host, std::move(interfaces))) {
  state_->supervisor.watch(state_->edge);
  auto answer = state_->create(0);
  if (state_->self != nullptr) return;
  state_->edge->host().close();
  if (answer.status == GH_OK) answer.text.append(", but made no instance; this is a defect of the plugin");
  throw LoadError(answer.text);
}

void Instance::check(const gh_plugin& entry, InstanceConfig config, HostServices host) {
  State state(entry, std::move(config), host, {});
  state.supervisor.watch(state.edge);
  const auto answer = state.create(GH_CREATE_VALIDATE_ONLY);
  state.destroy();
  state.edge->host().close();
  if (answer.status != GH_OK) throw LoadError(answer.text);
}

Instance::~Instance() {
  drain();
  auto& state = *state_;
  if (state.edge->slots().busy() != 0) {
    state.host.log.error("plugin is left as it is: calls are still running inside it",
                         {{"plugin", std::string_view(state.config.name)}});
    const auto edge = state.edge;
    edge->keep_for_stragglers(std::shared_ptr<State>(std::move(state_)));
    return;
  }
  state.destroy();
  state.edge->host().close();
}

void Instance::start() {
  auto& state = *state_;
  const auto answer =
      state.control(state.op_start, [&](const gh_call& call) { return state.entry.start(state.self, &call); });
  if (answer.status != GH_OK) throw LoadError(answer.text);
  state.started = true;
  state.edge->breaker().start();
  state.edge->set_up(true);
}

void Instance::drain() noexcept {
  auto& state = *state_;
  if (!state.started) return;
  state.started = false;
  state.edge->breaker().stop();
  state.edge->set_up(false);
  // Whoever is inside honours its deadline; wait that long, counted in steps so that a clock that stands still cannot
  // make it endless.
  constexpr std::chrono::milliseconds step{1};
  for (auto left = state.config.call_timeout; left > left.zero() && state.edge->slots().busy() != 0; left -= step) {
    std::this_thread::sleep_for(step);
  }
  if (state.edge->slots().busy() != 0) return;
  const auto answer =
      state.control(state.op_drain, [&](const gh_call& call) { return state.entry.drain(state.self, &call); });
  if (answer.status != GH_OK) {
    state.host.log.warn("plugin did not drain", {{"plugin", std::string_view(state.config.name)},
                                                 {"explanation", std::string_view(answer.text)}});
  }
}

const std::string& Instance::name() const noexcept { return state_->config.name; }

bool Instance::offers(std::string_view interface_id) const noexcept {
  return find_interface(state_->entry, interface_id) != nullptr;
}

bool Instance::healthy() const noexcept { return state_->edge->breaker().closed(); }

const Operation& Instance::operation(std::string_view interface_id, std::string_view verb, Timing timing) {
  auto& state = *state_;
  const auto at = std::find_if(state.interfaces.begin(), state.interfaces.end(),
                               [&](const auto& each) { return each.id == interface_id; });
  if (at == state.interfaces.end()) {
    throw LoadError("plugin " + state.described() + " is not assigned to " + std::string(interface_id));
  }
  auto name = std::string(interface_kind(interface_id)).append(1, '.').append(verb);
  const Labels labels{{"plugin", state.config.name}, {"op", name}};
  auto& duration = state.host.metrics.histogram("gatehouse_plugin_call_duration_seconds",
                                                "Time inside the plugin; of fast operations one call in 64.", labels);
  auto& errors =
      state.host.metrics.counter("gatehouse_plugin_call_errors_total", "Calls that failed or were refused.", labels);
  return state.edge->add({at->table, std::move(name), &duration, &errors, timing == Timing::OneIn64 ? 63u : 0u});
}

Result<std::int32_t> Instance::enter(const Operation& operation, const Call& call, StatusSet expected, void* receiver,
                                     Body body) {
  auto& state = *state_;
  auto& edge = *state.edge;
  const auto now_ns = state.supervisor.now_ns();
  const auto deadline_ns = std::min<std::int64_t>(std::chrono::nanoseconds(call.deadline.time_since_epoch()).count(),
                                                  now_ns + state.call_timeout_ns);
  Frame frame{receiver, &call, {}};
  auto* slot = edge.slots().claim(deadline_ns, operation, frame);
  if (slot == nullptr) return state.refused(operation, true, now_ns);
  bool probe = false;
  if (!edge.breaker().closed()) {
    const auto entry = edge.breaker().admit(state.supervisor.exact_ns());
    if (entry == Breaker::Entry::Refused) {
      edge.slots().release(*slot);
      return state.refused(operation, false, now_ns);
    }
    probe = entry == Breaker::Entry::Probe;
  }

  const auto raw = raw_call(call, deadline_ns, slot->context());
  const bool timed = (slot->generation() & operation.sample_mask) == 0;
  const auto began = timed ? state.host.clock.steady() : Steady{};
  std::int32_t status = GH_INTERNAL;
  try {
    status = sanitised(body(Entered{operation.table, state.self, raw, slot->context()}));
  } catch (...) {
    frame.explanation = "an exception came out of the call";
  }
  if (timed) operation.duration->observe(std::chrono::duration<double>(state.host.clock.steady() - began).count());
  const bool overdue = slot->overdue();
  edge.slots().release(*slot);
  if (expected.has(status) && !overdue) {
    edge.succeeded(probe);
    return status;
  }
  return state.settle(operation, call, expected, status, frame.explanation, overdue, probe);
}

// The rare end of a call: it failed, or was overdue, which the supervisor has counted against the breaker already.
Result<std::int32_t> Instance::State::settle(const Operation& operation, const Call& call, StatusSet expected,
                                             std::int32_t status, const std::string& explanation, bool overdue,
                                             bool probe) {
  const bool down = status == GH_UNAVAILABLE || status == GH_TIMEOUT;
  const bool says_nothing = status == GH_INTERNAL || status == GH_IN_DOUBT;
  if (!overdue && down) edge->failed(supervisor.exact_ns());
  if (!overdue && !down && (probe || !says_nothing)) edge->succeeded(probe);
  if (expected.has(status)) return status;
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
