// SPDX-License-Identifier: Apache-2.0
#include "layout.h"
#include "support/redis_cluster.h"
#include "unit/store-redis/redis_fixture.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

namespace gatehouse::store_redis {
namespace {

using namespace check::store;

TEST(RedisCluster, HoldsPartitionsOnAllItsNodes) {
  test::RedisCluster cluster;
  const Redis redis(cluster.url());
  ASSERT_EQ(redis.started(), GH_OK) << redis.words();
  for (int user = 0; user < 60; ++user) {
    ASSERT_EQ(redis.put("1", 0, user, "user" + std::to_string(user)).status, GH_OK);
  }
  for (std::size_t node = 0; node < 3; ++node) EXPECT_NE(cluster.node(node).ask({"DBSIZE"}), "0");
  EXPECT_EQ(redis.verbs().find({.kind = 0, .index = GH_INDEX_KEY, .tenant = "t"}).records.size(), 60U);
  EXPECT_EQ(redis.ping(), GH_OK);
}

TEST(RedisCluster, ASlotThatMovesUnderLoadLosesNothingAndDoublesNothing) {
  test::RedisCluster cluster;
  const Redis redis(cluster.url());
  ASSERT_EQ(redis.started(), GH_OK) << redis.words();
  const std::string user = "mover";
  for (int at = 0; at < 20; ++at) ASSERT_EQ(redis.put(std::to_string(at), 0, 0, user).status, GH_OK);
  const std::uint16_t slot = Layout::slot(Layout::bucket_of("t", user));
  const std::size_t owner = slot < 5461 ? 0 : slot < 10922 ? 1 : 2;

  std::atomic<bool> stop{false};
  std::atomic<std::int64_t> missed{0};
  std::atomic<std::int64_t> wrong{0};
  std::int64_t acknowledged = 0;
  std::thread reader([&] {
    while (!stop) {
      const auto page = redis.verbs().find({.kind = 0, .index = 0, .tenant = "t", .equals = {text(user)}});
      if (page.status == GH_OK && page.records.size() != 20) ++missed;
      if (page.status != GH_OK && page.status != GH_UNAVAILABLE && page.status != GH_TIMEOUT) ++wrong;
    }
  });
  std::thread writer([&] {
    std::int64_t version = 1;
    while (!stop) {
      const gh_status status = redis.put("0", version, version, user).status;
      if (status == GH_OK) {
        acknowledged = ++version;
      } else if (status == GH_CONFLICT || status == GH_INTERNAL) {
        ++wrong;
      }
    }
  });
  for (int turn = 0; turn < 3; ++turn) {
    const std::size_t from = (owner + static_cast<std::size_t>(turn)) % 3;
    cluster.move_slot(from, (from + 1) % 3, slot);
  }
  stop = true;
  reader.join();
  writer.join();
  EXPECT_EQ(missed, 0);
  EXPECT_EQ(wrong, 0);
  const auto last = redis.verbs().get(0, Redis::key("0", user));
  ASSERT_TRUE(last.record.has_value());
  EXPECT_EQ(last.record->version, acknowledged);
  EXPECT_GT(acknowledged, 1);
}

}  // namespace
}  // namespace gatehouse::store_redis
