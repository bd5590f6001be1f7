// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/random.h"

#include <algorithm>
#include <atomic>
#include <random>

namespace gatehouse::test {

// Wall time that stands still until a test moves it, in either direction. Steady time is real: deadlines are not faked.
class FakeClock final : public Clock {
 public:
  Time now() const override { return Time(std::chrono::microseconds(now_.load())); }
  Steady steady() const override { return std::chrono::steady_clock::now(); }

  void advance(std::chrono::microseconds by) { now_ += by.count(); }
  void set(Time to) { now_ = to.time_since_epoch().count(); }

 private:
  std::atomic<std::int64_t> now_{1'800'000'000'000'000};
};

// The system's randomness, until a test takes it away.
class FailableRandom final : public Random {
 public:
  bool fill(std::span<std::uint8_t> out) override { return !failing_ && system_.fill(out); }
  void fail(bool failing = true) { failing_ = failing; }

 private:
  SystemRandom system_;
  std::atomic<bool> failing_{false};
};

}  // namespace gatehouse::test
