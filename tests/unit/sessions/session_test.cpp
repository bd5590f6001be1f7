// SPDX-License-Identifier: Apache-2.0
#include "sessions/session.h"

#include <gtest/gtest.h>

namespace gatehouse::sessions {
namespace {

using namespace std::chrono_literals;

const Time started{1'700'000'000s};

Session alive() {
  Session session;
  session.user_epoch = 3;
  session.created_at = started;
  session.expires_at = started + 30 * 24h;
  session.idle_expires_at = started + 7 * 24h;
  return session;
}

TEST(Session, IsAliveUntilTheEarlierOfItsTwoExpiries) {
  auto session = alive();
  EXPECT_EQ(standing(session, 3, started + 7 * 24h - 1us), Standing::Alive);
  EXPECT_EQ(standing(session, 3, started + 7 * 24h), Standing::Expired);
  session.idle_expires_at = started + 60 * 24h;
  EXPECT_EQ(standing(session, 3, started + 30 * 24h - 1us), Standing::Alive);
  EXPECT_EQ(standing(session, 3, started + 30 * 24h), Standing::Expired);
}

TEST(Session, IsDeadWhenTheUsersEpochHasMovedEitherWay) {
  EXPECT_EQ(standing(alive(), 4, started), Standing::StaleEpoch);
  EXPECT_EQ(standing(alive(), 2, started), Standing::StaleEpoch);
}

TEST(Session, StaysRevokedWhateverTheClockSays) {
  auto session = alive();
  revoke(session, RevokeReason::Logout, started);
  EXPECT_EQ(standing(session, 3, started - 24h), Standing::Revoked);
  EXPECT_EQ(standing(session, 3, started + 365 * 24h), Standing::Revoked);
  EXPECT_EQ(session.revoked_reason, "logout");
}

TEST(Session, ActivityExtendsIdlenessButNeverPastTheAbsoluteEnd) {
  auto session = alive();
  const SessionPolicy policy;
  touch(session, policy, started + 6 * 24h);
  EXPECT_EQ(session.idle_expires_at, started + 13 * 24h);
  touch(session, policy, started + 29 * 24h);
  EXPECT_EQ(session.idle_expires_at, started + 30 * 24h);
}

TEST(Session, RememberedOnesHaveTheirOwnIdleTime) {
  auto session = alive();
  session.remember = true;
  session.expires_at = started + 90 * 24h;
  touch(session, SessionPolicy{}, started);
  EXPECT_EQ(session.idle_expires_at, started + 30 * 24h);
}

TEST(Session, DeclaresAValueForEveryField) {
  Session session = alive();
  session.salt.assign(16, 's');
  const auto kind = session_kind();
  const auto values = encode(session);
  ASSERT_EQ(values.size(), kind.fields.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].type == providers::ValueType::Null) {
      EXPECT_TRUE(kind.fields[i].nullable) << kind.fields[i].name;
    } else {
      EXPECT_EQ(values[i].type, kind.fields[i].type) << kind.fields[i].name;
    }
  }
}

TEST(Session, OutlivesItsEndByADaySoThatItsOwnerIsToldWhatHappened) {
  const auto kind = session_kind();
  ASSERT_TRUE(kind.expiry_field);
  const auto values = encode(alive());
  EXPECT_EQ(values[*kind.expiry_field].i, (started + 8 * 24h).time_since_epoch().count());
}

TEST(Session, OutlivesItsEarlyEndByADayToo) {
  const auto kind = session_kind();
  auto session = alive();
  revoke(session, RevokeReason::Logout, started + 1h);
  EXPECT_EQ(encode(session)[*kind.expiry_field].i, (started + 25h).time_since_epoch().count());
}

TEST(Session, IsNotKeptLongerByAnEndThatComesAfterItsExpiry) {
  const auto kind = session_kind();
  auto session = alive();
  revoke(session, RevokeReason::Logout, started + 20 * 24h);
  EXPECT_EQ(encode(session)[*kind.expiry_field].i, (started + 8 * 24h).time_since_epoch().count());
}

}  // namespace
}  // namespace gatehouse::sessions
