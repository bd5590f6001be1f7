// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "context.h"

#include <cstdint>
#include <functional>
#include <optional>

#include <sys/types.h>

namespace gatehouse::check {

// A child process of a case, to be killed where it stands: for what must survive that. Make it before the case's own
// process has loaded the plugin, and let the child load it. One thread.
class Worker {
 public:
  // Tells the case a number; for instance how many commits were answered.
  using Tell = std::function<void(std::uint64_t)>;

  // `body` runs in the child, which ends after it. context.fail() in there fails the case.
  Worker(Context& context, const std::function<void(const Tell&)>& body);
  ~Worker();  // kill()
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // The next number told; nothing when the child has ended.
  std::optional<std::uint64_t> next();
  // SIGKILL, and waits for its end. What was told before may still be read.
  void kill();
  // Waits for its end. Fails the case when that was not the end of `body`.
  void wait();

 private:
  int reap();

  Context& context_;
  pid_t pid_ = -1;
  int told_ = -1;
};

}  // namespace gatehouse::check
