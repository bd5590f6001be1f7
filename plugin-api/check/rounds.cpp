// SPDX-License-Identifier: Apache-2.0
#include "rounds.h"

#include "context.h"

#include <utility>

namespace gatehouse::check {
namespace {

constexpr int least_share = 50;

}  // namespace

Rounds::Rounds(Context& context, std::string what, int usual)
    : context_(context), what_(std::move(what)), wanted_(context.rounds(usual)) {
  context_.progress().rounds_done = 0;
  context_.progress().rounds_wanted = wanted_;
}

Rounds::~Rounds() {
  context_.progress().rounds_wanted = 0;
  if (done() == wanted_) return;
  context_.detail(what_ + ": " + std::to_string(done()) + " of " + std::to_string(wanted_) +
                  " rounds, for want of time; time_factor in [check] gives it more");
}

bool Rounds::more(int done) noexcept {
  int most = done_.load(std::memory_order_relaxed);
  while (most < done && !done_.compare_exchange_weak(most, done, std::memory_order_relaxed)) {
  }
  context_.progress().rounds_done.store(this->done(), std::memory_order_relaxed);
  if (done >= wanted_) return false;
  return done <= wanted_ / least_share || !context_.is_past_its_share();
}

}  // namespace gatehouse::check
