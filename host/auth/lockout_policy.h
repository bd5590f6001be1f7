// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace gatehouse::auth {

// How many wrong passwords are too many (spec L2), and for how long.
struct LockoutPolicy {
  bool enabled = true;
  std::uint32_t attempts = 5;       // of one device at one account, inside `window`
  std::uint32_t per_address = 10;   // of one address at all accounts, inside `window`; 0: no limit
  std::uint32_t per_account = 100;  // of all devices at one account, one after the other
  std::chrono::seconds window{std::chrono::minutes{15}};
  std::chrono::seconds duration{std::chrono::minutes{15}};      // of a lock
  std::chrono::seconds known_for{std::chrono::hours{90 * 24}};  // after a device's last login
};
// An account's failures are forgotten when it had none for this long.
inline constexpr std::chrono::hours account_memory{24};

// What is remembered about one device, one account or one address.
struct Failures {
  std::vector<Time> times;  // of failures that count, oldest first
  std::optional<Time> locked_until;
  std::optional<Time> known_until;  // a device: it has logged in
  std::optional<Time> cleared_at;   // an account: what failed until then does not count
  bool operator==(const Failures&) const = default;
};

// The three counters an attempt meets. The device is the client's address at this account, or the session the attempt
// is made from.
struct LockoutState {
  Failures device;
  Failures account;
  Failures address;
  bool from_session = false;
  bool operator==(const LockoutState&) const = default;
};

// Without what has run out by `now`: locks, failures outside the window, what the account was cleared of.
LockoutState current(LockoutState state, Time now, const LockoutPolicy& policy);

// Until when no password is looked at; empty: go on. A device that is known is refused only for its own failures, so
// that nobody who guesses elsewhere keeps the owner out. `state` is current.
std::optional<Time> refused_until(const LockoutState& state, Time now);

struct Counted {
  LockoutState next;
  bool device_locked = false;  // by this failure, as the following
  bool account_locked = false;
  bool address_locked = false;
};
// One more failure in a state that refuses nobody.
Counted after_failure(LockoutState state, Time now, const LockoutPolicy& policy);
// The device starts anew and is known; what others failed at the account still counts.
LockoutState after_success(LockoutState state, Time now, const LockoutPolicy& policy);
// Somebody with a right to it says that the account's failures are void. Whether the device is known stays as it is.
LockoutState after_clearing(LockoutState state, Time now);

// When nothing in it matters any more.
Time forgotten_at(const Failures& failures, Time now, const LockoutPolicy& policy);

}  // namespace gatehouse::auth
