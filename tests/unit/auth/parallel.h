// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "unit/auth/auth_fixture.h"

#include <barrier>
#include <functional>
#include <thread>
#include <vector>

namespace gatehouse::test {

// The answers to `count` requests sent by as many threads at the same moment.
inline std::vector<Answer> all_at_once(int count, const std::function<Answer(int)>& request) {
  std::vector<Answer> answers(static_cast<std::size_t>(count));
  std::barrier start(count);
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      answers[static_cast<std::size_t>(i)] = request(i);
    });
  }
  for (auto& thread : threads) thread.join();
  return answers;
}

}  // namespace gatehouse::test
