// SPDX-License-Identifier: Apache-2.0
#include "auth/lockout_policy.h"

#include <algorithm>

namespace gatehouse::auth {
namespace {

constexpr std::uint32_t most_doublings = 30;

void forget_window(Failures& failures, Time now, const LockoutPolicy& policy) {
  if (failures.locked_until && now >= *failures.locked_until) {
    failures.locked_until.reset();
    failures.times.clear();
  }
  // A lock is counted from its last failure: those before it are its reason.
  if (failures.locked_until) return;
  std::erase_if(failures.times, [&](Time at) { return at + policy.window <= now; });
}

// Between two failures at an account by devices that are not known: none for as many as two devices have, so that one
// alone delays nobody else, then twice as long each time. At the ceiling, a day.
std::chrono::seconds delay(std::size_t failures, const LockoutPolicy& policy) {
  if (failures >= policy.per_account) return account_memory;
  if (failures < 2 * std::size_t{policy.attempts}) return std::chrono::seconds{0};
  const auto doublings = static_cast<std::uint32_t>(failures) - 2 * policy.attempts;
  if (doublings > most_doublings) return policy.duration;
  return std::min(std::chrono::seconds{std::int64_t{1} << doublings}, policy.duration);
}

bool is_known(const LockoutState& state, Time now) {
  return state.from_session || (state.device.known_until && now < *state.device.known_until);
}

bool locked(const Failures& failures, Time now) { return failures.locked_until && now < *failures.locked_until; }

}  // namespace

LockoutState current(LockoutState state, Time now, const LockoutPolicy& policy) {
  auto& account = state.account;
  auto& device = state.device;
  // Who knew a former password, of this account or of one that had its address before, is a stranger.
  if (!state.password_since || device.shown != state.password_since) device.known_until.reset();
  if (account.cleared_at) {
    std::erase_if(device.times, [&](Time at) { return at <= *account.cleared_at; });
    if (device.times.empty()) device.locked_until.reset();
  }
  forget_window(device, now, policy);
  forget_window(state.address, now, policy);
  if (!account.times.empty() && account.times.back() + account_memory <= now) account.times.clear();
  if (account.locked_until && now >= *account.locked_until) account.locked_until.reset();
  return state;
}

std::optional<Time> refused_until(const LockoutState& state, Time now, const LockoutPolicy& policy) {
  std::optional<Time> until;
  const auto heed = [&](const Failures& failures, std::chrono::seconds whole) {
    if (!locked(failures, now)) return;
    const auto end = std::min<Time>(*failures.locked_until, now + whole);
    until = std::max(until.value_or(end), end);
  };
  heed(state.device, policy.duration);
  if (is_known(state, now)) return until;
  const auto wait = delay(state.account.times.size(), policy);
  heed(state.account, wait.count() > 0 ? wait : account_memory);
  heed(state.address, policy.duration);
  return until;
}

Counted after_failure(LockoutState state, Time now, const LockoutPolicy& policy) {
  Counted counted;
  auto& device = state.device;
  device.times.push_back(now);
  if (device.times.size() >= policy.attempts) {
    device.locked_until = now + policy.duration;
    counted.device_locked = true;
  }
  auto& address = state.address;
  if (policy.per_address > 0) {
    address.times.push_back(now);
    // A known device fails here as well while the address is locked for others: that makes their lock no longer.
    if (!locked(address, now) && address.times.size() >= policy.per_address) {
      address.locked_until = now + policy.duration;
      counted.address_locked = true;
    }
    if (address.times.size() > policy.per_address) address.times.erase(address.times.begin());
  }
  auto& account = state.account;
  counted.account_locked = account.times.size() + 1 == policy.per_account;
  account.times.push_back(now);
  if (account.times.size() > policy.per_account) account.times.erase(account.times.begin());
  const auto wait = delay(account.times.size(), policy);
  if (wait.count() > 0) account.locked_until = now + wait;
  counted.next = std::move(state);
  return counted;
}

LockoutState after_success(LockoutState state, Time now, const LockoutPolicy& policy) {
  state.device.times.clear();
  state.device.locked_until.reset();
  auto& place = state.from_session ? state.home : state.device;
  place.times.clear();
  place.locked_until.reset();
  place.known_until = now + policy.known_for;
  place.shown = state.password_since;
  return state;
}

LockoutState after_clearing(LockoutState state, Time now) {
  state.device.times.clear();
  state.device.locked_until.reset();
  state.account = {};
  state.account.cleared_at = now;
  return state;
}

Time forgotten_at(const Failures& failures, Time now, const LockoutPolicy& policy) {
  // Longer than any lock that a clearing has to void, and than any window.
  auto at = now + std::max(policy.window, policy.duration);
  if (!failures.times.empty()) at = std::max<Time>(at, failures.times.back() + account_memory);
  for (const auto& until : {failures.locked_until, failures.known_until}) {
    if (until) at = std::max(at, *until);
  }
  return at;
}

}  // namespace gatehouse::auth
