// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace gatehouse::check {

// How far a case has come, in memory that its processes and the runner share: what the runner reads when they are gone.
// Any thread. Times are of CLOCK_MONOTONIC, 0: never.
struct Progress {
  struct Running {
    std::atomic<const char*> operation{nullptr};
    std::atomic<std::int64_t> since_ns{0};
  };
  static constexpr std::size_t most_running = 4096;

  std::atomic<const char*> operation{nullptr};  // entered last, a literal
  std::atomic<std::int64_t> last_end_ns{0};     // when a call came back
  std::atomic<std::uint64_t> commits{0};        // that came back
  std::atomic<int> rounds_done{0};
  std::atomic<int> rounds_wanted{0};            // 0: the case has none
  std::array<Running, most_running> running{};  // calls that have not come back
};

}  // namespace gatehouse::check
