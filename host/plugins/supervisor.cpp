// SPDX-License-Identifier: Apache-2.0
#include "plugins/supervisor.h"

#include "plugins/edge.h"

namespace gatehouse::plugins {

Supervisor::Supervisor(const Clock& clock, std::chrono::milliseconds interval) : clock_(clock), interval_(interval) {}

Supervisor::~Supervisor() {
  stop();
  for (const auto& edge : edges_) edge->release_left_behind();
}

std::int64_t Supervisor::exact_ns() const noexcept {
  return std::chrono::nanoseconds(clock_.steady().time_since_epoch()).count();
}

void Supervisor::start() {
  if (thread_.joinable()) return;
  coarse_ns_.store(exact_ns(), std::memory_order_relaxed);
  thread_ = std::thread([this] { run(); });
}

void Supervisor::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  coarse_ns_.store(0, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  stopping_ = false;
}

void Supervisor::look() {
  const auto now = exact_ns();
  if (coarse_ns_.load(std::memory_order_relaxed) != 0) coarse_ns_.store(now, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  for (const auto& edge : edges_) edge->look(now);
}

void Supervisor::watch(std::shared_ptr<Edge> edge) {
  const std::lock_guard lock(mutex_);
  edges_.push_back(std::move(edge));
}

void Supervisor::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, interval_, [this] { return stopping_; })) return;
    }
    look();
  }
}

}  // namespace gatehouse::plugins
