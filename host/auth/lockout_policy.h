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
  std::chrono::seconds known_for{std::chrono::hours{90 * 24}};  // after a device's last right password
};
// An account's failures are forgotten when it had none for this long.
inline constexpr std::chrono::hours account_memory{24};

// What is remembered about one device, one account or one address.
struct Failures {
  std::vector<Time> times;  // of failures that count, oldest first
  std::optional<Time> locked_until;
  std::optional<Time> known_until;  // a device: it has shown the right password
  std::optional<Time> shown;        // a device: since when that password was the account's
  std::optional<Time> cleared_at;   // an account: what failed until then does not count
  bool operator==(const Failures&) const = default;
};

// The counters an attempt meets. The device is the client's address at this account, or the session the attempt is made
// from; `home` is then the address, which nobody fails at and a right password makes known.
struct LockoutState {
  Failures device;
  Failures account;
  Failures address;
  Failures home;
  bool from_session = false;
  std::optional<Time> password_since;  // when the account got its present password; empty: there is no account
  bool operator==(const LockoutState&) const = default;
};

// Without what has run out by `now`: locks, failures outside the window, what the account was cleared of, and that a
// device is known which has shown another password than the present one.
LockoutState current(LockoutState state, Time now, const LockoutPolicy& policy);

// Until when no password is looked at; empty: go on. A device that is known is refused only for its own failures, so
// that nobody who guesses elsewhere keeps the owner out. Never later than the whole lock from now, for a request that
// came before the failure that led to it. `state` is current.
std::optional<Time> refused_until(const LockoutState& state, Time now, const LockoutPolicy& policy);

struct Counted {
  LockoutState next;
  bool device_locked = false;  // by this failure, as the following
  bool account_locked = false;
  bool address_locked = false;
};
// One more failure in a state that refuses nobody.
Counted after_failure(LockoutState state, Time now, const LockoutPolicy& policy);
// The device starts anew and is known, or with a session the address it is used from; what others failed at the account
// still counts.
LockoutState after_success(LockoutState state, Time now, const LockoutPolicy& policy);
// Somebody with a right to it says that the account's failures are void. Whether the device is known stays as it is.
LockoutState after_clearing(LockoutState state, Time now);

// When nothing in it matters any more.
Time forgotten_at(const Failures& failures, Time now, const LockoutPolicy& policy);

}  // namespace gatehouse::auth
