// SPDX-License-Identifier: Apache-2.0
#include "ops/readiness_probe.h"

#include <exception>
#include <utility>

namespace gatehouse::ops {

ReadinessProbe::~ReadinessProbe() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  asked_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void ReadinessProbe::begin(Steady deadline, Time now) {
  const std::lock_guard lock(mutex_);
  if (running_) return;
  // Nothing borrowed from a request: it may have had its answer when the check comes back.
  call_ = {deadline, now, "readyz", {}, {}};
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  running_ = true;
  asked_.notify_one();
}

std::optional<Result<void>> ReadinessProbe::wait(std::chrono::nanoseconds patience) {
  std::unique_lock lock(mutex_);
  if (!done_.wait_for(lock, patience, [this] { return !running_; })) return std::nullopt;
  return result_;
}

bool ReadinessProbe::changed(bool failed) {
  const std::lock_guard lock(mutex_);
  return std::exchange(failing_, failed) != failed;
}

void ReadinessProbe::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    asked_.wait(lock, [this] { return running_ || stopping_; });
    if (!running_) return;
    const auto call = call_;
    lock.unlock();
    Result<void> result;
    try {
      result = check_.run(call);
    } catch (const std::exception& error) {
      result = Error{Code::Internal, error.what(), {}, {}};
    }
    lock.lock();
    result_ = std::move(result);
    running_ = false;
    done_.notify_all();
  }
}

}  // namespace gatehouse::ops
