// SPDX-License-Identifier: Apache-2.0
#include "site.h"
#include "support/fault_proxy.h"
#include "support/postgres_server.h"
#include "support/redis_server.h"

#include <gtest/gtest.h>

#include <signal.h>

#include <chrono>
#include <memory>

// As journal_postgres_test.cpp, with sessions and limits in a Redis that keeps nothing on disk.
namespace gatehouse::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Readiness = Fault::Readiness;

struct Shared {
  PostgresServer postgres;
  RedisServer redis;
  FaultProxy proxy{redis.socket()};
  Site site{postgres, {.redis_url = "redis+unix://" + proxy.socket().string()}};
};

class JournalRedis : public testing::Test {
 protected:
  static void SetUpTestSuite() { shared_ = std::make_unique<Shared>(); }
  static void TearDownTestSuite() {
    if (shared_) shared_->site.stop();
    shared_.reset();
  }

  static Site& site() { return shared_->site; }
  static PostgresServer& postgres() { return shared_->postgres; }
  static RedisServer& redis() { return shared_->redis; }
  static FaultProxy& proxy() { return shared_->proxy; }
  static int stop_seconds() { return figure("GATEHOUSE_TEST_STOP_SECONDS", 2); }

 private:
  static std::unique_ptr<Shared> shared_;
};

std::unique_ptr<Shared> JournalRedis::shared_;

TEST_F(JournalRedis, HoldsWhileServersAreKilled) {
  site().under_load({.servers_die = true, .events_live_elsewhere = true},
                    [](Load& load) { site().kill_servers(load, figure("GATEHOUSE_TEST_KILLS", 5)); });
}

TEST_F(JournalRedis, HoldsWhileRedisHangs) {
  site().under_load({.events_live_elsewhere = true}, [](Load& load) {
    load.fault(Readiness::Falls, [&] {
      redis().signal(SIGSTOP);
      load.hold(seconds(stop_seconds()));
      redis().signal(SIGCONT);
    });
  });
}

TEST_F(JournalRedis, HoldsWhilePostgresHangsBesideIt) {
  site().under_load({.events_live_elsewhere = true}, [](Load& load) {
    load.fault(Readiness::Falls, [&] {
      postgres().signal_all(SIGSTOP);
      load.hold(seconds(stop_seconds()));
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

TEST_F(JournalRedis, HoldsOnALineThatDelaysSlicesAndCuts) {
  site().under_load({.events_live_elsewhere = true}, [](Load& load) {
    load.fault(Readiness::Either, [&] {
      proxy().delay(milliseconds(15));
      load.run(5);
      proxy().delay(milliseconds(0));
      proxy().slice(true);
      load.run(5);
      proxy().slice(false);
      proxy().cut_one_in(61);
      load.run(20);
      proxy().cut_one_in(0);
    });
  });
}

}  // namespace
}  // namespace gatehouse::test
