// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "context.h"

#include <gatehouse/host.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <random>

namespace gatehouse::check {

// The host's services for one instance, which look at how the plugin uses them. Its random bytes are the same in every
// run. Its wall clock is far from the time of any call. Made with new and never freed: a plugin that calls it after
// destroy finds it, and fails the case.
class HostProbe {
 public:
  explicit HostProbe(Context& context);
  HostProbe(const HostProbe&) = delete;
  HostProbe& operator=(const HostProbe&) = delete;

  const gh_host& table() const noexcept { return table_; }
  // The instance is being destroyed.
  void close() noexcept { open_.store(false, std::memory_order_release); }

 private:
  static HostProbe& of(void* context, const char* service);

  Context& context_;
  std::atomic<bool> open_{true};
  std::mutex mutex_;
  std::mt19937_64 random_;  // guarded by mutex_
  gh_host table_{};
};

}  // namespace gatehouse::check
