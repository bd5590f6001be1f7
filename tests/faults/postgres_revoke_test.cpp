// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/postgres_server.h"
#include "support/sql_session.h"

#include <gtest/gtest.h>

#include <stdlib.h>

#include <string>
#include <vector>

// What the end of one user's sessions costs among those of many.
namespace gatehouse::test {
namespace {

constexpr int sessions_of_one = 10;

class PostgresRevoke : public testing::Test {
 protected:
  PostgresRevoke() { ::setenv("TEST_DATABASE_URL", postgres_.url().c_str(), 1); }
  ~PostgresRevoke() override { ::unsetenv("TEST_DATABASE_URL"); }

  std::string schema() const { return postgres_.sql("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'api%'"); }
  // Copies of one session under other users, ten each.
  void fill(const std::string& table, int count) const {
    postgres_.sql(
        "INSERT INTO " + table +
        " SELECT (jsonb_populate_record(one, jsonb_build_object('partition', whose, 'user_id', whose, 'id', id))).* "
        "FROM (SELECT s AS one FROM " +
        table + " s LIMIT 1) o, (SELECT md5('u' || n / 10) whose, md5('s' || n) id FROM generate_series(1, " +
        std::to_string(count) + ") n) others");
    postgres_.sql("VACUUM ANALYZE " + table);
  }

  PostgresServer postgres_;
};

TEST_F(PostgresRevoke, OfAllSessionsOfAUserTouchesNoOtherUsersSessions) {
  ServerProcess host;
  Api api(host.listen());
  std::vector<Tokens> sessions{api.signed_up(account("ada"))};
  while (sessions.size() < sessions_of_one) sessions.push_back(api.logged_in(account("ada")));
  const std::string table = schema() + ".sessions";
  fill(table, 20'000);
  postgres_.sql("SELECT pg_stat_reset()");

  ASSERT_EQ(api.revoke_all(sessions.front().access).status / 100, 2);
  for (const auto& session : sessions) {
    EXPECT_EQ(api.user(session.access).status, 401);
    EXPECT_EQ(api.refresh(session.refresh).status, 401);
  }
  EXPECT_EQ(host.stop(), 0);

  // The server counts when its connections end.
  const std::string counted = " FROM pg_stat_user_tables WHERE schemaname || '.' || relname = '" + table + "'";
  wait_until(postgres_, "SELECT n_tup_upd" + counted, std::to_string(sessions_of_one));
  EXPECT_EQ(postgres_.sql("SELECT seq_tup_read" + counted), "0");
  EXPECT_EQ(postgres_.sql("SELECT idx_tup_fetch < 20 * n_tup_upd" + counted), "t")
      << postgres_.sql("SELECT idx_tup_fetch" + counted) << " records were looked at";
}

}  // namespace
}  // namespace gatehouse::test
