// SPDX-License-Identifier: Apache-2.0
#include "shared_site.h"
#include "support/postgres_server.h"
#include "support/redis_server.h"

#include <gtest/gtest.h>

#include <signal.h>

// As journal_postgres_test.cpp, with sessions and limits in a Redis that keeps nothing on disk.
namespace gatehouse::test {
namespace {

using Readiness = Fault::Readiness;

struct Shared {
  PostgresServer postgres;
  RedisServer redis;
  FaultProxy proxy{redis.socket(), FaultProxy::Line::Tcp};
  Site site{postgres, {.redis_url = "redis://" + proxy.address()}};
};

class JournalRedis : public SharedSite<Shared> {
 protected:
  static PostgresServer& postgres() { return shared().postgres; }
  static RedisServer& redis() { return shared().redis; }
};

TEST_F(JournalRedis, HoldsWhileServersAreKilled) {
  site().under_load({.servers_die = true, .events_live_elsewhere = true},
                    [](Load& load) { site().kill_servers(load, figure("GATEHOUSE_TEST_KILLS", 5)); });
}

TEST_F(JournalRedis, HoldsWhileRedisHangs) {
  site().under_load({.events_live_elsewhere = true}, [](Load& load) {
    load.fault(Readiness::Falls, [&] {
      redis().signal(SIGSTOP);
      load.hold(stop_time());
      redis().signal(SIGCONT);
    });
  });
}

TEST_F(JournalRedis, HoldsWhilePostgresHangsBesideIt) {
  site().under_load({.events_live_elsewhere = true}, [](Load& load) {
    load.fault(Readiness::Falls, [&] {
      postgres().signal_all(SIGSTOP);
      load.hold(stop_time());
      postgres().signal_all(SIGCONT);
    });
  });
}

TEST_F(JournalRedis, RevivesNobodyWhenRedisComesBackEmpty) {
  site().under_load({.store_forgets_sessions = true, .events_live_elsewhere = true}, [](Load& load) {
    for (int time = 0; time < 2; ++time) {
      load.fault(Readiness::Falls, [&] {
        redis().kill9();
        load.wait_until_unready();
        redis().start();
      });
      load.run(5);
    }
  });
}

TEST_F(JournalRedis, HoldsOnALineThatDelaysSlicesCutsAndResets) {
  site().under_load({.events_live_elsewhere = true}, [](Load& load) { trouble_the_line(load); });
}

}  // namespace
}  // namespace gatehouse::test
