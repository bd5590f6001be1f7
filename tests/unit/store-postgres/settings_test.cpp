// SPDX-License-Identifier: Apache-2.0
#include "settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace gatehouse::store_postgres {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ConnectionString, GoesToTheServerThatTakesWritesAndGivesUpInTime) {
  const auto text = connection_string("url", "postgresql://app:pw@db1:5432,db2:5433/auth");
  EXPECT_THAT(text, HasSubstr("host='db1,db2'"));
  EXPECT_THAT(text, HasSubstr("port='5432,5433'"));
  EXPECT_THAT(text, HasSubstr("target_session_attrs='read-write'"));
  EXPECT_THAT(text, HasSubstr("connect_timeout='2'"));
}

TEST(ConnectionString, LeavesWhatTheUrlSays) {
  const auto text = connection_string("url", "postgresql://db/auth?connect_timeout=7&sslmode=verify-full");
  EXPECT_THAT(text, HasSubstr("connect_timeout='7'"));
  EXPECT_THAT(text, Not(HasSubstr("connect_timeout='2'")));
  EXPECT_THAT(text, HasSubstr("sslmode='verify-full'"));
}

TEST(ConnectionString, KeepsQuotesInPasswords) {
  EXPECT_THAT(connection_string("url", "postgresql://app:it%27s%5C@db/auth"), HasSubstr("password='it\\'s\\\\'"));
}

TEST(ConnectionString, RefusesWhatIsNoUrlAndDoesNotShowIt) {
  for (const char* bad :
       {"", "mysql://app:hunter2@db/auth", "host=db password=hunter2", "postgresql://app:hunter2@db/auth?hunter2=1",
        "postgresql://app:a@hunter2/b@db/auth", "postgresql://app:hunter2@[db/auth"}) {
    try {
      connection_string("migrate_url", bad);
      FAIL() << bad;
    } catch (const sdk::InvalidSetting& refusal) {
      EXPECT_THAT(refusal.what(), HasSubstr("migrate_url"));
      EXPECT_THAT(refusal.what(), HasSubstr("postgresql://USER"));
      EXPECT_THAT(refusal.what(), Not(HasSubstr("hunter2")));
    }
  }
}

}  // namespace
}  // namespace gatehouse::store_postgres
