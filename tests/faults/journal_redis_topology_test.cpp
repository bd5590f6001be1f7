// SPDX-License-Identifier: Apache-2.0
#include "site.h"
#include "support/postgres_server.h"
#include "support/redis_cluster.h"
#include "support/redis_sentinels.h"
#include "support/redis_server.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

// Servers over a Redis that is more than one process, under a load whose every answer is held against them.
namespace gatehouse::test {
namespace {

// Revocations wait for a replica, what begins or goes on does not: a login or refresh may be forgotten, an end may not.
TEST(JournalSentinel, AFailoverRevivesNobody) {
  const PostgresServer postgres;
  RedisSentinels redis(2);
  Site site(postgres, {.redis_url = redis.url(), .redis_settings = "wait_replicas = 1\nwait_timeout = \"200ms\"\n"});
  site.under_load({.store_forgets_sessions = true, .events_live_elsewhere = true}, [&](Load& load) {
    load.fault(Fault::Readiness::Falls, [&] {
      redis.master().kill9();
      redis.wait_for_failover();
    });
  });
  site.stop();
}

std::vector<int> slots_with_keys(const RedisServer& node) {
  constexpr int slots = 16384;
  RedisClient client(node.socket());
  std::vector<int> found;
  for (int slot = 0; slot < slots; ++slot) {
    if (client.ask({"CLUSTER", "COUNTKEYSINSLOT", std::to_string(slot)}) != "0") found.push_back(slot);
  }
  return found;
}

TEST(JournalCluster, SlotsThatMoveTakeEverythingAlong) {
  const PostgresServer postgres;
  RedisCluster redis;
  Site site(postgres, {.redis_url = redis.url()});
  site.under_load({.events_live_elsewhere = true}, [&](Load& load) {
    for (std::size_t from = 0; from < 3; ++from) {
      load.fault(Fault::Readiness::Stays, [&] {
        for (const int slot : slots_with_keys(redis.node(from))) redis.move_slot(from, (from + 1) % 3, slot);
      });
    }
  });
  site.stop();
}

}  // namespace
}  // namespace gatehouse::test
