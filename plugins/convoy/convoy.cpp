// SPDX-License-Identifier: Apache-2.0
#include "convoy.h"

#include <sched.h>
#include <algorithm>

namespace gatehouse::convoy {

Convoy::Outcome Convoy::travel(Traveller& traveller, const Drive& drive) {
  using State = Traveller::State;
  if (!has_time(traveller, host_.monotonic_ns())) return Outcome::Alone;
  // Before there is a lane to lose: from then on nothing but `drive` fails.
  Travellers all;
  all.reserve(seats_);
  if (!enter(traveller)) {
    if (!wait(traveller)) return Outcome::Late;
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
    queue(traveller);
    return false;
  }
  drivers_.push_back(&traveller);
  return true;
}

// Those of a group that wait at the same time are mostly told at the same time, but for the first of them: it is the
// one to drive. Otherwise, and where two companies have the same bells, some are woken for nothing.
void Convoy::queue(Traveller& traveller) {
  constexpr unsigned companies = 16;
  const auto other = std::find_if(waiting_.begin(), waiting_.end(),
                                  [&](const Traveller* each) { return each->group() == traveller.group(); });
  const bool first = other == waiting_.end();
  traveller.company_ = first ? companies_++ % companies : (*other)->company_;
  traveller.bells_ = Bells::Mask{1} << (2 * traveller.company_ + (first ? 0 : 1));
  waiting_.push_back(&traveller);
}

bool Convoy::wait(Traveller& traveller) {
  const auto told = [&] { return traveller.told(); };
  // A host's deadlines are times of the clock that threads sleep by.
  if (bells_.sleep(traveller.bells_, traveller.deadline_ns(), told)) return true;
  if (leave(traveller)) return false;
  // Somebody has it aboard, or is about to tell it something else.
  return bells_.sleep(traveller.bells_, Bells::for_ever, told);
}

bool Convoy::leave(Traveller& traveller) {
  const std::lock_guard lock(mutex_);
  const auto place = std::find(waiting_.begin(), waiting_.end(), &traveller);
  if (place == waiting_.end()) return false;
  waiting_.erase(place);
  return true;
}

void Convoy::journey(Traveller& driver, Travellers& all, const Drive& drive) {
  // The fuller a journey, the less each call costs: where there was company, who is about to come does so first. It
  // costs nothing where the processor is free. Where calls are few only other work, as password hashes, would go first.
  if (crowded_.load(std::memory_order_relaxed)) ::sched_yield();
  board(driver, all);
  crowded_.store(all.size() > 1, std::memory_order_relaxed);
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
  Bells::Mask alone = 0;
  // It may have been long in getting here: nobody is to have its deadline then.
  const bool shares = has_time(driver, now);
  {
    const std::lock_guard lock(mutex_);
    all.push_back(&driver);
    const auto is_gone = [&](Traveller* each) {
      if (!shares || all.size() == seats_ || each->group() != driver.group()) return false;
      if (has_time(*each, now)) {
        all.push_back(each);
      } else {
        alone |= each->become(Traveller::State::Alone);
      }
      return true;
    };
    waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(), is_gone), waiting_.end());
  }
  bells_.ring(alone);
}

// The lane goes to the first who waits for one and has the time, and the others of the journey go their ways.
void Convoy::arrive(const Travellers& all) {
  Traveller& driver = *all.front();
  Traveller* next = nullptr;
  Bells::Mask told = 0;
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
        told |= candidate->become(Traveller::State::Alone);
      }
    }
    if (next == nullptr) {
      drivers_.erase(lane);
    } else {
      *lane = next;
    }
  }
  // With the others, not before them: a call of its own costs more than the lane stands empty.
  if (next != nullptr) told |= next->become(Traveller::State::Driving);
  std::for_each(all.begin() + 1, all.end(), [&](Traveller* each) { told |= each->become(Traveller::State::Arrived); });
  bells_.ring(told);
}

}  // namespace gatehouse::convoy
