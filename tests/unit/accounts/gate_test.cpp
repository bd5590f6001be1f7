// SPDX-License-Identifier: Apache-2.0
#include "accounts/gate.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <ostream>

namespace gatehouse::accounts {
namespace {

using namespace std::chrono_literals;

constexpr Time now{1'800'000'000s};

struct GateRow {
  const char* name;
  UserStatus status;
  std::int64_t presented_epoch;  // the user's own is 7
  std::optional<Time> locked_until;
  bool verified;
  bool must_be_verified;
  GateOutcome outcome;
};

void PrintTo(const GateRow& row, std::ostream* out) { *out << row.name; }

class Gate : public testing::TestWithParam<GateRow> {};

TEST_P(Gate, DecidesAsTheTableSays) {
  const auto& row = GetParam();
  const Standing user{row.status, row.verified, row.locked_until, 7};
  EXPECT_EQ(may_issue_tokens(user, row.presented_epoch, {row.must_be_verified}), row.outcome);
}

constexpr auto active = UserStatus::Active;
constexpr auto disabled = UserStatus::Disabled;
constexpr auto deleted = UserStatus::Deleted;

INSTANTIATE_TEST_SUITE_P(
    Accounts, Gate,
    testing::Values(GateRow{"Plain", active, 7, {}, true, true, GateOutcome::Allowed},
                    GateRow{"Disabled", disabled, 7, {}, true, true, GateOutcome::Disabled},
                    GateRow{"Deleted", deleted, 7, {}, true, true, GateOutcome::Deleted},
                    GateRow{"OldEpoch", active, 6, {}, true, true, GateOutcome::StaleEpoch},
                    GateRow{"EpochFromTheFuture", active, 8, {}, true, true, GateOutcome::StaleEpoch},
                    GateRow{"LockedForThoseWhoGuess", active, 7, now + 1h, true, true, GateOutcome::Allowed},
                    GateRow{"UnverifiedWhereItMatters", active, 7, {}, false, true, GateOutcome::Unverified},
                    GateRow{"UnverifiedWhereItDoesNot", active, 7, {}, false, false, GateOutcome::Allowed},
                    GateRow{"DisabledBeforeStale", disabled, 6, {}, true, true, GateOutcome::Disabled},
                    GateRow{"StatusNobodyKnows", static_cast<UserStatus>(9), 7, {}, true, true, GateOutcome::Deleted}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace gatehouse::accounts
