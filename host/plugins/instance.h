// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/error.h"
#include "base/result.h"
#include "plugins/load_error.h"
#include "plugins/settings.h"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

struct gh_plugin;
struct gh_instance;
struct gh_call;

namespace gatehouse {
class Clock;
class Log;
class MetricRegistry;
class Random;
}  // namespace gatehouse

namespace gatehouse::plugins {

class Operation;
class Supervisor;

struct InstanceConfig {
  std::string name = {};                            // the operator's name for it
  std::string state_dir = {};                       // absolute
  std::vector<ConfigEntry> settings = {};           // defaults are added; texts are wiped after create
  unsigned max_calls = 64;                          // bulkhead; the plugin's own max_concurrency lowers it
  std::chrono::milliseconds start_timeout{30'000};  // of create, start and drain, each
  std::chrono::milliseconds call_timeout{5'000};    // shortens a caller's deadline, never lengthens it
  unsigned breaker_failures = 5;                    // calls in a row that were overdue, timed out or unavailable
  std::chrono::milliseconds breaker_pause{1'000};   // then one call is let through to try
};

// What an instance needs of the host. References outlive it.
struct HostServices {
  const Clock& clock;
  Random& random;
  Log& log;
  MetricRegistry& metrics;
  // The process's one. Without it nobody reports overdue calls, and a callback of the plugin after the instance has
  // ended finds nothing: for tests and for commands that only look.
  Supervisor* supervisor = nullptr;
};

// Statuses a caller wants to see as statuses; GH_OK always is one.
class StatusSet {
 public:
  constexpr StatusSet(std::initializer_list<std::int32_t> statuses) {
    for (const auto status : statuses) bits_ |= 1u << status;
  }
  constexpr bool has(std::int32_t status) const noexcept { return (bits_ >> status & 1u) != 0; }

 private:
  std::uint32_t bits_ = 1u;
};

// What a call finds on the plugin's side of the door.
struct Entered {
  const void* table;  // of the operation's interface
  gh_instance* self;
  const gh_call& call;
  void* context;  // for every sink that is handed in; see receiver_of()
};

// A reference to a function object that outlives the call it is passed to.
class Body {
 public:
  template <class F, class = std::enable_if_t<!std::is_same_v<std::remove_cv_t<F>, Body>>>
  Body(F& function) noexcept  // NOLINT(google-explicit-constructor)
      : function_(&function), run_([](void* f, const Entered& in) { return (*static_cast<F*>(f))(in); }) {}
  std::int32_t operator()(const Entered& in) const { return run_(function_, in); }

 private:
  void* function_;
  std::int32_t (*run_)(void*, const Entered&);
};

// How often calls of an operation are timed. Two looks at a clock cost about 50 ns, more than the rest of the passage,
// so operations that may be faster than that are sampled; every call counts for errors, breaker and watchdog all the
// same.
//
// Waits is for calls that wait until something happens, and those that begin and end that: how long they take says
// nothing about the plugin, nor does their answer about its backend. So they are not timed, an open breaker lets them
// in and what they answer does not count for it; overdue ones do.
enum class Timing : std::uint8_t { EveryCall, OneIn64, Waits };

// One configured plugin, guarded: a bulkhead bounds the threads inside it (a full one refuses at once, it never lets a
// thread wait), a breaker answers at once while it is down, the supervisor reports calls that are overdue, every status
// outside the closed set is Internal, and nothing unwinds out of it. Constructor, start, drain and destructor run on
// the thread that owns the instance; `enter` may be called from any thread.
class Instance {
 public:
  // Calls the plugin's create. `entry` stays valid for ever (PluginFile pins its code; tests pass a static table).
  // `interfaces`: the ids the config assigns; every one must be offered with every required slot filled.
  // Throws LoadError.
  Instance(const gh_plugin& entry, InstanceConfig config, HostServices host, std::vector<std::string> interfaces);
  // Drains when started, then destroys. When calls are still inside after the drain's time, the plugin is left as it
  // is: freeing what a thread uses is worse than a leak at the end.
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // Checks every interface it offers, then asks the plugin whether these settings can be right, without I/O and without
  // keeping anything. Throws LoadError.
  static void check(const gh_plugin& entry, InstanceConfig config, HostServices host);

  void start();  // throws LoadError, or Unreachable, with the plugin's words
  void drain() noexcept;

  const std::string& name() const noexcept;
  // So many calls may be inside at a time, beside the one that waits for changes.
  unsigned places() const noexcept;
  bool offers(std::string_view interface_id) const noexcept;
  // Whether the config assigns it: its verbs can be called.
  bool assigned(std::string_view interface_id) const noexcept;
  // True between start and drain, unless the breaker is open: readiness says so.
  bool healthy() const noexcept;

  // A verb of an assigned interface, for `enter`; lives as long as the instance. Start-up only; throws LoadError for an
  // interface that was not assigned.
  const Operation& operation(std::string_view interface_id, std::string_view verb, Timing timing);

  // Runs `body` once, inside the guards, and maps the status it returns: GH_OK and those in `expected` come back as the
  // status, every other becomes an Error (ProviderUnavailable, InDoubt, Internal) whose detail has the plugin's words,
  // which are in the log too. A full bulkhead or an open breaker is ProviderUnavailable without a call.
  // `receiver` is what receiver_of() gives the sinks. What `body` throws is Internal.
  Result<std::int32_t> enter(const Operation& operation, const Call& call, StatusSet expected, void* receiver,
                             Body body);

  // For an answer that came with a good status and cannot be: reported and counted as a call that failed, with `what`
  // in place of the plugin's words. Internal.
  Error disbelieve(const Operation& operation, const Call& call, std::string_view what);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// For the host's side of a sink: the receiver given to the `enter` that made `context`, or null when that call has
// ended or another thread runs it. A plugin may do either; then nothing must be delivered.
void* live_receiver(void* context) noexcept;
template <class T>
T* receiver_of(void* context) noexcept {
  return static_cast<T*>(live_receiver(context));
}

}  // namespace gatehouse::plugins
