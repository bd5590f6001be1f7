// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <latch>
#include <thread>
#include <vector>

namespace gatehouse::test {

// How often a race is run: all of `rounds`; a fifth under a sanitizer, which sees a race in fewer rounds than luck
// would need, and where GATEHOUSE_TEST_FEWER_ROUNDS is set: over a network store each costs a multiple.
inline int race_rounds(int rounds) {
#ifdef GATEHOUSE_SANITIZED
  return rounds / 5;
#else
  return std::getenv("GATEHOUSE_TEST_FEWER_ROUNDS") != nullptr ? rounds / 5 : rounds;
#endif
}

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
