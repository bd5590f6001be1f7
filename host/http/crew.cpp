// SPDX-License-Identifier: Apache-2.0
#include "http/crew.h"

#include "base/alternate_stack.h"

#include <pthread.h>

#include <algorithm>
#include <system_error>

namespace gatehouse::http {
namespace {

constexpr std::chrono::milliseconds busy_interval{10};
constexpr std::chrono::milliseconds idle_interval{50};

}  // namespace

bool Crew::Member::end() noexcept {
  turn_.store(turn_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  auto& surplus = crew_.surplus_;
  auto left = surplus.load(std::memory_order_relaxed);
  while (left > 0) {
    if (surplus.compare_exchange_weak(left, left - 1, std::memory_order_relaxed)) return false;
  }
  return true;
}

Crew::~Crew() { join(); }

void Crew::start() {
  const std::lock_guard lock(mutex_);
  stopping_ = false;
  while (members_.size() < size_) add();
  watcher_ = std::thread([this] { watch(); });
}

void Crew::add() {
  auto& member = members_.emplace_back(*this);
  try {
    member.thread_ = std::thread([this, &member] {
      const AlternateStack stack;
      work_(member);
      member.gone_.store(true, std::memory_order_release);
    });
  } catch (...) {
    members_.pop_back();
    throw;
  }
  pthread_setname_np(member.thread_.native_handle(), "front");
}

void Crew::join() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (watcher_.joinable()) watcher_.join();
  // Nobody adds any more, so the list needs no lock, and a thread that is stuck does not hold one.
  for (auto& member : members_) member.thread_.join();
  members_.clear();
}

std::size_t Crew::threads() const {
  const std::lock_guard lock(mutex_);
  return members_.size();
}

bool Crew::look() {
  const std::lock_guard lock(mutex_);
  std::size_t stuck = 0;
  bool busy = false;
  for (auto at = members_.begin(); at != members_.end();) {
    if (at->gone_.load(std::memory_order_acquire)) {
      at->thread_.join();
      at = members_.erase(at);
      continue;
    }
    const auto turn = at->turn_.load(std::memory_order_relaxed);
    if (turn % 2 == 1 && turn == at->seen_) ++stuck;
    busy = busy || turn % 2 == 1 || turn != at->seen_;
    at->seen_ = turn;
    ++at;
  }
  // When all are stuck, the next ones are likely to be too: twice as many, or it would take a look for each few.
  const auto wanted = std::min(size_ + (stuck == members_.size() ? 2 * stuck : stuck), most_);
  const auto have = members_.size();
  surplus_.store(have > wanted ? static_cast<int>(have - wanted) : 0, std::memory_order_relaxed);
  try {
    while (members_.size() < wanted) add();
  } catch (const std::exception&) {
    // No thread or memory to be had now: the next look tries again.
  }
  return busy;
}

void Crew::watch() {
  auto interval = busy_interval;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, interval, [this] { return stopping_; })) {
    lock.unlock();
    interval = look() ? busy_interval : idle_interval;
    lock.lock();
  }
}

}  // namespace gatehouse::http
