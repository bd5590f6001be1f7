// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <limits>

namespace gatehouse::convoy {

// Threads that sleep, and are woken all at once by one call of the kernel (futex(2), FUTEX_WAKE_BITSET). One that is
// woken by a call of its own takes the processor from the thread that wakes, before that has woken the next one. Each
// sleeps by one of 32 bells; who is woken by somebody else's looks around and goes on sleeping. Any thread.
class Bells {
 public:
  using Mask = std::uint32_t;

  static constexpr std::int64_t for_ever = std::numeric_limits<std::int64_t>::max();

  // Until `told` says so, which it has to before ring(). False: it was `until_ns` of CLOCK_MONOTONIC before, which it
  // never is for_ever.
  template <class Told>
  bool sleep(Mask mask, std::int64_t until_ns, const Told& told) noexcept {
    constexpr std::int64_t second_ns = 1'000'000'000;
    const std::int64_t end_ns = std::max<std::int64_t>(until_ns, 0);
    const timespec end{end_ns / second_ns, end_ns % second_ns};
    // A time so far away is over at once where the clock of the machine is ahead of this process's
    // (time_namespaces(7)).
    const timespec* const limit = until_ns == for_ever ? nullptr : &end;
    for (;;) {
      // Before looking: a stroke between the look and the sleep ends the sleep at once.
      const auto seen = strokes_.load(std::memory_order_acquire);
      if (told()) return true;
      if (call(FUTEX_WAIT_BITSET_PRIVATE, seen, limit, mask) != 0 && errno == ETIMEDOUT && limit != nullptr) {
        return told();
      }
    }
  }

  // `mask`: of one or several.
  void ring(Mask mask) noexcept {
    if (mask == 0) return;
    strokes_.fetch_add(1, std::memory_order_release);
    constexpr std::uint32_t everybody = INT32_MAX;
    call(FUTEX_WAKE_BITSET_PRIVATE, everybody, nullptr, mask);
  }

 private:
  long call(int operation, std::uint32_t value, const timespec* end, Mask mask) noexcept {
    return ::syscall(SYS_futex, &strokes_, operation, value, end, nullptr, mask);
  }

  std::atomic<std::uint32_t> strokes_{0};
  static_assert(sizeof(long) == 8, "timespec is what SYS_futex takes");
  static_assert(sizeof strokes_ == 4 && std::atomic<std::uint32_t>::is_always_lock_free, "a word of the kernel's");
};

}  // namespace gatehouse::convoy
