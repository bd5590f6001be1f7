// SPDX-License-Identifier: Apache-2.0
#include "sessions/rotation.h"

#include <algorithm>

namespace gatehouse::sessions {
namespace {

using std::chrono::microseconds;

constexpr std::int64_t one_late_answer = 1000;
constexpr std::chrono::hours late_refill{24};

// Symmetric: two nodes whose clocks differ a little still see one window, but a clock set back by a day does not keep
// yesterday's window open until tomorrow.
bool near(Time now, Time start, microseconds span) {
  const auto distance = now - start;
  return distance < span && distance > -span;
}

bool inside_window(const RotationState& state, Time now, const RotationPolicy& policy) {
  return state.window_start != Time{} && near(now, state.window_start, policy.window);
}

std::int64_t refilled(const RotationState& state, Time now, const RotationPolicy& policy) {
  const auto cap = static_cast<std::int64_t>(policy.late_budget) * one_late_answer;
  const auto elapsed = std::clamp(now - state.late_at, microseconds{0},
                                  std::chrono::duration_cast<microseconds>(late_refill) * policy.late_budget);
  return std::min(cap, state.late_tokens + elapsed * one_late_answer / late_refill);
}

Decision rotate(const RotationState& state, const Presented& presented, bool inside) {
  Decision decision{Act::Rotate, state};
  auto& next = decision.next;
  if (!inside) {
    next.window_start = presented.now;
    next.window_base = presented.generation;
    next.replays = 0;
  }
  next.generation = presented.generation + 1;
  next.rotated_at = presented.now;
  next.attempt = presented.attempt;
  next.confirmed = false;
  return decision;
}

}  // namespace

Decision decide(const RotationState& state, const Presented& presented, const RotationPolicy& policy) {
  const auto p = presented.generation;
  const auto gen = state.generation;
  const bool inside = inside_window(state, presented.now, policy);
  const bool same_device = state.binding == presented.binding;
  const Decision reuse{Act::Reuse, state};

  if (p == gen && inside && state.replays > 0) return same_device ? Decision{Act::Converge, state} : reuse;
  // gen+1: we gave it out, and then the store lost that write in a failover.
  if (p == gen || p == gen + 1) return rotate(state, presented, inside);
  if (p > gen) return {Act::RefuseFuture, state};
  if (!same_device) return reuse;

  if (inside && p >= state.window_base) {
    Decision replay{Act::Replay, state};
    replay.next.replays = state.replays + 1;
    return replay;
  }
  if (p + 1 != gen) return reuse;
  if (!presented.attempt.empty() && presented.attempt == state.attempt) return {Act::ReplayNamed, state};
  if (!state.confirmed && near(presented.now, state.rotated_at, policy.late)) {
    const auto tokens = refilled(state, presented.now, policy);
    if (tokens >= one_late_answer) {
      Decision late{Act::Late, state};
      late.next.late_tokens = tokens - one_late_answer;
      late.next.late_at = presented.now;
      return late;
    }
  }
  return reuse;
}

RotationState first_rotation_state(Time now, const RotationPolicy& policy, std::string binding) {
  RotationState state;
  state.rotated_at = now;
  state.late_tokens = static_cast<std::int64_t>(policy.late_budget) * one_late_answer;
  state.late_at = now;
  state.binding = std::move(binding);
  return state;
}

}  // namespace gatehouse::sessions
