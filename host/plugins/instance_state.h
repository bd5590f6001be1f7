// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "plugins/edge.h"
#include "plugins/instance.h"
#include "plugins/supervisor.h"

#include <gatehouse/plugin.h>

#include <memory>
#include <string>
#include <vector>

// What is behind instance.h; for this folder's sources only.
namespace gatehouse::plugins {

// A status of the closed set; any other is a defect of the plugin.
inline std::int32_t sanitised(std::int32_t status) noexcept {
  return status >= GH_OK && status <= GH_INTERNAL ? status : GH_INTERNAL;
}

inline constexpr const char* a_defect = "; this is a defect of the plugin";
std::string unknown_status(std::int32_t status);

gh_call raw_call(const Call& call, std::int64_t deadline_ns, void* context) noexcept;

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

  // Calls of the life cycle: on the control thread, before or after the time when `enter` is open.
  Answer create(std::uint32_t flags);
  Answer start();
  Answer drain();
  void destroy();

  // The rare end of a call: it failed, or was overdue, which the supervisor has counted against the breaker already.
  Result<std::int32_t> settle(const Operation& operation, const Call& call, StatusSet expected, std::int32_t status,
                              const std::string& explanation, bool overdue, bool probe);
  // Counts and reports a call that failed.
  Error failed(const Operation& operation, const Call& call, std::int32_t status, const std::string& explanation);
  // A call that was not made.
  Error refused(const Operation& operation, bool full, std::int64_t now_ns);
  std::string described() const { return config.name + " (" + entry.id + " " + entry.version + ")"; }

  template <class F>
  Answer control(const Operation& operation, F&& function);

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

}  // namespace gatehouse::plugins
