// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::sessions {

// How forgiving rotation is (docs/refresh-rotation.md). strict: window and late are zero, and a second use of a token
// is reuse unless it names itself as a retry.
struct RotationPolicy {
  std::chrono::microseconds window{0};  // G: from the first rotation after quiet; never slides
  std::chrono::microseconds late{0};    // LATE: how long a lost answer may be asked for again without a retry key
  std::uint32_t late_budget = 0;        // how often, refilled by one a day
};

// The part of a session that rotation reads and writes.
struct RotationState {
  std::uint64_t generation = 0;   // of the newest refresh token
  std::uint64_t window_base = 0;  // oldest generation the open window forgives
  Time window_start{};            // the epoch: no window was ever open
  Time rotated_at{};
  std::string attempt;           // digest of the retry key that caused the last rotation; empty: none was given
  std::uint32_t replays = 0;     // answered in the open window
  bool confirmed = false;        // an access token of this generation was seen
  std::int64_t late_tokens = 0;  // thousandths of one late answer
  Time late_at{};                // when late_tokens was computed
  std::string binding;           // digest of the device's own id; empty: none was given

  bool operator==(const RotationState&) const = default;
};

// A refresh token that is genuine and belongs to a live session.
struct Presented {
  std::uint64_t generation = 0;
  std::string_view attempt;  // digest of this request's retry key, or empty
  std::string_view binding;  // digest of this request's device id, or empty
  Time now{};
};

enum class Act : std::uint8_t {
  Converge,      // answer with the newest token, nothing is written
  Rotate,        // a new generation
  RefuseFuture,  // a generation nobody was ever given: refuse, revoke nothing
  Replay,        // answer with the newest token, counted
  ReplayNamed,   // the retry of the request that rotated: the newest token, nothing is written
  Late,          // a lost answer asked for again, paid from the budget
  Reuse,         // a spent token: the session ends in the same write
};

struct Decision {
  Act act = Act::Reuse;
  RotationState next;  // for acts that write; equal to the present state otherwise
  bool writes() const noexcept {
    return act == Act::Rotate || act == Act::Replay || act == Act::Late || act == Act::Reuse;
  }
  bool issues() const noexcept { return act != Act::RefuseFuture && act != Act::Reuse; }
};

// The decision table, rules 1 to 7; rule 0 (gone, expired, revoked, stale epoch) is the caller's. Pure: the same input
// gives the same answer on every node. The token to answer with is the one of `next.generation`.
// Order is by generation alone. Time only opens and closes windows, and a clock that stands or jumps in either
// direction closes them, so it can never hide a reuse.
Decision decide(const RotationState& state, const Presented& presented, const RotationPolicy& policy);

// The state of a session just opened at `now`.
RotationState first_rotation_state(Time now, const RotationPolicy& policy, std::string binding);

}  // namespace gatehouse::sessions
