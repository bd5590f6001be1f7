// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection.h"
#include "settings.h"

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/host.hpp>
#include <gatehouse/sdk/migrations.hpp>
#include <gatehouse/sdk/status.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::store_postgres {

enum class MigrationState : std::uint8_t {
  Pending,  // this plugin has it, the database does not
  Applied,
  Changed,  // applied with another text
  Unknown   // applied by a plugin that knows more
};

struct MigrationStatus {
  std::uint32_t number;
  std::uint32_t needs;  // a plugin that knows the migrations up to this one can go on working
  std::string name;
  MigrationState state;
  std::int64_t applied_us;
};

// The number of the last migration this plugin has.
std::uint32_t newest_migration() noexcept;

// All migrations that the plugin or the database knows, in order; empty: the database has not been migrated at all.
// Reads the table schema_migrations of the search path. Throws sdk::StatusError (GH_DENIED) where the connection's role
// may not see it: that is not a database without one.
std::vector<MigrationStatus> migration_state(Connection& connection, const Settings& settings);

// "gatehouse.migrations/1" over the SQL files beside this one, which are part of the plugin.
class Migrator {
 public:
  Migrator(const sdk::Host& host, const Settings& settings) : host_(host), settings_(settings) {}

  sdk::Status status(const sdk::Call& call, const sdk::MigrationSink& sink) const;
  sdk::Status plan(const sdk::Call& call, const sdk::MigrationSink& sink) const;
  sdk::Status apply(const sdk::Call& call, const sdk::MigrationSink& sink) const;

 private:
  void refuse_what_cannot_be_continued(const std::vector<MigrationStatus>& state) const;

  const sdk::Host host_;
  const Settings& settings_;
};

}  // namespace gatehouse::store_postgres
