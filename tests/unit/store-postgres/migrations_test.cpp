// SPDX-License-Identifier: Apache-2.0
#include "migrations.h"
#include "plugin_fixture.h"
#include "support/sql_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>

namespace gatehouse::store_postgres {
namespace {

using PostgresMigrations = test::PostgresFaults;

// The server is lost between the order to commit and its answer.
TEST_F(PostgresMigrations, OneWhoseCommitIsLostMayHaveBeenApplied) {
  server().sql("CREATE SCHEMA " + schema() + "; CREATE TABLE " + table("schema_migrations") +
               " (number integer PRIMARY KEY, name text NOT NULL, needs integer NOT NULL, checksum text NOT NULL, "
               "applied_at timestamptz NOT NULL DEFAULT now(), applied_by text NOT NULL DEFAULT session_user); "
               "CREATE FUNCTION " +
               table("rest") +
               "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$; "
               "CREATE CONSTRAINT TRIGGER rest AFTER INSERT ON " +
               table("schema_migrations") + " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION " +
               table("rest") + "()");
  const auto host = test::PostgresPlugin::make_host();
  Settings settings{};
  settings.migrate_connection = connection_string("url", server().url());
  settings.schema = schema();
  settings.role = "gatehouse_app";
  std::string words;
  gh_call raw = check::store::call_at(check::store::now, words);
  raw.deadline_ns = (std::chrono::steady_clock::now() + std::chrono::seconds(60)).time_since_epoch().count();
  const sdk::Call call(raw);
  const gh_migration_sink nowhere{nullptr, [](void*, const gh_migration*) {}};
  const Migrator migrator(sdk::Host(&host), settings);
  auto applied = std::async(std::launch::async, [&] { return migrator.apply(call, sdk::MigrationSink(nowhere)); });
  const std::string resting = "FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
  test::wait_until(server(), "SELECT count(*) " + resting, "1");
  server().sql("SELECT pg_terminate_backend(pid, 10000) " + resting);
  const auto status = applied.get();
  EXPECT_EQ(status.code(), GH_IN_DOUBT);
  EXPECT_THAT(status.sentence(), testing::HasSubstr("may have been applied"));
}

}  // namespace
}  // namespace gatehouse::store_postgres
