// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/redis_server.h"

#include <gmock/gmock.h>

#include <signal.h>

#include <chrono>

namespace gatehouse::test {
namespace {

using std::chrono::steady_clock;
using ::testing::HasSubstr;

// A server that keeps sessions and limits in a Redis of the test's own, and users in memory.
class SessionsInRedis : public ApiTest {
 protected:
  void SetUp() override {
    ServerOptions options;
    options.settings = {{"storage.sessions", R"(["redis"])"},  {"rate_limit.limiter", R"("redis")"},
                        {"rate_limit.enabled", "true"},        {"rate_limit.signup", R"("1000/60s")"},
                        {"rate_limit.login", R"("1000/60s")"}, {"rate_limit.default", R"("1000/60s")"}};
    options.more = "\n[[plugin]]\nname = \"redis\"\nlibrary = \"store-redis\"\n[plugin.config]\nurl = \"" +
                   redis_.url() + "\"\ntimeout = \"1s\"\n" + more_settings_;
    start(options);
    tokens_ = api().signed_up(who_);
  }
  // Until it answers so, for at most five seconds.
  int status_soon(int wanted) {
    const auto until = steady_clock::now() + std::chrono::seconds(5);
    int status = 0;
    while (status != wanted && steady_clock::now() < until) status = api().user(tokens_.access).status;
    return status;
  }

  std::string more_settings_;  // of the plugin
  RedisServer redis_{{.tcp = true}};
  const Account who_ = account("ada");
  Tokens tokens_;
};

TEST_F(SessionsInRedis, LiveThere) {
  EXPECT_EQ(api().user(tokens_.access).status, 200);
  EXPECT_NE(redis_.ask({"DBSIZE"}), "0");
  const auto keys = redis_.ask({"KEYS", "*"});
  EXPECT_EQ(keys.find(who_.email), std::string::npos);
}

TEST_F(SessionsInRedis, ARedisThatIsGoneMeansLaterAndNeverYes) {
  redis_.kill9();
  EXPECT_TRUE(is_problem(api().user(tokens_.access), 503, "PROVIDER_UNAVAILABLE"));
  EXPECT_TRUE(is_problem(api().refresh(tokens_.refresh), 503, "PROVIDER_UNAVAILABLE"));
  EXPECT_TRUE(is_problem(api().login(who_), 503, "PROVIDER_UNAVAILABLE"));
}

TEST_F(SessionsInRedis, ARedisThatComesBackEmptyKnowsNoSessionAndTakesNewOnes) {
  const auto revoked = api().logged_in(who_);
  ASSERT_EQ(api().logout(revoked.access).status, 204);
  redis_.kill9();
  EXPECT_EQ(api().user(tokens_.access).status, 503);
  EXPECT_EQ(api().user(revoked.access).status, 503);
  redis_.start();
  EXPECT_EQ(status_soon(401), 401);
  EXPECT_EQ(api().refresh(tokens_.refresh).status, 401);
  EXPECT_EQ(api().user(revoked.access).status, 401);
  EXPECT_EQ(api().refresh(revoked.refresh).status, 401);
  const auto again = api().logged_in(who_);
  EXPECT_EQ(api().user(again.access).status, 200);
}

TEST_F(SessionsInRedis, AHangingRedisHoldsNobodyAndServesAgainAfterwards) {
  redis_.signal(SIGSTOP);
  const auto begin = steady_clock::now();
  EXPECT_EQ(api().user(tokens_.access).status, 503);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(3));
  redis_.signal(SIGCONT);
  EXPECT_EQ(status_soon(200), 200);
}

TEST_F(SessionsInRedis, ARevocationHoldsWhenTheScriptsWereFlushed) {
  const auto second = api().logged_in(who_);
  redis_.ask({"SCRIPT", "FLUSH"});
  ASSERT_EQ(api().revoke_session(second.access, tokens_.session).status, 204);
  EXPECT_TRUE(is_problem(api().user(tokens_.access), 401, "SESSION_REVOKED"));
  EXPECT_EQ(api().user(second.access).status, 200);
}

TEST_F(SessionsInRedis, AFullRedisRefusesAndServesAgainWhenThereIsRoom) {
  redis_.ask({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(api().user(tokens_.access).status, 503) << "the limiter is in the same Redis and cannot count";
  redis_.ask({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(status_soon(200), 200);
}

TEST_F(SessionsInRedis, TheEndOfAllSessionsOfAUserTouchesNobodyElses) {
  // What it took, in keys that were found.
  const auto end_of_ten = [&](const Account& user) {
    auto newest = api().signed_up(user);
    for (int more = 1; more < 10; ++more) newest = api().logged_in(user);
    const auto before = std::stol(redis_.info("stats", "keyspace_hits"));
    EXPECT_EQ(api().revoke_all(newest.access).status / 100, 2);
    return std::stol(redis_.info("stats", "keyspace_hits")) - before;
  };
  const auto among_few = end_of_ten(account("few"));
  for (int other = 0; other < 150; ++other) api().signed_up(account("other" + std::to_string(other)));
  EXPECT_EQ(end_of_ten(account("many")), among_few);
  EXPECT_LT(among_few, 100) << "some of each of its ten sessions";
}

class RevocationsThatWaitForAReplica : public SessionsInRedis {
 protected:
  RevocationsThatWaitForAReplica() { more_settings_ = "wait_replicas = 1\nwait_timeout = \"50ms\"\n"; }
};

TEST_F(RevocationsThatWaitForAReplica, AreReportedAsDoneOnlyWhenOneHasThemHoweverOftenTheyAreAskedFor) {
  const auto second = api().logged_in(who_);
  for (int times = 0; times < 3; ++times) {
    EXPECT_TRUE(is_problem(api().revoke_session(second.access, tokens_.session), 503, "PROVIDER_UNAVAILABLE"));
  }
  const RedisServer replica;
  replica.ask({"REPLICAOF", "127.0.0.1", std::to_string(redis_.port())});
  const auto until = steady_clock::now() + std::chrono::seconds(30);
  int status = 503;
  while (status == 503 && steady_clock::now() < until) {
    status = api().revoke_session(second.access, tokens_.session).status;
  }
  ASSERT_EQ(status, 204);
  // What the replica has is what counts from now on.
  redis_.kill9();
  EXPECT_NE(replica.ask({"DBSIZE"}), "0");
}

TEST_F(RevocationsThatWaitForAReplica, ByAPasswordShownAgainAreReportedAsDoneOnlyWhenOneHasThem) {
  const auto shown = [&](const Tokens& tokens) {
    return api().http().post(api().route("/reauthenticate"), R"({"password":")" + who_.password + R"("})",
                             bearer(tokens.access));
  };
  const auto second = api().logged_in(who_);
  EXPECT_TRUE(is_problem(shown(second), 503, "PROVIDER_UNAVAILABLE"));
}

TEST(RedisConfig, OfTheSampleFileIsSound) {
  const auto checked =
      run_program({.arguments = {server_binary().string(), "check-config", "--config", GATEHOUSE_REDIS_SAMPLE},
                   .environment = {{"REDIS_PASSWORD", "secret-word"}}});
  EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
  EXPECT_EQ((checked.out + checked.err).find("secret-word"), std::string::npos);
}

TEST(RedisConfig, ThatAsksForTlsIsToldWhatToDo) {
  const TempFolder folder;
  const auto config = folder.write("gatehouse.toml",
                                   "mode = \"dev\"\n[storage]\nsessions = [\"store-redis\"]\n[[plugin]]\n"
                                   "name = \"store-redis\"\n[plugin.config]\nurl = \"rediss://127.0.0.1\"\n");
  const auto checked =
      run_program({.arguments = {server_binary().string(), "check-config", "--config", config.string()}});
  EXPECT_NE(checked.code, 0);
  EXPECT_THAT(checked.out + checked.err, HasSubstr("tunnel"));
}

}  // namespace
}  // namespace gatehouse::test
