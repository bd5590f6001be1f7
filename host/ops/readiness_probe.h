// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace gatehouse::ops {

// One thing that must work for a request to succeed: a store, the keys. Called with a deadline of at most a second.
struct ReadinessCheck {
  std::string name;  // snake_case, in the answer of readyz
  std::function<Result<void>(const Call&)> run;
};

// Runs a check on a thread of its own, which begins with the first run, so that nobody waits longer than he wants to:
// a plugin that hangs holds this one thread. Any thread.
class ReadinessProbe {
 public:
  explicit ReadinessProbe(ReadinessCheck check) : check_(std::move(check)) {}
  ~ReadinessProbe();  // waits for a check that runs
  ReadinessProbe(const ReadinessProbe&) = delete;
  ReadinessProbe& operator=(const ReadinessProbe&) = delete;

  const std::string& name() const noexcept { return check_.name; }

  // Runs the check, unless it is running.
  void begin(Steady deadline, Time now);
  // What the check said; nothing when it has not come back after `patience`.
  std::optional<Result<void>> wait(std::chrono::nanoseconds patience);
  // Remembers whether it failed. True: it had not the last time, or the other way round.
  bool changed(bool failed);

 private:
  void work();

  const ReadinessCheck check_;
  std::mutex mutex_;
  std::condition_variable asked_;
  std::condition_variable done_;
  // Guarded by mutex_.
  Call call_{};
  bool running_ = false;
  bool stopping_ = false;
  bool failing_ = false;
  Result<void> result_;
  std::thread thread_;
};

}  // namespace gatehouse::ops
