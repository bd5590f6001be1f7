// SPDX-License-Identifier: Apache-2.0
#include "support/fault_proxy.h"
#include "unit/store-redis/redis_fixture.h"

#include <gatehouse/rate_limiter.h>

#include <gtest/gtest.h>

#include <signal.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::store_redis {
namespace {

using namespace check::store;

class RedisFaults : public ::testing::Test {
 protected:
  gh_status get(const std::string& id) const { return redis_.verbs().get(0, Redis::key(id)).status; }
  std::int64_t version(const std::string& id) const {
    const auto got = redis_.verbs().get(0, Redis::key(id));
    return got.record ? got.record->version : 0;
  }

  test::RedisServer server_;
  test::FaultProxy proxy_{server_.socket()};
  Redis redis_{"redis+unix://" + proxy_.socket().string()};
};

TEST_F(RedisFaults, ACommitWhoseAnswerIsLostIsInDoubtAndCanBeReadBack) {
  ASSERT_EQ(redis_.put("1", 0, 1).status, GH_OK);
  proxy_.cut_answer_to("EVALSHA");
  EXPECT_EQ(redis_.put("1", 1, 2).status, GH_IN_DOUBT);
  EXPECT_EQ(version("1"), 2);
}

TEST_F(RedisFaults, ACommitThatNeverReachedRedisIsInDoubtAsWell) {
  ASSERT_EQ(redis_.put("1", 0, 1).status, GH_OK);
  proxy_.cut_request("EVALSHA");
  EXPECT_EQ(redis_.put("1", 1, 2).status, GH_IN_DOUBT);
  EXPECT_EQ(version("1"), 1);
}

TEST_F(RedisFaults, AReadWhoseAnswerIsLostIsAskedAgain) {
  ASSERT_EQ(redis_.put("1", 0, 1).status, GH_OK);
  proxy_.cut_answer_to("GETEX");
  EXPECT_EQ(get("1"), GH_OK);
}

TEST_F(RedisFaults, AnswersThatComeByteByByteAreRead) {
  proxy_.slice(true);
  ASSERT_EQ(redis_.put("1", 0, 1).status, GH_OK);
  EXPECT_EQ(version("1"), 1);
}

TEST_F(RedisFaults, ScriptsThatWereForgottenAreLoadedAgain) {
  ASSERT_EQ(redis_.put("1", 0, 1).status, GH_OK);
  server_.ask({"SCRIPT", "FLUSH"});
  EXPECT_EQ(redis_.put("1", 1, 2).status, GH_OK);
  server_.ask({"SCRIPT", "FLUSH"});
  EXPECT_EQ(redis_.verbs().find({.kind = 0, .index = 0, .tenant = "t"}).records.size(), 1U);
}

// What was asked has not been done, however the loading ends.
TEST_F(RedisFaults, ACommitBehindScriptsThatAreLostWhileTheyLoadIsNoDoubt) {
  ASSERT_EQ(redis_.put("1", 0, 1).status, GH_OK);
  server_.ask({"SCRIPT", "FLUSH"});
  proxy_.cut_answer_to("LOAD");
  EXPECT_EQ(redis_.put("1", 1, 2).status, GH_OK);
}

TEST_F(RedisFaults, WhileRedisIsAwayNothingHappensAndNothingIsBelieved) {
  ASSERT_EQ(redis_.put("1", 0, 1).status, GH_OK);
  server_.kill9();
  EXPECT_EQ(get("1"), GH_UNAVAILABLE);
  EXPECT_EQ(redis_.put("1", 1, 2).status, GH_UNAVAILABLE);
  EXPECT_EQ(redis_.ping(), GH_UNAVAILABLE);
}

TEST_F(RedisFaults, ARedisThatComesBackEmptyHasNoSessionsAndTakesNoOldOnes) {
  ASSERT_EQ(redis_.put("1", 0, 1).status, GH_OK);
  server_.kill9();
  server_.start();
  EXPECT_EQ(get("1"), GH_NOT_FOUND);
  EXPECT_EQ(redis_.put("1", 1, 2).status, GH_CONFLICT);
  EXPECT_EQ(redis_.put("1", 0, 1).status, GH_OK);
}

TEST_F(RedisFaults, AMasterThatBecameAReplicaIsNeitherWrittenNorRead) {
  ASSERT_EQ(redis_.put("1", 0, 1).status, GH_OK);
  server_.ask({"REPLICAOF", "127.0.0.1", "1"});
  EXPECT_EQ(get("1"), GH_UNAVAILABLE);
  EXPECT_EQ(redis_.verbs().find({.kind = 0, .index = 0, .tenant = "t"}).status, GH_UNAVAILABLE);
  EXPECT_EQ(redis_.put("1", 1, 2).status, GH_UNAVAILABLE);
  EXPECT_EQ(redis_.ping(), GH_UNAVAILABLE);
  server_.ask({"REPLICAOF", "NO", "ONE"});
  EXPECT_EQ(version("1"), 1);
}

// Nothing is found there, and that may be out of date as well.
TEST_F(RedisFaults, AMasterThatBecameAReplicaDoesNotSayThatNothingIsThere) {
  const auto nobodys = [](bool by_key, bool only_count) {
    Query search{.kind = 0, .tenant = "t", .equals = {text("nobody")}, .count_only = only_count};
    if (!by_key) search.index = 0;
    return search;
  };
  for (const auto& search : {nobodys(false, false), nobodys(false, true), nobodys(true, false), nobodys(true, true)}) {
    server_.ask({"REPLICAOF", "NO", "ONE"});
    // Over a connection to the master it was.
    ASSERT_EQ(redis_.verbs().find(search).status, GH_OK);
    server_.ask({"REPLICAOF", "127.0.0.1", "1"});
    EXPECT_EQ(redis_.verbs().find(search).status, GH_UNAVAILABLE);
  }
  EXPECT_EQ(get("nobody"), GH_UNAVAILABLE);
}

TEST_F(RedisFaults, AFullRedisRefusesWritesWholeAndIsStillRead) {
  ASSERT_EQ(redis_.put("1", 0, 1).status, GH_OK);
  server_.ask({"CONFIG", "SET", "maxmemory", "1"});
  const auto refused = redis_.verbs().commit({check::store::put(0, Redis::key("1"), 1, Redis::values(2)),
                                              check::store::put(0, Redis::key("2"), 0, Redis::values(2))});
  EXPECT_EQ(refused.status, GH_UNAVAILABLE);
  EXPECT_EQ(version("1"), 1);
  EXPECT_EQ(version("2"), 0);
  EXPECT_EQ(redis_.verbs().commit(remove(0, Redis::key("1"), 1)).status, GH_OK);
}

TEST_F(RedisFaults, ARedisThatHangsEndsCallsAtTheirDeadlineAndSpeaksToNobodyElseLater) {
  ASSERT_EQ(redis_.put("1", 0, 1).status, GH_OK);
  ASSERT_EQ(redis_.put("2", 0, 2).status, GH_OK);
  server_.signal(SIGSTOP);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(get("1"), GH_TIMEOUT);
  EXPECT_EQ(redis_.put("1", 1, 2).status, GH_TIMEOUT) << "no connection was left, so nothing was sent";
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
  server_.signal(SIGCONT);
  const auto other = redis_.verbs().get(0, Redis::key("2"));
  ASSERT_TRUE(other.record.has_value());
  EXPECT_EQ(other.record->values[session::Counter], integer(2));
}

TEST_F(RedisFaults, ACommitThatIsUnansweredAtItsDeadlineIsInDoubt) {
  ASSERT_EQ(redis_.put("1", 0, 1).status, GH_OK);
  server_.signal(SIGSTOP);
  EXPECT_EQ(redis_.put("1", 1, 2).status, GH_IN_DOUBT);
  server_.signal(SIGCONT);
}

TEST_F(RedisFaults, AListOfOneUsersSessionsLooksAtNobodyElses) {
  for (int user = 0; user < 200; ++user) {
    for (int at = 0; at < 10; ++at) {
      ASSERT_EQ(redis_.put(std::to_string(at), 0, at, "user" + std::to_string(user)).status, GH_OK);
    }
  }
  const long before = std::stol(server_.info("stats", "keyspace_hits"));
  const auto page = redis_.verbs().find({.kind = 0, .index = 0, .tenant = "t", .equals = {text("user7")}});
  EXPECT_EQ(page.records.size(), 10U);
  // The ten records, the index and the set of strays.
  EXPECT_LE(std::stol(server_.info("stats", "keyspace_hits")) - before, 12);
}

TEST_F(RedisFaults, ALimiterWithoutRedisHasNoAnswer) {
  server_.kill9();
  const auto* limiter = redis_.table<gh_rate_limiter_v1>(GH_RATE_LIMITER_V1);
  const Call call;
  const std::string key = "login";
  const gh_take take{sizeof(gh_take), 5, 1'000'000, slice(key)};
  gh_take_out out{};
  out.struct_size = sizeof(out);
  EXPECT_EQ(limiter->take(redis_.instance(), call.get(), &take, &out), GH_UNAVAILABLE);
  EXPECT_EQ(out.allowed, 0U);
}

TEST(RedisStart, RefusesAnEvictionPolicyThatDropsSessions) {
  const test::RedisServer server({.settings = {{"maxmemory-policy", "allkeys-lru"}}});
  const Redis redis(server.url());
  EXPECT_EQ(redis.started(), GH_UNSUPPORTED);
  EXPECT_NE(redis.words().find("allkeys-lru"), std::string::npos) << redis.words();
  EXPECT_NE(redis.words().find("noeviction"), std::string::npos) << redis.words();
}

TEST(RedisStart, RefusesAReplica) {
  const test::RedisServer server;
  server.ask({"REPLICAOF", "127.0.0.1", "1"});
  const Redis redis(server.url());
  EXPECT_EQ(redis.started(), GH_UNAVAILABLE);
  EXPECT_NE(redis.words().find("replica"), std::string::npos) << redis.words();
}

TEST(RedisStart, SaysThatNobodyIsThere) {
  const Redis redis("redis+unix:///nowhere/redis.sock");
  EXPECT_EQ(redis.started(), GH_UNAVAILABLE);
  EXPECT_NE(redis.words().find("/nowhere/redis.sock"), std::string::npos) << redis.words();
}

TEST(RedisLogin, WithAWrongPasswordIsDeniedAndThePasswordIsNotSaid) {
  const test::RedisServer server({.settings = {{"requirepass", "right"}}});
  const Redis redis(server.url(), {{"password", std::string("wrong-one")}});
  EXPECT_EQ(redis.started(), GH_DENIED);
  EXPECT_EQ(redis.words().find("wrong-one"), std::string::npos) << redis.words();
  EXPECT_EQ(Redis(server.url(), {{"password", std::string("right")}}).started(), GH_OK);
  EXPECT_EQ(Redis(server.url()).started(), GH_DENIED);
}

// A user with the ACL line of the plugin's README, without one of its commands.
void make_user(const test::RedisServer& server, const std::string& without = {}) {
  std::vector<std::string> words = {"ACL", "SETUSER", "gatehouse", "reset", "on", ">pass", "~gt*", "-@all"};
  for (const char* each : {"auth",          "select",          "role",   "info",        "getex",
                           "evalsha",       "script|load",     "wait",   "get",         "set",
                           "del",           "unlink",          "exists", "zadd",        "zrem",
                           "zcount",        "zcard",           "zrange", "zrangebylex", "zrevrangebylex",
                           "zrangebyscore", "zremrangebyrank", "sadd",   "sismember",   "pexpire"}) {
    if (each != without) words.push_back(std::string("+") + each);
  }
  server.ask(words);
}

const Settings as_user = {{"username", std::string("gatehouse")}, {"password", std::string("pass")}};

TEST(RedisLogin, ARightThatIsMissingIsNamedWhenAskedWhetherItIsReady) {
  const test::RedisServer server;
  make_user(server);
  const Redis redis(server.url(), as_user);
  ASSERT_EQ(redis.ping(), GH_OK);
  for (const char* right : {"zadd", "zremrangebyrank", "sismember", "getex", "evalsha"}) {
    make_user(server, right);
    Call call;
    EXPECT_EQ(redis.verbs().table().ping(redis.instance(), call.get()), GH_DENIED) << right;
    std::transform(call.words.begin(), call.words.end(), call.words.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    EXPECT_NE(call.words.find(right), std::string::npos) << call.words;
    EXPECT_NE(call.words.find("acl line"), std::string::npos) << call.words;
  }
}

TEST(RedisLogin, NeedsNoMoreRightsThanTheReadmeSays) {
  const test::RedisServer server;
  make_user(server);
  const Redis redis(server.url(), as_user);
  ASSERT_EQ(redis.started(), GH_OK) << redis.words();
  EXPECT_EQ(redis.put("1", 0, 1).status, GH_OK);
  EXPECT_EQ(redis.put("away", 0, 1, "u").status, GH_OK);
  const auto stray = check::store::put(0, Redis::key("2", "elsewhere"), 0, Redis::values(1, "u"));
  EXPECT_EQ(redis.verbs().commit(stray).status, GH_OK);
  EXPECT_EQ(redis.verbs().find({.kind = 0, .index = 0, .tenant = "t", .equals = {text("u")}}).records.size(), 3U);
  EXPECT_EQ(redis.verbs().purge(0, INT64_MAX, 10).status, GH_OK);
  EXPECT_EQ(redis.ping(), GH_OK);
}

TEST(RedisReplicas, AreWaitedForWhenASessionIsRevokedAndOnlyThen) {
  const test::RedisServer server;
  const Redis redis(server.url(), {{"wait_replicas", std::int64_t{1}}, {"wait_timeout", std::int64_t{20'000}}});
  ASSERT_EQ(redis.put("1", 0, 1).status, GH_OK);
  const auto revoked = Redis::values(2, "u", moment(5));
  const auto unsafe = redis.verbs().commit(check::store::put(0, Redis::key("1"), 1, revoked));
  EXPECT_EQ(unsafe.status, GH_IN_DOUBT);
  EXPECT_NE(unsafe.words.find("wait_replicas"), std::string::npos) << unsafe.words;
  // The same revocation once more, and one that comes too late and writes nothing.
  EXPECT_EQ(redis.verbs().commit(check::store::put(0, Redis::key("1"), 2, revoked)).status, GH_IN_DOUBT);
  EXPECT_EQ(redis.verbs().commit(check::store::put(0, Redis::key("1"), 1, revoked)).status, GH_CONFLICT);
}

}  // namespace
}  // namespace gatehouse::store_redis
