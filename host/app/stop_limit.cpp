// SPDX-License-Identifier: Apache-2.0
#include "app/stop_limit.h"

#include <utility>

namespace gatehouse::app {

StopLimit::StopLimit(std::chrono::milliseconds patience, std::function<void()> give_up)
    : thread_([this, patience, give_up = std::move(give_up)] {
        std::unique_lock lock(mutex_);
        if (!wake_.wait_for(lock, patience, [this] { return over_; })) give_up();
      }) {}

StopLimit::~StopLimit() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

}  // namespace gatehouse::app
