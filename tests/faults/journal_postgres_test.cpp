// SPDX-License-Identifier: Apache-2.0
#include "shared_site.h"
#include "support/postgres_server.h"
#include "support/small_disk.h"

#include <gtest/gtest.h>

#include <signal.h>

#include <chrono>
#include <filesystem>
#include <string>

// Two servers on one PostgreSQL, under a load whose every answer is held against them, while one thing after the other
// goes wrong. GATEHOUSE_TEST_KILLS says how often a server is killed, GATEHOUSE_TEST_STOP_SECONDS how long PostgreSQL
// is held.
namespace gatehouse::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Readiness = Fault::Readiness;

struct Shared {
  SmallDisk disk{192};
  PostgresServer postgres{{.settings = {{"max_wal_size", "4MB"}, {"min_wal_size", "2MB"}},
                           .folder = disk.mounted() ? disk.path() : std::filesystem::path()}};
  FaultProxy proxy{postgres.socket_folder() / ".s.PGSQL.5432", FaultProxy::Line::Tcp};
  Site site{postgres, {.database_url = "postgresql://admin@" + proxy.address() + "/postgres"}};
};

class JournalPostgres : public SharedSite<Shared> {
 protected:
  static PostgresServer& postgres() { return shared().postgres; }
  static SmallDisk& disk() { return shared().disk; }
};

TEST_F(JournalPostgres, HoldsWhileServersAreKilled) {
  site().under_load({.servers_die = true},
                    [](Load& load) { site().kill_servers(load, figure("GATEHOUSE_TEST_KILLS", 5)); });
}

TEST_F(JournalPostgres, HoldsWhilePostgresHangs) {
  site().under_load({}, [](Load& load) {
    load.fault(Readiness::Falls, [&] {
      postgres().signal_all(SIGSTOP);
      load.hold(stop_time());
      postgres().signal_all(SIGCONT);
    });
  });
}

TEST_F(JournalPostgres, HoldsWhilePostgresCrashesAndComesBack) {
  site().under_load({}, [](Load& load) {
    load.fault(Readiness::Falls, [&] {
      postgres().stop_immediately();
      load.wait_until_unready();
      postgres().start();
    });
    load.run(5);
    load.fault(Readiness::Falls, [&] {
      postgres().kill9();
      load.wait_until_unready();
      postgres().start();
    });
  });
}

TEST_F(JournalPostgres, HoldsWhileTransactionsAreTerminated) {
  site().under_load({}, [](Load& load) {
    int terminated = 0;
    load.fault(Readiness::Either, [&] {
      for (int round = 0; round < 40; ++round) {
        terminated += std::stoi(postgres().sql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"));
      }
    });
    EXPECT_GT(terminated, 0);
  });
}

TEST_F(JournalPostgres, HoldsOnALineThatDelaysSlicesCutsAndResets) {
  site().under_load({}, [](Load& load) { trouble_the_line(load); });
}

TEST_F(JournalPostgres, HoldsWhileTheDiskOfPostgresIsFull) {
  if (!disk().mounted()) GTEST_SKIP() << "only root may mount a small disk";
  site().under_load({}, [](Load& load) {
    load.fault(Readiness::Either, [&] {
      const auto until = std::chrono::steady_clock::now() + seconds(20);
      const auto before = postgres().log().size();
      const auto full = [&] { return postgres().log().find("No space left on device", before) != std::string::npos; };
      while (!full() && std::chrono::steady_clock::now() < until) {
        disk().fill();
        load.hold(milliseconds(50));
      }
      EXPECT_TRUE(full());
      disk().make_room();
      // Without room for its journal it may have given up; that is its operator's to mend, not ours.
      if (postgres().ended()) postgres().start();
    });
  });
}

}  // namespace
}  // namespace gatehouse::test
