// SPDX-License-Identifier: Apache-2.0
#include "plugin_fixture.h"
#include "support/sql_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <algorithm>
#include <future>
#include <string>
#include <vector>

// The plugin over a server to which bad things happen.
namespace gatehouse::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AnyOf;
using testing::HasSubstr;

constexpr milliseconds recovers_in = seconds(5);
// What a deadline may be missed by on a machine that is busy with other things.
constexpr milliseconds slack{400};

constexpr const char* ours = "FROM pg_stat_activity WHERE application_name = 'gatehouse'";
constexpr const char* blocked =
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gatehouse' AND wait_event_type = 'Lock'";

TEST_F(PostgresFaults, ConnectionsThatEndedWhileIdleAreNotNoticed) {
  const auto store = plugin();
  ASSERT_EQ(store->put("a", 0).status, GH_OK);
  for (std::int64_t version = 1; version < 4; ++version) {
    server().sql(std::string("SELECT pg_terminate_backend(pid, 10000) ") + ours);
    EXPECT_EQ(store->put("a", version).status, GH_OK);
    EXPECT_EQ(store->get("a").version, version + 1);
  }
}

TEST_F(PostgresFaults, ASingleWriteThatLosesItsBackendIsInDoubt) {
  const auto store = plugin();
  ASSERT_EQ(store->put("a", 0).status, GH_OK);
  const SqlSession holder(server(), "UPDATE " + table("plains") + " SET number = 1 WHERE id = 'a'");
  auto answer = std::async(std::launch::async, [&] { return store->put("a", 1); });
  wait_until(server(), blocked, "1");
  server().sql(std::string("SELECT pg_terminate_backend(pid, 10000) ") + ours + " AND wait_event_type = 'Lock'");
  EXPECT_EQ(answer.get().status, GH_IN_DOUBT);
  EXPECT_EQ(store->get("a").version, 1);
}

TEST_F(PostgresFaults, ACommitOfSeveralRecordsThatLosesItsBackendIsUnavailable) {
  const auto store = plugin();
  ASSERT_EQ(store->put_two("a", "b", 0).status, GH_OK);
  const SqlSession holder(server(), "UPDATE " + table("plains") + " SET number = 1 WHERE id = 'b'");
  auto answer = std::async(std::launch::async, [&] { return store->put_two("a", "b", 1); });
  wait_until(server(), blocked, "1");
  server().sql(std::string("SELECT pg_terminate_backend(pid, 10000) ") + ours + " AND wait_event_type = 'Lock'");
  EXPECT_EQ(answer.get().status, GH_UNAVAILABLE);
  EXPECT_EQ(store->get("a").version, 1);
}

TEST_F(PostgresFaults, AWaitForALockEndsWithTheCallAndChangesNothing) {
  const auto store = plugin();
  ASSERT_EQ(store->put("a", 0).status, GH_OK);
  SqlSession holder(server(), "UPDATE " + table("plains") + " SET number = 1 WHERE id = 'a'");
  // By itself at once, and after it was passed over in the company of others.
  for (const auto time : {milliseconds(480), milliseconds(1'392)}) {
    const auto late = store->put("a", 1, "late", time);
    EXPECT_EQ(late.status, GH_TIMEOUT) << late.words;
    EXPECT_LT(late.took, time + slack);
  }
  holder.release();
  EXPECT_EQ(store->get("a").version, 1);
  EXPECT_EQ(store->put("a", 1).status, GH_OK);
}

TEST_F(PostgresFaults, AServerThatHangsHoldsNoCallLongerThanItsDeadline) {
  const auto store = plugin();
  ASSERT_EQ(store->put("a", 0).status, GH_OK);
  server().signal_all(SIGSTOP);
  const auto read = store->get("a", milliseconds(300));
  EXPECT_EQ(read.status, GH_TIMEOUT) << read.words;
  EXPECT_LT(read.took, milliseconds(300) + slack);
  std::vector<std::future<PostgresPlugin::Answer>> answers;
  for (int at = 0; at < 8; ++at) {
    answers.push_back(std::async(std::launch::async, [&] { return store->put("a", 1, "late", milliseconds(300)); }));
  }
  for (auto& each : answers) {
    const auto answer = each.get();
    EXPECT_THAT(answer.status, AnyOf(GH_TIMEOUT, GH_IN_DOUBT, GH_UNAVAILABLE)) << answer.words;
    EXPECT_LT(answer.took, milliseconds(300) + slack);
  }
  server().signal_all(SIGCONT);
  EXPECT_LT(recovery(*store), recovers_in);
}

TEST_F(PostgresFaults, AServerThatIsKilledIsUnavailableAtOnceAndBackWithinSecondsOfItsReturn) {
  const auto store = plugin();
  ASSERT_EQ(store->put("a", 0).status, GH_OK);
  server().kill9();
  EXPECT_EQ(store->get("a").status, GH_UNAVAILABLE);
  const auto down = store->put("a", 1);
  EXPECT_EQ(down.status, GH_UNAVAILABLE);
  EXPECT_LT(down.took, seconds(1));
  EXPECT_THAT(down.words, HasSubstr("no connection to PostgreSQL"));
  server().start();
  EXPECT_LT(recovery(*store), recovers_in);
  EXPECT_EQ(store->get("a").version, 1);
}

TEST_F(PostgresFaults, AServerThatRefusesUsIsNotOneThatCannotBeReached) {
  const auto url = server().url("a_database_that_is_not_there");
  try {
    const PostgresPlugin store(url, schema());
    FAIL() << "it opened";
  } catch (const std::exception& refusal) {
    EXPECT_THAT(refusal.what(), testing::Not(HasSubstr("the connection ended")));
    EXPECT_THAT(refusal.what(), HasSubstr("a_database_that_is_not_there"));
  }
}

TEST_F(PostgresFaults, ARightThatWasTakenAwayIsNamedWhenAskedWhetherItIsReady) {
  const auto store = plugin();
  ASSERT_EQ(store->ping().status, GH_OK);
  server().sql("REVOKE UPDATE ON " + table("plains") + " FROM gatehouse_app");
  const auto denied = store->ping();
  EXPECT_EQ(denied.status, GH_DENIED);
  EXPECT_THAT(denied.words, testing::AllOf(HasSubstr("role gatehouse_app may not UPDATE on \"plains\""),
                                           testing::Not(HasSubstr("SELECT")), HasSubstr("gatehouse migrate up")));
  server().sql("GRANT UPDATE ON " + table("plains") + " TO gatehouse_app; REVOKE USAGE ON SCHEMA " + schema() +
               " FROM gatehouse_app");
  EXPECT_THAT(store->ping().words, HasSubstr("SELECT on \"plains\""));
}

TEST_F(PostgresFaults, AFullPoolRefusesAfterItsWaitAndSaysWhatToRaise) {
  const auto store = plugin({{"max_connections", 1}, {"pool_wait", 100'000}});
  ASSERT_EQ(store->put("a", 0).status, GH_OK);
  SqlSession holder(server(), "UPDATE " + table("plains") + " SET number = 1 WHERE id = 'a'");
  auto busy = std::async(std::launch::async, [&] { return store->put("a", 1); });
  wait_until(server(), blocked, "1");
  const auto refused = store->get("a");
  EXPECT_EQ(refused.status, GH_UNAVAILABLE);
  EXPECT_LT(refused.took, milliseconds(100) + slack);
  EXPECT_THAT(refused.words, HasSubstr("raise max_connections"));
  holder.release();
  EXPECT_EQ(busy.get().status, GH_OK);
}

TEST_F(PostgresFaults, AServerWithoutConnectionsLeftIsUsedWithThoseThereAre) {
  const auto store = plugin();
  ASSERT_EQ(store->put("a", 0).status, GH_OK);
  server().sql("CREATE ROLE narrow LOGIN CONNECTION LIMIT 2 IN ROLE gatehouse_app");
  // Its tables are there, and it may not make any.
  const auto narrow = PostgresPlugin(server().url_of("narrow"), schema());
  std::vector<std::future<PostgresPlugin::Answer>> answers;
  for (int at = 0; at < 6; ++at) {
    answers.push_back(std::async(std::launch::async, [&] { return narrow.get("a"); }));
  }
  for (auto& each : answers) EXPECT_EQ(each.get().status, GH_OK);
}

// Changes of many clients are one statement; whoever waits for a lock waits by itself.
TEST_F(PostgresFaults, ALockedRecordHoldsUpNoOther) {
  const auto store = plugin();
  ASSERT_EQ(store->put_two("a", "b", 0).status, GH_OK);
  SqlSession holder(server(), "UPDATE " + table("plains") + " SET number = 1 WHERE id = 'a'");
  std::vector<std::future<PostgresPlugin::Answer>> held;
  for (int at = 0; at < 3; ++at) {
    held.push_back(std::async(std::launch::async, [&] { return store->put("a", 1); }));
  }
  wait_until(server(), blocked, "3");
  EXPECT_EQ(store->put("b", 1, "free", seconds(10)).status, GH_OK);
  holder.release();
  int won = 0;
  for (auto& each : held) won += each.get().status == GH_OK ? 1 : 0;
  EXPECT_EQ(won, 1);
  EXPECT_EQ(store->get("a").version, 2);
}

TEST_F(PostgresFaults, ChangesThatTravelTogetherAreAllInDoubtWhenTheirBackendIsLost) {
  const auto store = plugin();
  const std::vector<std::string> ids = {"a", "b", "c", "d"};
  for (const auto& id : ids) ASSERT_EQ(store->put(id, 0).status, GH_OK);
  server().sql("CREATE SEQUENCE " + table("tries") + "; GRANT USAGE ON SEQUENCE " + table("tries") +
               " TO gatehouse_app; CREATE FUNCTION " + table("rest") +
               "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('" + table("tries") +
               "'), pg_sleep(60); RETURN NEW; END $$; CREATE TRIGGER rest BEFORE UPDATE ON " + table("plains") +
               " FOR EACH ROW EXECUTE FUNCTION " + table("rest") + "()");
  const std::string resting = std::string(ours) + " AND wait_event = 'PgSleep'";
  std::vector<std::future<PostgresPlugin::Answer>> answers;
  const auto change = [&](const std::string& id) {
    answers.push_back(std::async(std::launch::async, [&store, id] { return store->put(id, 1); }));
  };
  // As many by themselves as may be on their way at a time; the last two wait for them and go together.
  change("a");
  change("b");
  wait_until(server(), "SELECT count(*) " + resting, "2");
  change("c");
  change("d");
  const auto under_way = [](const auto& answer) { return answer.wait_for(seconds(0)) != std::future_status::ready; };
  while (std::any_of(answers.begin(), answers.end(), under_way)) {
    server().sql("SELECT pg_terminate_backend(pid, 10000) " + resting);
  }
  for (auto& each : answers) EXPECT_EQ(each.get().status, GH_IN_DOUBT);
  EXPECT_EQ(server().sql("SELECT last_value <= 4 FROM " + table("tries")), "t") << "what is in doubt is not done again";
  for (const auto& id : ids) EXPECT_EQ(store->get(id).version, 1);
}

TEST_F(PostgresFaults, TwoRecordsAreOneStatementAndAreReadAgainByThemselvesWhenItIsLost) {
  const auto store = plugin();
  ASSERT_EQ(store->put_two("a", "b", 0).status, GH_OK);
  SqlSession holder(server(), "LOCK TABLE " + table("plains") + " IN ACCESS EXCLUSIVE MODE");
  std::vector<std::future<PostgresPlugin::Answer>> answers;
  for (int at = 0; at < 6; ++at) {
    answers.push_back(std::async(std::launch::async, [&] { return store->get_two("a", "b"); }));
  }
  // One is on its way at a time; the others wait for it and go together.
  const std::string pairs = " AND query LIKE '%LEFT JOIN%LEFT JOIN%'";
  wait_until(server(), blocked + pairs, "1");
  server().sql(std::string("SELECT pg_terminate_backend(pid, 10000) ") + ours + " AND wait_event_type = 'Lock'");
  holder.release();
  for (auto& each : answers) {
    const auto answer = each.get();
    EXPECT_EQ(answer.status, GH_OK) << answer.words;
    EXPECT_EQ(answer.found, 2u);
  }
}

TEST_F(PostgresFaults, TwoRecordsThatCannotBeReadInTimeAreATimeout) {
  const auto store = plugin();
  ASSERT_EQ(store->put_two("a", "b", 0).status, GH_OK);
  const SqlSession holder(server(), "LOCK TABLE " + table("plains") + " IN ACCESS EXCLUSIVE MODE");
  for (const auto time : {milliseconds(200), milliseconds(1200)}) {
    const auto answer = store->get_two("a", "b", time);
    EXPECT_EQ(answer.status, GH_TIMEOUT) << answer.words;
    EXPECT_EQ(answer.found, 0u);
    EXPECT_LT(answer.took, time + slack);
  }
}

// Raised by the server itself, at the moment a record is written.
class PostgresErrors : public PostgresFaults, public testing::WithParamInterface<std::pair<const char*, gh_status>> {};

TEST_P(PostgresErrors, HaveTheStatusOfTheTable) {
  const auto [sqlstate, status] = GetParam();
  const auto store = plugin();
  server().sql(
      "CREATE FUNCTION " + table("fail") +
      "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = NEW.value, MESSAGE = 'no'; "
      "END $$; CREATE TRIGGER fail BEFORE INSERT ON " +
      table("plains") + " FOR EACH ROW WHEN (NEW.value <> 'x') EXECUTE FUNCTION " + table("fail") + "()");
  const auto answer = store->put("a", 0, sqlstate);
  EXPECT_EQ(answer.status, status) << answer.words;
  EXPECT_EQ(store->get("a").status, GH_NOT_FOUND);
  EXPECT_EQ(store->put("a", 0).status, GH_OK) << "the pool is as good as before";
}

INSTANTIATE_TEST_SUITE_P(Table, PostgresErrors,
                         testing::Values(std::pair("40001", GH_UNAVAILABLE), std::pair("40P01", GH_UNAVAILABLE),
                                         std::pair("53100", GH_UNAVAILABLE), std::pair("53200", GH_UNAVAILABLE),
                                         std::pair("53300", GH_UNAVAILABLE), std::pair("57014", GH_TIMEOUT),
                                         std::pair("57P01", GH_IN_DOUBT), std::pair("25006", GH_UNAVAILABLE),
                                         std::pair("42501", GH_DENIED), std::pair("23514", GH_INVALID),
                                         std::pair("22001", GH_INVALID), std::pair("58030", GH_UNAVAILABLE),
                                         std::pair("XX000", GH_INTERNAL)));

TEST_F(PostgresFaults, ATransactionThatHasToGiveWayIsDoneAgain) {
  const auto store = plugin();
  server().sql("CREATE SEQUENCE " + table("tries") + "; GRANT USAGE ON SEQUENCE " + table("tries") +
               " TO gatehouse_app; CREATE FUNCTION " + table("give_way") +
               "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('" + table("tries") +
               "') < 3 THEN RAISE EXCEPTION USING ERRCODE = '40001', MESSAGE = 'no'; END IF; RETURN NEW; END $$; "
               "CREATE TRIGGER give_way BEFORE INSERT ON " +
               table("plains") + " FOR EACH ROW EXECUTE FUNCTION " + table("give_way") + "()");
  EXPECT_EQ(store->put("a", 0).status, GH_OK);
  EXPECT_EQ(server().sql("SELECT last_value FROM " + table("tries")), "3");
}

}  // namespace
}  // namespace gatehouse::test
