// SPDX-License-Identifier: Apache-2.0
#include "plugins/supervisor.h"

#include "plugins/edge.h"

#include <utility>

namespace gatehouse::plugins {

Supervisor::Supervisor(const Clock& clock, std::chrono::milliseconds interval) : clock_(clock), interval_(interval) {}

Supervisor::~Supervisor() {
  stop();
  for (const auto& edge : edges_) edge->release_left_behind();
  keep_for_good(std::move(edges_));
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
  if (edges_.size() < visible_.size()) visible_[edges_.size()].store(edge.get(), std::memory_order_release);
  edges_.push_back(std::move(edge));
}

std::vector<std::string> Supervisor::running() const {
  std::vector<std::string> calls;
  const std::lock_guard lock(mutex_);
  for (const auto& edge : edges_) {
    for (const auto* operation : std::as_const(*edge).slots().operations()) {
      calls.push_back(operation->name + " of the plugin " + edge->name());
    }
  }
  return calls;
}

Supervisor::Inside Supervisor::inside_here() const noexcept {
  for (const auto& each : visible_) {
    const auto* edge = each.load(std::memory_order_acquire);
    if (edge == nullptr) break;
    Inside inside;
    const auto* operation = edge->slots().operation_here(&inside.request_id);
    if (operation == nullptr) continue;
    inside.plugin = edge->name();
    inside.operation = operation->name;
    return inside;
  }
  return {};
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
