// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <latch>
#include <thread>
#include <vector>

namespace gatehouse::test {

// Runs `work(i)` on `count` threads that all start at the same moment, and waits for them.
template <class Work>
void race(int count, Work work) {
  std::latch start(count);
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&start, &work, i] {
      start.arrive_and_wait();
      work(i);
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace gatehouse::test
