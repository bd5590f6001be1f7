// SPDX-License-Identifier: Apache-2.0
#include "unit/store-redis/redis_fixture.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::store_redis {
namespace {

using namespace check::store;
using std::chrono::steady_clock;

// A master, a replica and three sentinels that are quick to judge.
class RedisSentinel : public ::testing::Test {
 protected:
  RedisSentinel() {
    replica_.ask({"REPLICAOF", "127.0.0.1", std::to_string(master_.port())});
    const auto config = "sentinel monitor mymaster 127.0.0.1 " + std::to_string(master_.port()) +
                        " 2\nsentinel down-after-milliseconds mymaster 500\nsentinel failover-timeout mymaster 3000\n";
    std::string list;
    for (int at = 0; at < 3; ++at) {
      auto sentinel =
          std::make_unique<test::RedisServer>(test::RedisOptions{.tcp = true, .sentinel = true, .config = config});
      list.append(at == 0 ? "" : ",").append("127.0.0.1:").append(std::to_string(sentinel->port()));
      sentinels_.push_back(std::move(sentinel));
    }
    url_ = "redis+sentinel://" + list + "/mymaster";
  }
  bool wait_for(const std::function<bool()>& holds, std::chrono::seconds patience) const {
    const auto until = steady_clock::now() + patience;
    while (!holds()) {
      if (steady_clock::now() > until) return false;
    }
    return true;
  }
  bool knows_all() const {
    for (const auto& sentinel : sentinels_) {
      const auto text = sentinel->ask({"SENTINEL", "MASTER", "mymaster"});
      if (text.find("num-slaves\n1\n") == std::string::npos) return false;
      if (text.find("num-other-sentinels\n2\n") == std::string::npos) return false;
    }
    return true;
  }

  test::RedisServer master_{{.tcp = true}};
  test::RedisServer replica_{{.tcp = true}};
  std::vector<std::unique_ptr<test::RedisServer>> sentinels_;
  std::string url_;
};

TEST_F(RedisSentinel, AFailoverUndoesNoRevocationThatAReplicaHad) {
  ASSERT_TRUE(wait_for([&] { return knows_all(); }, std::chrono::seconds(20)));
  const Redis redis(url_, {{"wait_replicas", std::int64_t{1}}, {"wait_timeout", std::int64_t{200'000}}});
  ASSERT_EQ(redis.started(), GH_OK) << redis.words();
  std::vector<std::string> revoked;
  for (int at = 0; at < 200; ++at) {
    const auto id = std::to_string(at);
    ASSERT_EQ(redis.put(id, 0, at).status, GH_OK);
    const auto ended = redis.verbs().commit(
        check::store::put(0, Redis::key(id), 1, Redis::values(at, "u", moment(check::store::now))));
    if (ended.status == GH_OK) revoked.push_back(id);
  }
  ASSERT_GT(revoked.size(), 100U);
  master_.kill9();
  const auto killed = steady_clock::now();
  ASSERT_TRUE(wait_for([&] { return redis.ping() == GH_OK; }, std::chrono::seconds(20)));
  RecordProperty(
      "recovered_ms",
      static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - killed).count()));
  for (const auto& id : revoked) {
    const auto session = redis.verbs().get(0, Redis::key(id));
    ASSERT_TRUE(session.record.has_value()) << id;
    EXPECT_NE(session.record->values[session::RevokedAt], null()) << id;
  }
}

}  // namespace
}  // namespace gatehouse::store_redis
