// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace example_limiter {

struct Verdict {
  bool allowed = false;
  std::uint32_t remaining = 0;
  std::int64_t retry_after_us = 0;
};

// An exact sliding window for any number of keys: each remembers the times of its last `limit` events, and another one
// is allowed when the oldest of them has left the window that ends now. Any thread.
//
// All times come from the host. They may arrive a little out of order (two requests, two threads): up to ten seconds
// behind the newest event of its key, a call is judged as if it had come in time. Further behind, the clock has been
// set back, and events in the future count as of now: or everybody would wait for the clock to catch up.
class SlidingWindow {
 public:
  // A key that can refuse nobody any more is forgotten; at most `max_keys` are remembered at a time.
  explicit SlidingWindow(std::size_t max_keys) : max_keys_(max_keys) {}

  // Counts one event if the window has room. Nothing: all places for keys are taken.
  std::optional<Verdict> take(std::string_view key, std::uint32_t limit, std::int64_t window_us, std::int64_t now_us);
  void forget(std::string_view key);

 private:
  struct Bucket {
    std::int64_t window_us = 0;
    std::vector<std::int64_t> events;  // in order, the newest last
  };

  void drop_dead_buckets(std::int64_t now_us);

  const std::size_t max_keys_;
  std::mutex mutex_;
  // Everything below is protected by mutex_.
  std::unordered_map<std::string, Bucket> buckets_;
  std::size_t drop_at_ = 1024;  // so many keys are looked through; twice as many as stayed the last time
};

}  // namespace example_limiter
