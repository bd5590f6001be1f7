// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace gatehouse::store_memory {

// How many bytes records may take, all together. Without a limit nothing is counted. Any thread.
class Budget {
 public:
  // 0: no limit.
  explicit Budget(std::uint64_t limit) noexcept : limit_(static_cast<std::int64_t>(limit)) {}

  bool limited() const noexcept { return limit_ != 0; }

  // False: that would be too much, and nothing was taken. Giving back (a negative number) always works.
  bool take(std::int64_t bytes) noexcept {
    if (!limited() || bytes == 0) return true;
    const std::int64_t used = used_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    if (bytes < 0 || used <= limit_) return true;
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
  }

 private:
  const std::int64_t limit_;
  std::atomic<std::int64_t> used_{0};
};

}  // namespace gatehouse::store_memory
