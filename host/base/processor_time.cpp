// SPDX-License-Identifier: Apache-2.0
#include "base/processor_time.h"

#include <pthread.h>
#include <time.h>

namespace gatehouse {

std::chrono::nanoseconds processor_time_of(std::thread& thread) noexcept {
  clockid_t clock{};
  timespec used{};
  if (::pthread_getcpuclockid(thread.native_handle(), &clock) != 0 || ::clock_gettime(clock, &used) != 0) return {};
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace gatehouse
