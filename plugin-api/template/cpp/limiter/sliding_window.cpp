// SPDX-License-Identifier: Apache-2.0
#include "sliding_window.h"

#include <algorithm>

namespace example_limiter {
namespace {

constexpr std::int64_t lateness_us = 10'000'000;

// At the ends of time nothing wraps around.
std::int64_t plus(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return b > 0 ? INT64_MAX : INT64_MIN;
  return sum;
}
std::int64_t minus(std::int64_t a, std::int64_t b) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(a, b, &difference)) return b < 0 ? INT64_MAX : INT64_MIN;
  return difference;
}

// How long until an event is `span_us` old; 0 when it is. (Half open: at exactly span_us it has left the window.)
std::int64_t wait_us(std::int64_t event, std::int64_t span_us, std::int64_t now_us) {
  return std::max<std::int64_t>(0, minus(span_us, minus(now_us, event)));
}

}  // namespace

std::optional<Verdict> SlidingWindow::take(std::string_view key, std::uint32_t limit, std::int64_t window_us,
                                           std::int64_t now_us) {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto found = buckets_.find(std::string(key));
  if (found == buckets_.end()) {
    if (buckets_.size() >= std::min(drop_at_, max_keys_)) drop_dead_buckets(now_us);
    if (buckets_.size() >= max_keys_) return std::nullopt;
    found = buckets_.try_emplace(std::string(key)).first;
  }
  Bucket& bucket = found->second;
  auto& events = bucket.events;
  bucket.window_us = window_us;
  if (!events.empty() && events.back() > plus(now_us, lateness_us)) {
    for (auto& event : events) event = std::min(event, now_us);
  }

  if (events.size() >= limit) {
    const auto retry_after = wait_us(events[events.size() - limit], window_us, now_us);
    if (retry_after > 0) return Verdict{false, 0, retry_after};
    events.erase(events.begin(), events.end() - (limit - 1));
  }
  events.insert(std::upper_bound(events.begin(), events.end(), now_us), now_us);
  const auto inside = events.end() - std::upper_bound(events.begin(), events.end(), minus(now_us, window_us));
  return Verdict{true, limit - static_cast<std::uint32_t>(std::min<std::ptrdiff_t>(inside, limit)), 0};
}

void SlidingWindow::forget(std::string_view key) {
  const std::lock_guard<std::mutex> lock(mutex_);
  buckets_.erase(std::string(key));
}

void SlidingWindow::drop_dead_buckets(std::int64_t now_us) {
  for (auto at = buckets_.begin(); at != buckets_.end();) {
    const auto& [window_us, events] = at->second;
    // A call that comes late may still ask about the window that has just ended.
    const bool dead = events.empty() || wait_us(events.back(), plus(window_us, lateness_us), now_us) == 0;
    at = dead ? buckets_.erase(at) : std::next(at);
  }
  drop_at_ = std::max<std::size_t>(1024, 2 * buckets_.size());
}

}  // namespace example_limiter
