// SPDX-License-Identifier: Apache-2.0
#include "sessions/rotation.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gatehouse::sessions {
namespace {

using namespace std::chrono_literals;

const Time t0{1'700'000'000'000'000us};
const RotationPolicy strict{};
const RotationPolicy balanced{.window = 10s};
const RotationPolicy mobile{.window = 10s, .late = 24h, .late_budget = 3};

// A session that rotated to generation 7 at t0 in a window that began then.
RotationState rotated_to_7(const RotationPolicy& policy = balanced) {
  auto state = first_rotation_state(t0 - 1h, policy, "");
  state.generation = 7;
  state.window_base = 6;
  state.window_start = t0;
  state.rotated_at = t0;
  state.attempt = "key-6";
  return state;
}

Presented presented(std::uint64_t generation, Time now, std::string_view attempt = {}, std::string_view binding = {}) {
  return {.generation = generation, .attempt = attempt, .binding = binding, .now = now};
}

struct Row {
  std::string name;
  RotationState state;
  Presented presented;
  RotationPolicy policy;
  Act act;
};

RotationState with(RotationState state, void (*change)(RotationState&)) {
  change(state);
  return state;
}

std::vector<Row> table() {
  const auto base = rotated_to_7();
  const auto replayed = with(base, [](RotationState& s) { s.replays = 1; });
  const auto confirmed = with(rotated_to_7(mobile), [](RotationState& s) { s.confirmed = true; });
  const auto wide = with(base, [](RotationState& s) { s.window_base = 4; });
  const auto bound = with(base, [](RotationState& s) { s.binding = "device"; });
  const auto poor = with(rotated_to_7(mobile), [](RotationState& s) {
    s.late_tokens = 999;
    s.late_at = t0;
  });
  return {
      {"rule 1: newest token inside a window that has answered a replay", replayed, presented(7, t0 + 1s), balanced,
       Act::Converge},
      {"rule 2: newest token inside a window without replays", base, presented(7, t0 + 1s), balanced, Act::Rotate},
      {"rule 2: newest token after the window, replays or not", replayed, presented(7, t0 + 10s), balanced,
       Act::Rotate},
      {"rule 2: newest token in strict", base, presented(7, t0), strict, Act::Rotate},
      {"rule 2: one ahead, a store lost its last write", base, presented(8, t0 + 1h), balanced, Act::Rotate},
      {"rule 3: two ahead", base, presented(9, t0), balanced, Act::RefuseFuture},
      {"rule 3: far ahead", base, presented(UINT64_MAX, t0), balanced, Act::RefuseFuture},
      {"rule 4: parent inside the window", base, presented(6, t0 + 9999ms), balanced, Act::Replay},
      {"rule 4: any generation down to the window's base", wide, presented(4, t0 + 1s), balanced, Act::Replay},
      {"rule 7: below the window's base", base, presented(5, t0 + 1s), balanced, Act::Reuse},
      {"rule 7: parent when the window has closed", base, presented(6, t0 + 10s), balanced, Act::Reuse},
      {"rule 5: parent with the same retry key, long after", base, presented(6, t0 + 240h, "key-6"), strict,
       Act::ReplayNamed},
      {"rule 7: parent with another retry key", base, presented(6, t0 + 10s, "key-5"), strict, Act::Reuse},
      {"rule 7: grandparent with the same retry key", base, presented(5, t0 + 1s, "key-6"), strict, Act::Reuse},
      {"rule 7: no retry key matches none", with(base, [](RotationState& s) { s.attempt.clear(); }),
       presented(6, t0 + 1s), strict, Act::Reuse},
      {"rule 6: parent, unconfirmed, late", rotated_to_7(mobile), presented(6, t0 + 23h), mobile, Act::Late},
      {"rule 7: parent, unconfirmed, too late", rotated_to_7(mobile), presented(6, t0 + 24h), mobile, Act::Reuse},
      {"rule 7: parent, confirmed", confirmed, presented(6, t0 + 1h), mobile, Act::Reuse},
      {"rule 7: parent, unconfirmed, budget spent", poor, presented(6, t0 + 11s), mobile, Act::Reuse},
      {"rule 6: budget refills by one a day", with(poor, [](RotationState& s) { s.late_at = t0 - 5min; }),
       presented(6, t0 + 11s), mobile, Act::Late},
      {"rule 7: first ancestor", base, presented(0, t0), balanced, Act::Reuse},
      {"rule 7: every act that repeats, from another device (replay)", bound, presented(6, t0 + 1s, {}, "other"),
       balanced, Act::Reuse},
      {"rule 7: from another device with the retry key", bound, presented(6, t0 + 1h, "key-6", "other"), strict,
       Act::Reuse},
      {"rule 7: converge from another device", with(replayed, [](RotationState& s) { s.binding = "device"; }),
       presented(7, t0 + 1s, {}, "other"), balanced, Act::Reuse},
      {"rule 7: late from another device", with(rotated_to_7(mobile), [](RotationState& s) { s.binding = "device"; }),
       presented(6, t0 + 1h, {}, ""), mobile, Act::Reuse},
      {"rule 4: the same device", bound, presented(6, t0 + 1s, {}, "device"), balanced, Act::Replay},
      {"clock set back a day: the window is closed", base, presented(6, t0 - 24h), balanced, Act::Reuse},
      {"clock a little behind another node's: the window is open", base, presented(6, t0 - 2s), balanced, Act::Replay},
      {"clock set ahead a day", base, presented(6, t0 + 24h), balanced, Act::Reuse},
      {"a session that never rotated has no window", first_rotation_state(t0, balanced, ""), presented(0, t0), balanced,
       Act::Rotate},
  };
}

TEST(Rotation, DecidesEveryRowOfTheTable) {
  for (const auto& row : table()) {
    EXPECT_EQ(decide(row.state, row.presented, row.policy).act, row.act) << row.name;
  }
}

TEST(Rotation, OnlyTheActsThatWriteChangeTheState) {
  for (const auto& row : table()) {
    const auto decision = decide(row.state, row.presented, row.policy);
    const bool changes = decision.act == Act::Rotate || decision.act == Act::Replay || decision.act == Act::Late;
    EXPECT_EQ(decision.next != row.state, changes) << row.name;
    EXPECT_EQ(decision.writes(), changes || decision.act == Act::Reuse) << row.name;
  }
}

TEST(Rotation, OpensAWindowAtThePresentedGenerationAfterQuiet) {
  const auto next = decide(rotated_to_7(), presented(7, t0 + 1h, "key-7"), balanced).next;
  EXPECT_EQ(next.generation, 8U);
  EXPECT_EQ(next.window_base, 7U);
  EXPECT_EQ(next.window_start, t0 + 1h);
  EXPECT_EQ(next.rotated_at, t0 + 1h);
  EXPECT_EQ(next.attempt, "key-7");
  EXPECT_EQ(next.replays, 0U);
  EXPECT_FALSE(next.confirmed);
}

TEST(Rotation, NeverSlidesTheWindow) {
  auto state = rotated_to_7();
  for (int i = 1; i <= 9; ++i) {
    state = decide(state, presented(state.generation, t0 + i * 1s), balanced).next;
    EXPECT_EQ(state.window_start, t0);
    EXPECT_EQ(state.window_base, 6U);
  }
  EXPECT_EQ(decide(state, presented(6, t0 + 10s), balanced).act, Act::Reuse);
}

TEST(Rotation, GoesOnFromTheGenerationTheStoreLost) {
  const auto next = decide(rotated_to_7(), presented(8, t0 + 1h), strict).next;
  EXPECT_EQ(next.generation, 9U);
}

TEST(Rotation, SeesTheReuseOfEveryAncestorWhileTheClockStands) {
  auto state = first_rotation_state(t0, strict, "");
  for (int i = 0; i < 5; ++i) state = decide(state, presented(state.generation, t0), strict).next;
  for (std::uint64_t ancestor = 0; ancestor < 5; ++ancestor) {
    EXPECT_EQ(decide(state, presented(ancestor, t0), strict).act, Act::Reuse) << ancestor;
  }
}

TEST(Rotation, SpendsALateAnswerFromTheBudgetAndNoMoreThanTheBudget) {
  auto state = rotated_to_7(mobile);
  state.late_at = t0;
  for (int i = 0; i < 3; ++i) {
    const auto decision = decide(state, presented(6, t0 + 1h), mobile);
    ASSERT_EQ(decision.act, Act::Late) << i;
    state = decision.next;
  }
  EXPECT_EQ(decide(state, presented(6, t0 + 1h), mobile).act, Act::Reuse);
}

TEST(Rotation, NeverHoldsMoreLateAnswersThanTheBudget) {
  auto state = rotated_to_7(mobile);
  state.late_at = t0 - 24h * 365;
  state = decide(state, presented(6, t0 + 1h), mobile).next;
  EXPECT_EQ(state.late_tokens, 2000);
}

TEST(Rotation, GainsNoLateAnswersFromAClockSetBack) {
  auto state = rotated_to_7(mobile);
  state.late_tokens = 0;
  state.late_at = t0 + 48h;
  EXPECT_EQ(decide(state, presented(6, t0 + 1h), mobile).act, Act::Reuse);
}

}  // namespace
}  // namespace gatehouse::sessions
