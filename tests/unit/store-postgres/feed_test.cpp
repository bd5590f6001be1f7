// SPDX-License-Identifier: Apache-2.0
#include "plugin_fixture.h"
#include "support/sql_session.h"

#include <gatehouse/store_watch.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

// The feed over a server to which bad things happen, and between servers of ours.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* listeners = "FROM pg_stat_activity WHERE application_name = 'gatehouse feed'";

class PostgresFeed : public PostgresFaults {
 protected:
  std::unique_ptr<PostgresPlugin> told_of_plain() const { return plugin({}, {"plain"}); }
  void end_listeners() const { server().sql(std::string("SELECT pg_terminate_backend(pid, 10000) ") + listeners); }
};

TEST_F(PostgresFeed, TellsWhatAnotherServerCommits) {
  const auto here = told_of_plain();
  const auto there = told_of_plain();
  const PostgresWatch watch(*here);
  ASSERT_EQ(there->put("a", 0).status, GH_OK);
  ASSERT_EQ(there->put("a", 1).status, GH_OK);
  ASSERT_EQ(there->put_two("b", "c", 0).status, GH_OK);
  EXPECT_THAT(watch.read(4), ElementsAre("put a 1", "put a 2", "put b 1", "put c 1"));
}

TEST_F(PostgresFeed, DoesNotTellACommitThatLostOrWasRolledBack) {
  const auto store = told_of_plain();
  ASSERT_EQ(store->put("there", 0).status, GH_OK);
  const PostgresWatch watch(*store);
  EXPECT_EQ(store->put_two("new", "there", 0).status, GH_CONFLICT);
  ASSERT_EQ(store->put("last", 0).status, GH_OK);
  EXPECT_THAT(watch.read(1), ElementsAre("put last 1"));
}

TEST_F(PostgresFeed, GoesOnAfterItsConnectionWasLostAndSaysSo) {
  const auto store = told_of_plain();
  const PostgresWatch watch(*store);
  for (int round = 0; round < 3; ++round) {
    end_listeners();
    EXPECT_THAT(watch.read(1), ElementsAre("missed"));
    const auto id = std::to_string(round);
    ASSERT_EQ(store->put(id, 0).status, GH_OK);
    EXPECT_THAT(watch.read(1), ElementsAre("put " + id + " 1"));
  }
}

TEST_F(PostgresFeed, TellsEveryWatchThatItMayHaveMissedSome) {
  const auto store = told_of_plain();
  const PostgresWatch one(*store);
  const PostgresWatch other(*store);
  end_listeners();
  EXPECT_THAT(one.read(1), ElementsAre("missed"));
  EXPECT_THAT(other.read(1), ElementsAre("missed"));
}

TEST_F(PostgresFeed, HoldsUpNoCommitForWhoDoesNotRead) {
  const auto store = told_of_plain();
  const PostgresWatch late(*store);
  const PostgresWatch reading(*store);
  // One more than a feed keeps, in the words of our own servers.
  server().sql("SELECT pg_notify('" + schema() +
               "', 'plain put ' || n || E' \\\\x74 \\\\x70 \\\\x61\\n') FROM generate_series(1, 4097) n");
  ASSERT_EQ(store->put("next", 0).status, GH_OK);
  reading.read_until("put next 1");
  EXPECT_THAT(late.read_until("put next 1"), ElementsAre("missed", "put next 1"));
}

TEST_F(PostgresFeed, TakesWhatIsNoAnnouncementAsSomethingMissed) {
  const auto store = told_of_plain();
  const PostgresWatch watch(*store);
  server().sql("SELECT pg_notify('" + schema() + "', 'hello')");
  EXPECT_THAT(watch.read(1), ElementsAre("missed"));
  server().sql("SELECT pg_notify('" + schema() + "', E'unheard_of put 1 \\\\x74 \\\\x70 \\\\x61\\n')");
  ASSERT_EQ(store->put("a", 0).status, GH_OK);
  EXPECT_THAT(watch.read(1), ElementsAre("put a 1"));
}

TEST_F(PostgresFeed, RefusesKindsThatAreNotAnnouncedAndNamesTheSetting) {
  const auto store = plugin({}, {});
  std::string words;
  EXPECT_EQ(PostgresWatch::refused(*store, words), GH_UNSUPPORTED);
  EXPECT_THAT(words, testing::AllOf(HasSubstr("plain"), HasSubstr("`feed`")));
}

TEST_F(PostgresFeed, AnnouncesNothingOfKindsThatAreNotNamed) {
  const auto quiet = plugin({}, {});
  const auto store = told_of_plain();
  const PostgresWatch watch(*store);
  ASSERT_EQ(quiet->put("quiet", 0).status, GH_OK);
  ASSERT_EQ(store->put("told", 0).status, GH_OK);
  EXPECT_THAT(watch.read(1), ElementsAre("put told 1"));
}

TEST_F(PostgresFeed, KeepsOneConnectionWhileSomebodyWatches) {
  const auto store = told_of_plain();
  const auto connections = std::string("SELECT count(*) ") + listeners;
  wait_until(server(), connections, "0");
  {
    const PostgresWatch one(*store);
    const PostgresWatch other(*store);
    EXPECT_EQ(server().sql(connections), "1");
  }
  wait_until(server(), connections, "0");
  const PostgresWatch again(*store);
  ASSERT_EQ(store->put("a", 0).status, GH_OK);
  EXPECT_THAT(again.read(1), ElementsAre("put a 1"));
}

TEST_F(PostgresFeed, StopsWhileSomebodyWatches) {
  auto store = told_of_plain();
  const PostgresWatch watch(*store);
  const auto began = std::chrono::steady_clock::now();
  store->drain();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST_F(PostgresFeed, CannotBeginWhileTheServerIsAwayAndCanWhenItIsBack) {
  const auto store = told_of_plain();
  const PostgresWatch before(*store);
  server().stop();
  std::string words;
  EXPECT_EQ(PostgresWatch::refused(*store, words), GH_UNAVAILABLE);
  EXPECT_THAT(words, HasSubstr("nothing listens for changes"));
  server().start();
  EXPECT_THAT(before.read(1), ElementsAre("missed"));
  recovery(*store);
  const PostgresWatch after(*store);
  ASSERT_EQ(store->put("a", 0).status, GH_OK);
  EXPECT_THAT(after.read(1), ElementsAre("put a 1"));
  EXPECT_THAT(before.read(1), ElementsAre("put a 1"));
}

}  // namespace
}  // namespace gatehouse::test
