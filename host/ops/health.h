// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse {
class Log;
}

namespace gatehouse::ops {

// One thing that must work for a request to succeed: a store, the keys. Called from any thread, with a deadline of at
// most a second.
struct ReadinessCheck {
  std::string name;  // snake_case, in the answer of readyz
  std::function<Result<void>(const Call&)> run;
};

// The three questions an orchestrator asks, kept apart on purpose:
//   livez     does the process answer at all? Never asks a dependency, so that an outage of a store restarts nothing.
//   startupz  is the start over?
//   readyz    send requests here? No while starting and draining, and while any check fails.
// An answer names each check, never the reason: that is in the log, once when a check changes its mind. Any thread.
class Health {
 public:
  // The log outlives this.
  Health(std::vector<ReadinessCheck> checks, Log& log);

  void started() noexcept;
  void draining() noexcept;

  http::Response livez() const;
  http::Response startupz() const;
  http::Response readyz(const http::Request& request);

 private:
  bool passes(std::size_t i, const Call& call);

  std::vector<ReadinessCheck> checks_;
  std::unique_ptr<std::atomic<bool>[]> failing_;  // by check, as last seen
  Log& log_;
  std::atomic<bool> started_{false};
  std::atomic<bool> draining_{false};
};

}  // namespace gatehouse::ops
