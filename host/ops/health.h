// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/request.h"
#include "http/response.h"
#include "ops/readiness_probe.h"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse {
class Log;
}

namespace gatehouse::ops {

// A plugin as readyz shows it, beside the checks: for people, it decides nothing.
struct PluginState {
  std::string name;
  std::function<bool()> up;  // without calling the plugin
};

// Who has the work of a chain of plugins since the start, and who was passed over: for people, it decides nothing.
struct ChainState {
  struct Skipped {
    std::string plugin;
    std::string why;  // one word
  };
  std::string name;  // the chain's setting
  std::string chosen;
  std::vector<Skipped> skipped = {};
  std::string note = {};  // what an operator must not miss, or empty
};

// The three questions an orchestrator asks, kept apart on purpose:
//   livez     does the process answer at all? Never asks a dependency, so that an outage of a store restarts nothing.
//   startupz  is the start over?
//   readyz    send requests here? No while starting and draining, and while any check fails.
// An answer names each check, never the reason: that is in the log, once when a check changes its mind. Checks run side
// by side on threads of their own, so that readyz answers within a second whatever hangs; one that has not come back is
// not run again meanwhile. Any thread. The destructor waits for checks that run.
class Health {
 public:
  // The log outlives this.
  Health(std::vector<ReadinessCheck> checks, Log& log, std::vector<PluginState> plugins = {},
         const std::vector<ChainState>& chains = {});

  void started() noexcept;
  void draining() noexcept;

  http::Response livez() const;
  http::Response startupz() const;
  http::Response readyz(const http::Request& request);

 private:
  // What a check said, or nothing when it has not come back; tells the log when that is new.
  bool passed(ReadinessProbe& probe, const std::optional<Result<void>>& result);

  std::vector<std::unique_ptr<ReadinessProbe>> probes_;
  std::vector<PluginState> plugins_;
  const std::string chains_;  // as readyz shows them: they do not change
  Log& log_;
  std::atomic<bool> started_{false};
  std::atomic<bool> draining_{false};
};

}  // namespace gatehouse::ops
