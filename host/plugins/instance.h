// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
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

// A checked setting on its way to a plugin. Secrets are wiped by whoever made them, after create.
struct ConfigEntry {
  std::string key;
  std::variant<bool, std::int64_t, std::string> value;
};

struct InstanceConfig {
  std::string name;       // the operator's name for it
  std::string state_dir;  // absolute
  std::vector<ConfigEntry> settings;
  unsigned max_calls = 64;  // bulkhead; the plugin's own max_concurrency lowers it
  std::chrono::milliseconds start_timeout{30'000};
  std::chrono::milliseconds call_timeout{5'000};    // shortens a caller's deadline, never lengthens it
  unsigned breaker_failures = 5;                    // calls in a row that were overdue or unavailable
  std::chrono::milliseconds breaker_pause{1'000};   // then one call is let through to try
};

// What an instance needs of the host. References outlive it.
struct HostServices {
  const Clock& clock;
  Random& random;
  Log& log;
  MetricRegistry& metrics;
};

// One configured plugin, guarded: a bulkhead bounds the threads inside it, a breaker answers at once while it is down,
// a watchdog reports calls that are overdue, every status outside the closed set is Internal. create, start, drain and
// destroy happen on the thread that owns the instance; `enter` may be called from any thread.
class Instance {
 public:
  // Calls the plugin's create. `entry` stays valid for ever (PluginFile pins its code; tests pass a static table).
  // `interfaces`: the ids the config assigns; every one must be offered with every required slot filled.
  // Throws LoadError.
  Instance(const gh_plugin& entry, InstanceConfig config, HostServices host, std::vector<std::string> interfaces);
  ~Instance();  // drains when started, destroys
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  void start();  // throws LoadError with the plugin's words
  void drain();

  const std::string& name() const noexcept;
  bool offers(std::string_view interface_id) const noexcept;
  // False while the breaker is open: readiness says so.
  bool healthy() const noexcept;

  // Runs `body` with the interface's table, the plugin's handle and a filled gh_call; maps the status it returns.
  // Ok and the statuses in `expected` come back as the status; every other becomes an Error (ProviderUnavailable, InDoubt,
  // Internal), with the plugin's explanation in the log. A full bulkhead or an open breaker is ProviderUnavailable
  // without a call.
  Result<std::int32_t> enter(std::string_view interface_id, std::string_view operation, const Call& call,
                             std::initializer_list<std::int32_t> expected,
                             const std::function<std::int32_t(const void* table, gh_instance* self, const gh_call& call)>& body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::plugins
