// SPDX-License-Identifier: Apache-2.0
#include "support/redis_sentinels.h"
#include "unit/store-redis/redis_fixture.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace gatehouse::store_redis {
namespace {

using namespace check::store;
using std::chrono::steady_clock;

TEST(RedisSentinel, AFailoverUndoesNoRevocationThatAReplicaHad) {
  test::RedisSentinels servers(1);
  const Redis redis(servers.url(), {{"wait_replicas", std::int64_t{1}}, {"wait_timeout", std::int64_t{200'000}}});
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
  servers.master().kill9();
  const auto killed = steady_clock::now();
  while (redis.ping() != GH_OK) ASSERT_LT(steady_clock::now() - killed, std::chrono::seconds(20));
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
