// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace gatehouse::app {

// Bounds an orderly end: a thread inside a plugin that hangs cannot be ended, and whoever waits for it would wait for
// ever. When this still lives after `patience`, it calls `give_up` on a thread of its own.
class StopLimit {
 public:
  StopLimit(std::chrono::milliseconds patience, std::function<void()> give_up);
  ~StopLimit();
  StopLimit(const StopLimit&) = delete;
  StopLimit& operator=(const StopLimit&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace gatehouse::app
