// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/random.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>

namespace gatehouse::crypto::testing {

// Moves only when told to.
class ManualClock final : public Clock {
 public:
  Time now() const override { return Time(std::chrono::microseconds(elapsed_.load())); }
  Steady steady() const override { return Steady(std::chrono::microseconds(elapsed_.load())); }
  void advance(std::chrono::microseconds by) { elapsed_ += by.count(); }

 private:
  std::atomic<std::int64_t> elapsed_{0};
};

// Counts upwards, or fails.
class FakeRandom final : public Random {
 public:
  [[nodiscard]] bool fill(std::span<std::uint8_t> out) override {
    if (broken) return false;
    for (auto& byte : out) byte = next_++;
    return true;
  }
  bool broken = false;

 private:
  std::uint8_t next_ = 0;
};

}  // namespace gatehouse::crypto::testing
