// SPDX-License-Identifier: Apache-2.0
#include "http/crew.h"

#include "base/alternate_stack.h"
#include "base/processor_time.h"

#include <pthread.h>

#include <algorithm>
#include <exception>

namespace gatehouse::http {
namespace {

constexpr std::chrono::milliseconds busy_interval{2};
constexpr std::chrono::milliseconds idle_interval{50};
// Shorter is a thread that others keep from the processor.
constexpr std::chrono::milliseconds away_after{10};
constexpr std::chrono::milliseconds stuck_after{200};
// Using less than this between two looks is not computing.
constexpr std::chrono::microseconds computing{200};
// Threads that are not needed are kept for so many looks.
constexpr unsigned calm_before_retiring = 100;

}  // namespace

bool Crew::Member::end() noexcept {
  turn_.store(turn_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  wait_ends();  // a look may have counted it as away
  return crew_.stay();
}

void Crew::Member::wait_begins() noexcept {
  if (!away_.exchange(true, std::memory_order_relaxed)) crew_.leave();
}

void Crew::Member::wait_ends() noexcept {
  if (away_.load(std::memory_order_relaxed) && away_.exchange(false, std::memory_order_relaxed))
    crew_.free_.fetch_add(1);
}

Crew::Crew(Size size, const Clock& clock, std::function<void(Member&)> work)
    : size_(size),
      clock_(clock),
      free_wanted_(static_cast<int>(size.free)),
      work_(std::move(work)),
      ceiling_(free_wanted_) {}

Crew::~Crew() { join(); }

void Crew::start() {
  const std::lock_guard lock(mutex_);
  stopping_ = false;
  while (members_.size() < size_.free) add();
  watcher_ = std::thread([this] { watch(); });
}

void Crew::add() {
  auto& member = members_.emplace_back(*this);
  free_.fetch_add(1);
  try {
    member.thread_ = std::thread([this, &member] {
      const AlternateStack stack;
      work_(member);
      member.gone_.store(true, std::memory_order_release);
    });
  } catch (...) {
    free_.fetch_sub(1);
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
  // Nobody adds any more, so the list needs no lock, and a thread that is stuck does not hold one. A ticket for each:
  // whoever parks from now on finds one as well.
  for (auto left = members_.size(); left > 0; --left) tickets_.release();
  for (auto& member : members_) member.thread_.join();
  members_.clear();
}

std::size_t Crew::threads() const {
  const std::lock_guard lock(mutex_);
  return members_.size();
}

void Crew::leave() noexcept {
  if (free_.fetch_sub(1) - 1 >= free_wanted_ || wake_one()) return;
  if (full_.load(std::memory_order_relaxed) || short_.exchange(true)) return;
  // Without the lock the watching thread may miss it, and looks a little later.
  wake_.notify_one();
}

bool Crew::wake_one() noexcept {
  auto parked = parked_.load();
  while (parked > 0) {
    if (!parked_.compare_exchange_weak(parked, parked - 1)) continue;
    free_.fetch_add(1);
    tickets_.release();
    return true;
  }
  return false;
}

bool Crew::stay() noexcept {
  auto free = free_.load(std::memory_order_relaxed);
  while (free > ceiling_.load(std::memory_order_relaxed)) {
    if (free_.compare_exchange_weak(free, free - 1)) return park();
  }
  return true;
}

bool Crew::park() noexcept {
  parked_.fetch_add(1);
  // Whoever left between the two has found nobody to wake.
  if (free_.load() < free_wanted_) wake_one();
  tickets_.acquire();
  if (stopping_.load()) return false;
  auto retiring = retiring_.load();
  while (retiring > 0) {
    if (retiring_.compare_exchange_weak(retiring, retiring - 1)) return false;
  }
  return true;
}

void Crew::retire_one() noexcept {
  auto parked = parked_.load();
  while (parked > 0) {
    if (!parked_.compare_exchange_weak(parked, parked - 1)) continue;
    retiring_.fetch_add(1);
    tickets_.release();
    return;
  }
}

void Crew::remove_gone() {
  for (auto at = members_.begin(); at != members_.end();) {
    if (at->gone_.load(std::memory_order_acquire)) {
      at->thread_.join();
      at = members_.erase(at);
    } else {
      ++at;
    }
  }
}

int Crew::find_away(bool& busy, std::size_t& stuck) {
  const auto now = clock_.steady();
  int found = 0;
  for (auto& member : members_) {
    const auto turn = member.turn_.load(std::memory_order_relaxed);
    const bool working = turn % 2 == 1;
    busy = busy || working || turn != member.seen_;
    const bool same = working && turn == member.seen_;
    bool computes = false;
    if (working && !member.away_.load(std::memory_order_relaxed)) {
      const auto used = processor_time_of(member.thread_);
      computes = used - member.used_ > computing;
      member.used_ = used;
    }
    if (!same || computes) member.since_ = now;
    if (now - member.since_ >= away_after && !member.away_.exchange(true, std::memory_order_relaxed)) {
      free_.fetch_sub(1);
      if (member.turn_.load() == turn) {
        ++found;
      } else {
        member.wait_ends();  // its work ended while it was looked at, and it may have been back before it was away
      }
    }
    if (same && now - member.since_ >= stuck_after) ++stuck;
    member.seen_ = turn;
  }
  return found;
}

// Threads up to `wanted` free ones.
void Crew::replace(int wanted, std::size_t stuck) {
  const auto most = size_.most + std::min<std::size_t>(stuck, size_.most_stuck);
  try {
    while (free_.load() < wanted) {
      if (wake_one()) continue;
      if (members_.size() >= most) break;
      add();
    }
  } catch (const std::exception&) {
    // No thread or memory to be had now: the next look tries again.
  }
  full_.store(members_.size() >= most, std::memory_order_relaxed);
}

bool Crew::look() {
  const std::lock_guard lock(mutex_);
  short_ = false;
  remove_gone();
  bool busy = false;
  std::size_t stuck = 0;
  const auto found = find_away(busy, stuck);
  const bool calm = std::none_of(members_.begin(), members_.end(),
                                 [](const auto& member) { return member.away_.load(std::memory_order_relaxed); });
  // While some are away, each that comes back would find itself one too many and be woken again a moment later.
  ceiling_ = calm ? free_wanted_ : 2 * free_wanted_;
  calm_looks_ = calm ? calm_looks_ + 1 : 0;
  if (calm_looks_ >= calm_before_retiring) retire_one();
  // When nobody is free, the next ones are likely to wait as well: more at once, or it would take a look for each few.
  replace(free_.load() <= 0 ? free_wanted_ + found : free_wanted_, stuck);
  return busy;
}

void Crew::watch() {
  auto interval = busy_interval;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait_for(lock, interval, [this] { return stopping_.load() || short_.load(); });
    if (stopping_) return;
    lock.unlock();
    interval = look() ? busy_interval : idle_interval;
    lock.lock();
  }
}

}  // namespace gatehouse::http
