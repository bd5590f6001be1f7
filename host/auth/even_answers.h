// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/random.h"

#include <array>
#include <chrono>
#include <cstdint>

namespace gatehouse::auth {

// When an answer that must not tell by its time what happened may leave: `least` after the request came, and a random
// part of `jitter` later. The wait is the front's timer's and holds no thread.
inline Steady even_release(Steady received, std::chrono::milliseconds least, std::chrono::microseconds jitter,
                           Random& random) {
  std::array<std::uint8_t, 4> bytes{};
  // Without randomness the longest delay: never a shorter one.
  if (random.fill(bytes)) {
    std::uint32_t number = 0;
    for (const auto byte : bytes) number = (number << 8) | byte;
    const auto span = static_cast<std::uint64_t>(jitter.count()) + 1;
    jitter = std::chrono::microseconds(static_cast<std::int64_t>(number % span));
  }
  return received + least + jitter;
}

// How long an answer about a mail takes at least.
struct EvenAnswers {
  std::chrono::milliseconds least{300};
  std::chrono::milliseconds jitter{50};
};

}  // namespace gatehouse::auth
