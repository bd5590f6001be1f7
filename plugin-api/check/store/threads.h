// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rounds.h"

#include <atomic>
#include <barrier>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace gatehouse::check::store {

// Runs `body(number)` on `count` threads and waits for all of them.
inline void on_threads(int count, const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  for (int number = 0; number < count; ++number) threads.emplace_back(body, number);
  for (std::thread& thread : threads) thread.join();
}

// As long as `more(rounds done)`: all threads wait for each other, run `attempt(thread, round)` at once, and when all
// are done one of them runs `check(round)`.
inline void in_rounds(int threads, const std::function<bool(int)>& more, const std::function<void(int, int)>& attempt,
                      const std::function<void(int)>& check) {
  std::barrier<> start(threads);
  int round = 0;
  bool another = more(0);
  const auto after = [&]() noexcept {
    check(round++);
    another = more(round);
  };
  std::barrier finish(threads, after);
  on_threads(threads, [&](int number) {
    int at = 0;
    while (another) {
      start.arrive_and_wait();
      attempt(number, at++);
      finish.arrive_and_wait();
    }
  });
}
inline void in_rounds(int threads, int rounds, const std::function<void(int, int)>& attempt,
                      const std::function<void(int)>& check) {
  in_rounds(
      threads, [rounds](int done) { return done < rounds; }, attempt, check);
}
inline void in_rounds(int threads, Rounds& rounds, const std::function<void(int, int)>& attempt,
                      const std::function<void(int)>& check) {
  in_rounds(
      threads, [&rounds](int done) { return rounds.more(done); }, attempt, check);
}

// Writers run to their end; readers go on until the writers are done, and at least once.
inline void readers_while_writers(int readers, const std::function<void()>& read, int writers,
                                  const std::function<void(int)>& write) {
  std::atomic<int> writing{writers};
  on_threads(readers + writers, [&](int number) {
    if (number < writers) {
      write(number);
      --writing;
      return;
    }
    do read();
    while (writing > 0);
  });
}

}  // namespace gatehouse::check::store
