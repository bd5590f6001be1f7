// SPDX-License-Identifier: Apache-2.0
#include "convoy.h"

#include <time.h>
#include <algorithm>
#include <cerrno>

namespace gatehouse::convoy {
Convoy::Traveller::Traveller(std::string_view group, std::int64_t deadline_ns) noexcept
    : group_(group), deadline_ns_(deadline_ns) {
  ::sem_init(&told_, 0, 0);
}

Convoy::Traveller::~Traveller() { ::sem_destroy(&told_); }

// A semaphore and no condition: who is woken by one has to wait for the mutex of all once more.
void Convoy::Traveller::become(State state) noexcept {
  state_.store(state, std::memory_order_release);
  // The traveller may be gone as soon as it is told.
  ::sem_post(&told_);
}

bool Convoy::Traveller::sleep() noexcept {
  constexpr std::int64_t second_ns = 1'000'000'000;
  // A host's deadlines are times of this clock.
  const std::int64_t until_ns = std::max<std::int64_t>(deadline_ns_, 0);
  const timespec until{until_ns / second_ns, until_ns % second_ns};
  while (::sem_clockwait(&told_, CLOCK_MONOTONIC, &until) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

Convoy::Outcome Convoy::travel(Traveller& traveller, const Drive& drive) {
  using State = Traveller::State;
  if (!has_time(traveller, host_.monotonic_ns())) return Outcome::Alone;
  // Before there is a lane to lose: from then on nothing but `drive` fails.
  Travellers all;
  all.reserve(seats_);
  if (!enter(traveller)) {
    if (!traveller.sleep()) {
      if (leave(traveller)) return Outcome::Late;
      // Somebody has it aboard, or is about to tell it something else.
      while (::sem_wait(&traveller.told_) != 0) {
      }
    }
    const State told = traveller.state_.load(std::memory_order_acquire);
    if (told == State::Arrived) return Outcome::Arrived;
    if (told == State::Alone) return Outcome::Alone;
    // It may have been long in waking up.
    if (!has_time(traveller, host_.monotonic_ns())) {
      all.push_back(&traveller);
      arrive(all);
      return Outcome::Alone;
    }
  }
  journey(traveller, all, drive);
  return Outcome::Arrived;
}

std::int64_t Convoy::earliest_deadline_ns(const Travellers& all) noexcept {
  const auto earlier = [](const Traveller* a, const Traveller* b) { return a->deadline_ns() < b->deadline_ns(); };
  return (*std::min_element(all.begin(), all.end(), earlier))->deadline_ns();
}

std::size_t Convoy::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

bool Convoy::enter(Traveller& traveller) {
  const std::lock_guard lock(mutex_);
  const auto taken = std::count_if(drivers_.begin(), drivers_.end(),
                                   [&](const Traveller* driver) { return driver->group() == traveller.group(); });
  if (static_cast<std::size_t>(taken) >= lanes_) {
    waiting_.push_back(&traveller);
    return false;
  }
  drivers_.push_back(&traveller);
  return true;
}

bool Convoy::leave(Traveller& traveller) {
  const std::lock_guard lock(mutex_);
  const auto place = std::find(waiting_.begin(), waiting_.end(), &traveller);
  if (place == waiting_.end()) return false;
  waiting_.erase(place);
  return true;
}

void Convoy::journey(Traveller& driver, Travellers& all, const Drive& drive) {
  board(driver, all);
  try {
    drive(all);
  } catch (...) {
    arrive(all);
    throw;
  }
  arrive(all);
}

void Convoy::board(Traveller& driver, Travellers& all) {
  const std::int64_t now = host_.monotonic_ns();
  const std::lock_guard lock(mutex_);
  all.push_back(&driver);
  const auto is_gone = [&](Traveller* each) {
    if (all.size() == seats_ || each->group() != driver.group()) return false;
    if (has_time(*each, now)) {
      all.push_back(each);
    } else {
      each->become(Traveller::State::Alone);
    }
    return true;
  };
  waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(), is_gone), waiting_.end());
}

// The lane goes to the first who waits for one and has the time, and the others of the journey go their ways.
void Convoy::arrive(const Travellers& all) {
  Traveller& driver = *all.front();
  Traveller* next = nullptr;
  const std::int64_t now = host_.monotonic_ns();
  {
    const std::lock_guard lock(mutex_);
    const auto lane = std::find(drivers_.begin(), drivers_.end(), &driver);
    while (next == nullptr) {
      const auto first = std::find_if(waiting_.begin(), waiting_.end(),
                                      [&](const Traveller* each) { return each->group() == driver.group(); });
      if (first == waiting_.end()) break;
      Traveller* const candidate = *first;
      waiting_.erase(first);
      if (has_time(*candidate, now)) {
        next = candidate;
      } else {
        candidate->become(Traveller::State::Alone);
      }
    }
    if (next == nullptr) {
      drivers_.erase(lane);
    } else {
      *lane = next;
    }
  }
  if (next != nullptr) next->become(Traveller::State::Driving);
  std::for_each(all.begin() + 1, all.end(), [](Traveller* each) { each->become(Traveller::State::Arrived); });
}

}  // namespace gatehouse::convoy
