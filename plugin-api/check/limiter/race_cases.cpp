// SPDX-License-Identifier: Apache-2.0
#include "limiter/cases.h"
#include "limiter/taking.h"
#include "rounds.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <functional>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::check::limiter {
namespace {

constexpr int thread_count = 8;

void on_threads(const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  for (int number = 0; number < thread_count; ++number) threads.emplace_back(body, number);
  for (auto& thread : threads) thread.join();
}

}  // namespace

void exactly_the_limit_of_many(Context& context) {
  Limiter limiter(context);
  constexpr int attempts = 20;
  Rounds rounds(context, "buckets raced for", 150);
  for (int round = 0; rounds.more(round); ++round) {
    const auto limit = static_cast<std::uint32_t>(1 + round % 40);
    const auto key = limiter.key("race" + std::to_string(round));
    std::atomic<std::uint32_t> allowed{0};
    std::barrier start(thread_count);
    on_threads([&](int) {
      start.arrive_and_wait();
      for (int i = 0; i < attempts; ++i) {
        if (limiter.take({.key = key, .limit = limit}).allowed) ++allowed;
      }
    });
    context.expect(allowed == limit, "of " + std::to_string(thread_count * attempts) + " takes at once " +
                                         std::to_string(allowed) + " were allowed, the limit is " +
                                         std::to_string(limit));
  }
}

// Time goes on in steps, and each thread is at its own place of it, never ten seconds behind another.
void no_window_holds_more(Context& context) {
  Limiter limiter(context);
  constexpr std::uint32_t limit = 10;
  constexpr std::int64_t window_us = 2 * second_us;
  const int steps = context.rounds(400);
  const auto key = limiter.key("windows");
  std::mutex mutex;
  std::vector<std::int64_t> events;
  std::barrier step(thread_count);
  on_threads([&](int number) {
    std::mt19937_64 random(context.seed() + static_cast<std::uint64_t>(number));
    std::vector<std::int64_t> mine;
    for (int i = 0; i < steps; ++i) {
      step.arrive_and_wait();
      for (int attempt = 0; attempt < 3; ++attempt) {
        const auto now = usual_now_us + i * (second_us / 2) + static_cast<std::int64_t>(random() % 4'000'000);
        if (limiter.take({.key = key, .limit = limit, .window_us = window_us, .now_us = now}).allowed) {
          mine.push_back(now);
        }
      }
    }
    const std::lock_guard lock(mutex);
    events.insert(events.end(), mine.begin(), mine.end());
  });
  std::sort(events.begin(), events.end());
  for (std::size_t i = limit; i < events.size(); ++i) {
    context.expect(events[i] - events[i - limit] >= window_us,
                   std::to_string(limit + 1) + " events were allowed within " +
                       std::to_string(events[i] - events[i - limit]) + " us, the limit is " + std::to_string(limit) +
                       " in " + std::to_string(window_us));
  }
  // A limiter that is right about the limit and lets nobody in is no use.
  const auto least = static_cast<std::size_t>(steps) * (second_us / 2) / window_us * limit / 2;
  context.expect(events.size() >= least, "only " + std::to_string(events.size()) +
                                             " events were allowed where at least " + std::to_string(least) +
                                             " had room");
}

}  // namespace gatehouse::check::limiter
