// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/journal_load.h"
#include "support/postgres_server.h"
#include "support/server_process.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::test {

struct SiteOptions {
  std::size_t nodes = 2;
  std::string database_url{};  // where the servers find it; empty: where it is
  std::string schema = "site";
  std::string redis_url{};       // for sessions and limits; empty: sessions are in PostgreSQL, too
  std::string redis_settings{};  // lines of its block
  Settings settings{};           // over those a site has
  Settings first_settings{};     // of the first node, over these
  std::string more{};            // TOML after the settings
  std::vector<std::pair<std::string, std::optional<std::string>>> environment{};
};

// Servers that share a PostgreSQL, perhaps a Redis, and their keyring, and nothing else. A call of a store may take one
// second, a request three. One thread.
class Site {
 public:
  Site(const PostgresServer& postgres, SiteOptions options);

  std::size_t size() const { return nodes_.size(); }
  ServerProcess& node(std::size_t at) { return *nodes_[at % nodes_.size()]; }
  std::vector<ServerProcess*> nodes() const;
  const std::string& schema() const { return options_.schema; }
  // A command beside the servers, with their database and keys.
  ProgramResult command(const std::vector<std::string>& words) const;
  void stop();  // expects the exit code 0 of each
  // From now on the stream of events is read there.
  void failed_over_to(const PostgresServer& other) { events_in_ = &other; }

  // Loads the site before, during and after `work`, and expects that the oracle has nothing against what happened, the
  // stream of events included, and that the servers hold no more than before. Gives the history.
  History under_load(Rules rules, const std::function<void(Load&)>& work);
  // Within under_load: kills one server after the other, so many times in all, and starts it again.
  void kill_servers(Load& load, int times);

 private:
  std::string database_block() const;
  std::string keyring_block() const;
  void migrate() const;
  void expect_nothing_against(const History& history, const Rules& rules);

  const PostgresServer& postgres_;
  const PostgresServer* events_in_ = &postgres_;
  const SiteOptions options_;
  const TempFolder shared_;
  std::vector<std::unique_ptr<ServerProcess>> nodes_;
  std::vector<Footprint> held_;          // once they had worked
  std::set<std::string> may_end_twice_;  // of all loads: the stream of events is one
  std::vector<Fault> former_;            // that may still be felt
  int loads_ = 0;
};

// How often, or how long, from the environment; else the lean figure that every run of the tests can afford.
int figure(const char* variable, int lean);

}  // namespace gatehouse::test
