// SPDX-License-Identifier: Apache-2.0
#include "auth/lockout_policy.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>

namespace gatehouse::auth {
namespace {

using namespace std::chrono_literals;

constexpr Time noon{1'800'000'000s};
constexpr LockoutPolicy policy;

// `count` failures by one device, a second apart and the last one at `last`.
LockoutState failed(LockoutState state, int count, Time last) {
  for (int left = count; left > 0; --left) {
    const auto at = last - std::chrono::seconds(left - 1);
    state = after_failure(current(state, at, policy), at, policy).next;
  }
  return state;
}

LockoutState other_device(LockoutState state) {
  state.device = {};
  state.address = {};
  return state;
}

// What a login from it would make of the device.
LockoutState known_until(LockoutState state, Time until) {
  state.password_since = state.device.shown = noon - 24h;
  state.device.known_until = until;
  return state;
}

std::optional<Time> refused(const LockoutState& state, Time now) {
  return refused_until(current(state, now, policy), now, policy);
}

TEST(LockoutPolicy, FiveFailuresLockTheDeviceFromTheLastOneOn) {
  const auto four = failed({}, 4, noon);
  EXPECT_EQ(refused(four, noon), std::nullopt);
  const auto counted = after_failure(four, noon, policy);
  EXPECT_TRUE(counted.device_locked);
  EXPECT_EQ(refused(counted.next, noon), noon + 15min);
  EXPECT_EQ(refused(counted.next, noon + 15min - 1us), noon + 15min);
  EXPECT_EQ(refused(counted.next, noon + 15min), std::nullopt);
}

TEST(LockoutPolicy, WhoAskedBeforeTheLastFailureIsNotToldToWaitLongerThanTheLock) {
  const auto before = noon - 400ms;
  EXPECT_EQ(refused(failed({}, 5, noon), before), before + 15min);
  LockoutState state;
  state.account.times.assign(99, noon - 1s);
  EXPECT_EQ(refused(other_device(after_failure(state, noon, policy).next), before), before + 24h);
}

TEST(LockoutPolicy, ALockThatHasRunOutLeavesAllAttempts) {
  auto state = failed({}, 5, noon);
  state = failed(state, 4, noon + 16min);
  EXPECT_EQ(refused(state, noon + 16min), std::nullopt);
}

TEST(LockoutPolicy, FailuresOutsideTheWindowDoNotCount) {
  auto state = failed({}, 1, noon);
  state = failed(state, 3, noon + 15min - 1us);
  EXPECT_TRUE(after_failure(current(state, noon + 15min - 1us, policy), noon + 15min - 1us, policy).device_locked);
  EXPECT_FALSE(after_failure(current(state, noon + 15min, policy), noon + 15min, policy).device_locked);
}

TEST(LockoutPolicy, TenFailuresLockAnAddressForDevicesThatAreNotKnown) {
  LockoutState state;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(refused(state, noon), std::nullopt) << i;
    state = after_failure(state, noon, policy).next;
    state.device = {};  // at another account
    state.account = {};
  }
  EXPECT_EQ(refused(state, noon), noon + 15min);
  EXPECT_EQ(refused(known_until(state, noon + 1us), noon), std::nullopt);
}

TEST(LockoutPolicy, AKnownDeviceThatFailsDoesNotMakeTheLockOfItsAddressLonger) {
  auto state = failed({}, 3, noon);
  state.address.times.assign(10, noon);
  state.address.locked_until = noon + 10min;
  state = known_until(state, noon + 1h);
  const auto counted = after_failure(current(state, noon, policy), noon, policy);
  EXPECT_FALSE(counted.address_locked);
  EXPECT_EQ(counted.next.address.locked_until, noon + 10min);
}

struct Delay {
  int failures;
  std::chrono::seconds wait;
};
void PrintTo(const Delay& delay, std::ostream* out) { *out << delay.failures << " failures"; }

class AccountDelay : public testing::TestWithParam<Delay> {};

TEST_P(AccountDelay, GrowsAcrossDevices) {
  LockoutState state;
  state.account.times.assign(static_cast<std::size_t>(GetParam().failures - 1), noon - 1s);
  const auto counted = after_failure(state, noon, policy);
  EXPECT_EQ(counted.account_locked, GetParam().failures == 100);
  const auto wait = GetParam().wait;
  EXPECT_EQ(refused(other_device(counted.next), noon), wait == 0s ? std::nullopt : std::optional<Time>(noon + wait));
}

INSTANTIATE_TEST_SUITE_P(LockoutPolicy, AccountDelay,
                         testing::Values(Delay{5, 0s}, Delay{9, 0s}, Delay{10, 1s}, Delay{11, 2s}, Delay{15, 32s},
                                         Delay{19, 512s}, Delay{20, 15min}, Delay{60, 15min}, Delay{99, 15min},
                                         Delay{100, 24h}, Delay{101, 24h}),
                         [](const auto& test) { return std::to_string(test.param.failures) + "Failures"; });

TEST(LockoutPolicy, AKnownDeviceAndASessionHaveOnlyTheirOwnFailures) {
  LockoutState state;
  state.account.times.assign(100, noon);
  state.account.locked_until = noon + 24h;
  ASSERT_NE(refused(state, noon), std::nullopt);
  const auto known = known_until(state, noon + 1us);
  EXPECT_EQ(refused(known, noon), std::nullopt);
  EXPECT_NE(refused(known, noon + 1us), std::nullopt);
  auto session = state;
  session.from_session = true;
  EXPECT_EQ(refused(session, noon), std::nullopt);
  EXPECT_EQ(refused(failed(session, 5, noon), noon), noon + 15min);
}

TEST(LockoutPolicy, AnAccountForgetsAfterADayWithoutAFailure) {
  auto state = other_device(failed({}, 5, noon));
  EXPECT_EQ(current(state, noon + 24h - 1us, policy).account.times.size(), 5U);
  EXPECT_TRUE(current(state, noon + 24h, policy).account.times.empty());
}

TEST(LockoutPolicy, SuccessMakesADeviceKnownAndClearsOnlyItsOwnFailures) {
  const auto state = after_success(failed({}, 4, noon), noon, policy);
  EXPECT_TRUE(state.device.times.empty());
  EXPECT_EQ(state.device.known_until, noon + policy.known_for);
  EXPECT_EQ(state.account.times.size(), 4U);
  EXPECT_EQ(state.address.times.size(), 4U);
}

TEST(LockoutPolicy, ADeviceThatShowedAnotherPasswordThanThePresentOneIsAStranger) {
  LockoutState state;
  state.account.times.assign(100, noon);
  state.account.locked_until = noon + 24h;
  state.password_since = noon - 1h;
  auto device = after_success(state, noon, policy);
  EXPECT_EQ(refused(device, noon), std::nullopt);
  for (const std::optional<Time> since : {std::optional(noon - 2h), std::optional(noon - 1h + 1us), {}}) {
    device.password_since = since;
    EXPECT_EQ(refused(device, noon), noon + 24h);
  }
}

TEST(LockoutPolicy, ASessionMakesItsAddressKnownAndIsNotKnownItselfWhenItIsGone) {
  LockoutState state;
  state.from_session = true;
  state.password_since = noon - 1h;
  const auto after = after_success(state, noon, policy);
  EXPECT_EQ(after.device.known_until, std::nullopt);
  EXPECT_EQ(after.home.known_until, noon + policy.known_for);
  EXPECT_EQ(after.home.shown, state.password_since);
}

TEST(LockoutPolicy, ClearingVoidsTheLocksOfEveryDeviceOfTheAccount) {
  const auto locked = failed({}, 5, noon);
  auto there = locked;
  there.account = after_clearing(other_device(locked), noon + 1s).account;
  EXPECT_EQ(refused(there, noon + 2s), std::nullopt);
  EXPECT_EQ(refused(failed(there, 5, noon + 1min), noon + 1min), noon + 16min);
}

TEST(LockoutPolicy, NothingIsForgottenThatStillMatters) {
  const auto locked = failed({}, 5, noon);
  EXPECT_GE(forgotten_at(locked.device, noon, policy), *locked.device.locked_until);
  EXPECT_GE(forgotten_at(locked.account, noon, policy), noon + 24h);
  const auto known = after_success(locked, noon, policy);
  EXPECT_GE(forgotten_at(known.device, noon, policy), *known.device.known_until);
  const auto cleared = after_clearing(locked, noon);
  EXPECT_GE(forgotten_at(cleared.account, noon, policy), noon + policy.duration);
}

}  // namespace
}  // namespace gatehouse::auth
