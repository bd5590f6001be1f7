// SPDX-License-Identifier: Apache-2.0
#include "http/timer.h"

#include <algorithm>
#include <utility>

namespace gatehouse::http {

Timer::~Timer() { stop(); }

void Timer::start(Duties duties) {
  duties_ = std::move(duties);
  thread_ = std::thread([this] { run(); });
}

void Timer::hold(Connection& connection, Steady at) {
  {
    const std::lock_guard lock(mutex_);
    held_.push({at, &connection});
  }
  wake_.notify_one();
}

std::vector<Connection*> Timer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  std::vector<Connection*> left;
  for (; !held_.empty(); held_.pop()) left.push_back(held_.top().connection);
  return left;
}

void Timer::run() {
  std::unique_lock lock(mutex_);
  auto next_tick = clock_.steady() + interval_;
  while (!stopping_) {
    const auto now = clock_.steady();
    if (!held_.empty() && held_.top().at <= now) {
      auto* connection = held_.top().connection;
      held_.pop();
      lock.unlock();
      duties_.due(*connection);
      lock.lock();
    } else if (next_tick <= now) {
      next_tick = now + interval_;
      lock.unlock();
      duties_.tick(now);
      lock.lock();
    } else {
      const auto until = held_.empty() ? next_tick : std::min(next_tick, held_.top().at);
      wake_.wait_for(lock, until - now);
    }
  }
}

}  // namespace gatehouse::http
