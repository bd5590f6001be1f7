// SPDX-License-Identifier: Apache-2.0
#include "support/fault_proxy.h"
#include "unit/store-redis/redis_fixture.h"

#include <gtest/gtest.h>

#include <string>

// Every error of Redis has a row in the plugin's table: what a caller gets, and that nothing happened.
namespace gatehouse::store_redis {
namespace {

struct Row {
  const char* name;
  std::string error;
  gh_status status;
  const char* word;  // in the sentence for the operator
};

// As Redis 6.2 passes on what a script has met: what its own code says is given a place twice.
std::string passed_on(const std::string& cause) {
  return "ERR Error running script (call to f_9ab2f4ce09ff27fc9124a4c5a3a2a63a92bc4b12): @user_script:42: " + cause +
         " ";
}
std::string found_by_redis(const std::string& cause) { return passed_on("@user_script: 42: " + cause); }

class StatusTable : public ::testing::TestWithParam<Row> {
 protected:
  test::RedisServer server_;
  test::FaultProxy proxy_{server_.socket()};
  Redis redis_{"redis+unix://" + proxy_.socket().string()};
};

TEST_P(StatusTable, SaysWhatACommitThatMetThisErrorIs) {
  const Row& row = GetParam();
  ASSERT_EQ(redis_.put("1", 0, 1).status, GH_OK);
  proxy_.answer("EVALSHA", '-' + row.error + "\r\n");
  const auto refused = redis_.put("1", 1, 2);
  EXPECT_EQ(refused.status, row.status);
  EXPECT_NE(refused.words.find(row.word), std::string::npos) << refused.words;
  proxy_.be_good();
  EXPECT_EQ(redis_.verbs().get(0, Redis::key("1")).record->version, 1);
  EXPECT_EQ(redis_.put("1", 1, 2).status, GH_OK);
}

TEST_P(StatusTable, SaysWhatAReadThatMetThisErrorIs) {
  const Row& row = GetParam();
  // The scripts hold the word as well.
  proxy_.answer("GETEX\r\n", '-' + row.error + "\r\n");
  EXPECT_EQ(redis_.verbs().get(0, Redis::key("1")).status, row.status);
}

INSTANTIATE_TEST_SUITE_P(
    Redis62InAScript, StatusTable,
    ::testing::Values(
        Row{"ReadOnly", found_by_redis("-READONLY You can't write against a read only replica."), GH_UNAVAILABLE,
            "replica"},
        Row{"OutOfMemory", found_by_redis("-OOM command not allowed when used memory > 'maxmemory'."), GH_UNAVAILABLE,
            "maxmemory"},
        Row{"MisConf", found_by_redis("-MISCONF Redis is configured to save RDB snapshots"), GH_UNAVAILABLE, "disk"},
        Row{"NoReplicas", passed_on("NOREPLICAS Not enough good replicas to write."), GH_UNAVAILABLE, "min-replicas"},
        Row{"NotLocal", found_by_redis("Lua script attempted to access a non local key in a cluster node"),
            GH_UNAVAILABLE, "moved"},
        Row{"ClusterDown", found_by_redis("Lua script attempted to execute a command while the cluster is down"),
            GH_UNAVAILABLE, "down"},
        Row{"NoPerm", found_by_redis("The user executing the script can't run this command or subcommand"), GH_DENIED,
            "ACL"},
        Row{"Unknown", passed_on("WRONGTYPE Operation against a key holding the wrong kind of value"), GH_INTERNAL,
            "WRONGTYPE"},
        Row{"Malformed", "ERR Error running script (call to f_9ab2", GH_INTERNAL, "f_9ab2"}),
    [](const auto& row) { return std::string(row.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Redis, StatusTable,
    ::testing::Values(
        Row{"NoScript", "NOSCRIPT No matching script. Please use EVAL.", GH_UNAVAILABLE, "scripts"},
        Row{"Moved", "MOVED 1 127.0.0.1:1", GH_UNSUPPORTED, "redis+cluster://"},
        Row{"Ask", "ASK 1 127.0.0.1:1", GH_UNAVAILABLE, "127.0.0.1:1"},
        Row{"TryAgain", "TRYAGAIN Multiple keys request during rehashing of slot", GH_UNAVAILABLE, "moved"},
        Row{"NotLocal", "ERR Script attempted to access a non local key in a cluster node", GH_UNAVAILABLE, "moved"},
        Row{"ClusterDown", "CLUSTERDOWN Hash slot not served", GH_UNAVAILABLE, "down"},
        Row{"ReadOnly", "READONLY You can't write against a read only replica.", GH_UNAVAILABLE, "replica"},
        Row{"MasterDown", "MASTERDOWN Link with MASTER is down", GH_UNAVAILABLE, "replica"},
        Row{"Loading", "LOADING Redis is loading the dataset in memory", GH_UNAVAILABLE, "loading"},
        Row{"Busy", "BUSY Redis is busy running a script.", GH_UNAVAILABLE, "script"},
        Row{"Unkillable", "UNKILLABLE Sorry the script already executed write commands", GH_UNAVAILABLE, "script"},
        Row{"OutOfMemory", "OOM command not allowed when used memory > 'maxmemory'.", GH_UNAVAILABLE, "maxmemory"},
        Row{"MisConf", "MISCONF Redis is configured to save RDB snapshots", GH_UNAVAILABLE, "disk"},
        Row{"NoReplicas", "NOREPLICAS Not enough good replicas to write.", GH_UNAVAILABLE, "min-replicas"},
        Row{"NoAuth", "NOAUTH Authentication required.", GH_DENIED, "password"},
        Row{"WrongPass", "WRONGPASS invalid username-password pair", GH_DENIED, "password"},
        Row{"NoPerm", "NOPERM this user has no permissions to run the 'evalsha' command", GH_DENIED, "ACL"},
        Row{"NoPermInAScript", "ERR The user executing the script can't run this command or subcommand", GH_DENIED,
            "ACL"},
        Row{"NoPermForAKey", "ERR The user executing the script can't access at least one of the keys", GH_DENIED,
            "ACL"},
        Row{"DownInAScript", "ERR Script attempted to execute a command while the cluster is down", GH_UNAVAILABLE,
            "down"},
        Row{"MaxClients", "ERR max number of clients reached", GH_UNAVAILABLE, "connection"},
        Row{"CrossSlot", "CROSSSLOT Keys in request don't hash to the same slot", GH_INTERNAL, "slot"},
        Row{"Unknown", "ERR something new", GH_INTERNAL, "something new"}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace gatehouse::store_redis
