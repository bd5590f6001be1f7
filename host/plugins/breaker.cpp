// SPDX-License-Identifier: Apache-2.0
#include "plugins/breaker.h"

#include <algorithm>

namespace gatehouse::plugins {

Breaker::Entry Breaker::admit(std::int64_t now_ns) noexcept {
  auto state = state_.load(std::memory_order_acquire);
  if (state == State::Closed) return Entry::Pass;
  if (state != State::Open || now_ns < retry_at_ns_.load(std::memory_order_relaxed)) return Entry::Refused;
  return state_.compare_exchange_strong(state, State::Probing) ? Entry::Probe : Entry::Refused;
}

std::optional<std::chrono::nanoseconds> Breaker::pause_left(std::int64_t now_ns) const noexcept {
  const auto state = state_.load(std::memory_order_relaxed);
  if (state != State::Open && state != State::Probing) return std::nullopt;
  const auto left = retry_at_ns_.load(std::memory_order_relaxed) - now_ns;
  return std::chrono::nanoseconds(std::clamp<std::int64_t>(left, 0, pause_ns_));
}

bool Breaker::close() noexcept {
  // Open as well: the watchdog may have called the probe overdue before it answered after all.
  for (auto from : {State::Probing, State::Open}) {
    if (state_.compare_exchange_strong(from, State::Closed)) return true;
  }
  return false;
}

bool Breaker::reopen(State from, std::int64_t now_ns) noexcept {
  retry_at_ns_.store(now_ns + pause_ns_, std::memory_order_relaxed);
  return state_.compare_exchange_strong(from, State::Open);
}

bool Breaker::failed(std::int64_t now_ns) noexcept {
  const auto failures = failures_.fetch_add(1, std::memory_order_relaxed) + 1;
  const auto state = state_.load(std::memory_order_relaxed);
  if (state == State::Probing) reopen(State::Probing, now_ns);
  return state == State::Closed && failures >= limit_ && reopen(State::Closed, now_ns);
}

}  // namespace gatehouse::plugins
