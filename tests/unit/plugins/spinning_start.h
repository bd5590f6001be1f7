// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <thread>

namespace gatehouse::test {

// Lets threads go within nanoseconds of each other, again and again: a barrier that sleeps would let them go one by
// one, and races of a few instructions would never happen.
class SpinningStart {
 public:
  explicit SpinningStart(int threads) : threads_(threads) {}

  void together() {
    const int arrived = arrived_.fetch_add(1) + 1;
    const int wanted = (arrived + threads_ - 1) / threads_ * threads_;
    for (int spins = 0; arrived_.load(std::memory_order_relaxed) < wanted; ++spins) {
      if (spins % 1000 == 999) std::this_thread::yield();
    }
  }

 private:
  const int threads_;
  std::atomic<int> arrived_{0};
};

}  // namespace gatehouse::test
