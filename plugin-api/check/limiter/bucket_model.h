// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gatehouse::check::limiter {

// What one bucket of a right limiter answers, by the words of <gatehouse/rate_limiter.h>: it remembers every event and
// counts. For calls that are at most ten seconds behind the newest one.
class BucketModel {
 public:
  struct Answer {
    bool allowed;
    std::uint32_t remaining;
    std::int64_t retry_after_us;
  };

  Answer take(std::int64_t now_us, std::uint32_t limit, std::int64_t window_us) {
    if (const auto wait = wait_of(now_us, limit, window_us); wait > 0) return {false, 0, wait};
    events_.insert(std::upper_bound(events_.begin(), events_.end(), now_us), now_us);
    const auto inside =
        static_cast<std::size_t>(events_.end() - std::upper_bound(events_.begin(), events_.end(), now_us - window_us));
    return {true, limit - static_cast<std::uint32_t>(std::min<std::size_t>(inside, limit)), 0};
  }

 private:
  // How long until fewer than `limit` events are inside the window; also such as lie ahead of a call that comes late
  // count, or the window around them would hold too many.
  std::int64_t wait_of(std::int64_t now_us, std::uint32_t limit, std::int64_t window_us) const {
    if (events_.size() < limit) return 0;
    const auto oldest = events_[events_.size() - limit];
    return std::max<std::int64_t>(oldest + window_us - now_us, 0);
  }

  std::vector<std::int64_t> events_;  // sorted
};

}  // namespace gatehouse::check::limiter
