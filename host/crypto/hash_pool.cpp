// SPDX-License-Identifier: Apache-2.0
#include "crypto/hash_pool.h"

#include "base/alternate_stack.h"
#include "base/metrics.h"

#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace gatehouse::crypto {
namespace {

using Nanoseconds = std::chrono::nanoseconds;

constexpr int low_priority = 10;

// On Linux the priority belongs to the thread. A refusal only costs fairness.
void lower_own_priority() noexcept { setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), low_priority); }

unsigned worker_count(unsigned configured) noexcept {
  return configured != 0 ? configured : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

struct HashPool::State {
  State(HashPoolConfig given, const Clock& clock_, MetricRegistry& metrics)
      : config(given),
        workers(worker_count(given.workers)),
        clock(clock_),
        mean(given.assumed_job),
        queue_length(metrics.gauge("gatehouse_password_hash_queue_length", "Logins waiting for a hash worker.")),
        refused(
            metrics.counter("gatehouse_password_hash_refused_total", "Logins refused because the wait was too long.")),
        failed(metrics.counter("gatehouse_password_hash_job_failures_total", "Hash jobs that ended by an exception.")) {
  }

  std::optional<std::chrono::milliseconds> submit(Job job) {
    {
      const std::lock_guard lock(mutex);
      const auto wait = mean * static_cast<std::int64_t>(queue.size()) / static_cast<std::int64_t>(workers);
      if (!accepting || queue.size() >= config.max_queue || wait > config.max_wait) {
        refused.add();
        return std::chrono::ceil<std::chrono::milliseconds>(std::max(wait, mean));
      }
      queue.push_back(std::move(job));
      queue_length.set(static_cast<std::int64_t>(queue.size()));
    }
    wake.notify_one();
    return std::nullopt;
  }

  void work(HashArena& arena) {
    const AlternateStack stack;
    lower_own_priority();
    while (auto job = next()) {
      const auto begun = clock.steady();
      try {
        (*job)(arena);
      } catch (...) {
        failed.add();
      }
      job.reset();
      learn(clock.steady() - begun);
    }
  }

  // Empty when stopped and nothing is left.
  std::optional<Job> next() {
    std::unique_lock lock(mutex);
    wake.wait(lock, [this] { return !queue.empty() || !accepting; });
    if (queue.empty()) return std::nullopt;
    std::optional<Job> job(std::move(queue.front()));
    queue.pop_front();
    queue_length.set(static_cast<std::int64_t>(queue.size()));
    return job;
  }

  void learn(Nanoseconds took) {
    const std::lock_guard lock(mutex);
    mean = measured ? (mean * 7 + took) / 8 : took;
    measured = true;
  }

  const HashPoolConfig config;
  const unsigned workers;
  const Clock& clock;

  std::mutex mutex;
  std::condition_variable wake;
  // Guarded by mutex.
  std::deque<Job> queue;
  bool accepting = false;
  bool measured = false;
  Nanoseconds mean;  // of recent jobs

  Gauge& queue_length;
  Counter& refused;
  Counter& failed;

  // Of the control thread.
  std::deque<HashArena> arenas;
  std::vector<std::thread> threads;
};

HashPool::HashPool(HashPoolConfig config, const Clock& clock, MetricRegistry& metrics)
    : state_(std::make_unique<State>(config, clock, metrics)) {}

HashPool::~HashPool() { stop(); }

void HashPool::start() {
  auto& state = *state_;
  while (state.arenas.size() < state.workers) state.arenas.emplace_back(state.config.arena_bytes);
  {
    const std::lock_guard lock(state.mutex);
    state.accepting = true;
  }
  for (auto& arena : state.arenas) state.threads.emplace_back([&state, &arena] { state.work(arena); });
}

std::optional<std::chrono::milliseconds> HashPool::submit(Job job) { return state_->submit(std::move(job)); }

void HashPool::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->accepting = false;
  }
  state_->wake.notify_all();
  for (auto& thread : state_->threads) thread.join();
  state_->threads.clear();
}

}  // namespace gatehouse::crypto
