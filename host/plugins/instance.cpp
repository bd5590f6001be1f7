// SPDX-License-Identifier: Apache-2.0
#include "plugins/instance.h"

#include "plugins/instance_state.h"
#include "plugins/interfaces.h"

#include <gatehouse/store_watch.h>

#include <algorithm>
#include <thread>

namespace gatehouse::plugins {
namespace {

// Spread by the golden ratio: verbs that take turns in one place (get, commit, get, ..) are all met, which every 64th
// call of the place would not do.
bool one_in_64(std::uint32_t number) noexcept { return (number * 0x9E37'79B9U) >> 26 == 0; }

}  // namespace

void* live_receiver(void* context) noexcept {
  const auto* frame = CallSlot::frame_of(context);
  return frame == nullptr ? nullptr : frame->receiver;
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
  require_offered_interfaces(entry);
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
  const auto answer = state.start();
  if (answer.status == GH_UNAVAILABLE || answer.status == GH_TIMEOUT) throw Unreachable(answer.text);
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
  const auto answer = state.drain();
  if (answer.status != GH_OK) {
    state.host.log.warn("plugin did not drain", {{"plugin", std::string_view(state.config.name)},
                                                 {"explanation", std::string_view(answer.text)}});
  }
}

const std::string& Instance::name() const noexcept { return state_->config.name; }

unsigned Instance::places() const noexcept {
  return state_->edge->slots().size() - (assigned(GH_STORE_WATCH_V1) ? 1 : 0);
}

bool Instance::offers(std::string_view interface_id) const noexcept {
  return find_interface(state_->entry, interface_id) != nullptr;
}

bool Instance::assigned(std::string_view interface_id) const noexcept {
  const auto& all = state_->interfaces;
  return std::any_of(all.begin(), all.end(), [&](const auto& each) { return each.id == interface_id; });
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
  const bool waits = timing == Timing::Waits;
  return state.edge->add({at->table, std::move(name), &duration, &errors, timing == Timing::OneIn64, waits});
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
  const bool passes = operation.waits ? edge.breaker().started() : edge.breaker().closed();
  if (!passes) {
    const auto entry = operation.waits ? Breaker::Entry::Refused : edge.breaker().admit(state.supervisor.exact_ns());
    if (entry == Breaker::Entry::Refused) {
      edge.slots().release(*slot);
      return state.refused(operation, false, now_ns);
    }
    probe = entry == Breaker::Entry::Probe;
  }

  const auto raw = raw_call(call, deadline_ns, slot->context());
  const bool timed = !operation.waits && (!operation.sampled || one_in_64(slot->generation()));
  const auto began = timed ? state.host.clock.steady() : Steady{};
  std::int32_t status = GH_INTERNAL;
  try {
    const Wait wait(edge.waits() ? call.waits : nullptr);
    const auto answered = body(Entered{operation.table, state.self, raw, slot->context()});
    status = sanitised(answered);
    if (status != answered) frame.explanation = unknown_status(answered);
  } catch (...) {
    frame.explanation = std::string("an exception came out of the call") + a_defect;
  }
  if (timed) {
    const auto taken = state.host.clock.steady() - began;
    operation.duration->observe(std::chrono::duration<double>(taken).count());
    edge.observe(taken);
  }
  const bool overdue = slot->overdue();
  edge.slots().release(*slot, status);
  if (expected.has(status) && !overdue) {
    if (!operation.waits) edge.succeeded(probe);
    return status;
  }
  return state.settle(operation, call, expected, status, frame.explanation, overdue, probe);
}

Error Instance::disbelieve(const Operation& operation, const Call& call, std::string_view what) {
  return state_->failed(operation, call, GH_INTERNAL, std::string(what) + a_defect);
}

}  // namespace gatehouse::plugins
