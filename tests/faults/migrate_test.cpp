// SPDX-License-Identifier: Apache-2.0
#include "support/api_client.h"
#include "support/postgres_server.h"
#include "support/program.h"
#include "support/server_process.h"
#include "support/sql_session.h"
#include "support/temp_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <algorithm>
#include <future>
#include <memory>
#include <string>
#include <vector>

// `gatehouse migrate`, and what the server says to databases in every state.
namespace gatehouse::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// The log is JSON.
std::string without_escapes(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), '\\'), text.end());
  return text;
}

class Migrate : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<PostgresServer>(); }
  static void TearDownTestSuite() { server_.reset(); }
  static PostgresServer& server() { return *server_; }

  Migrate() : database_("migrate" + std::to_string(++databases_)) { server().sql("CREATE DATABASE " + database_); }

  std::string plugin_block() const {
    const auto url = folder_.write("url", server().url_of(login_, database_));
    return "\n[[plugin]]\nname = \"store-postgres\"\n[plugin.config]\nurl = { file = \"" + url.string() +
           "\" }\nrole = \"" + role_ + "\"\n";
  }
  std::string config() const {
    return folder_
        .write("gatehouse.toml", "mode = \"dev\"\nstate_dir = \"" + folder_.path().string() +
                                     "\"\nstorage.default = [\"store-postgres\"]\n" + plugin_block())
        .string();
  }
  ProgramCall command(const std::string& verb) const {
    ProgramCall call;
    call.arguments = {server_binary().string(), "migrate", verb, "--config", config()};
    return call;
  }
  ProgramResult run(const std::string& verb) const { return run_program(command(verb)); }
  // What the server says when it refuses to start; empty: it served.
  std::string refusal() const {
    ServerOptions options;
    options.settings = {{"storage.default", R"(["store-postgres"])"}};
    options.more = plugin_block();
    try {
      ServerProcess serving(options);
      EXPECT_EQ(serving.stop(), 0);
      return {};
    } catch (const std::exception& refused) {
      return refused.what();
    }
  }
  std::string sql(const std::string& text) const { return server().sql(text, database_); }
  std::string migrations() const { return sql("SELECT count(*) FROM gatehouse.schema_migrations"); }

  TempFolder folder_;
  const std::string database_;
  std::string role_ = "gatehouse_app";
  std::string login_ = "admin";

 private:
  static std::unique_ptr<PostgresServer> server_;
  static int databases_;
};

std::unique_ptr<PostgresServer> Migrate::server_;
int Migrate::databases_ = 0;

TEST_F(Migrate, AnUnmigratedDatabaseIsRefusedWithTheCommandToRun) {
  EXPECT_THAT(refusal(), HasSubstr("run `gatehouse migrate up`"));
  ASSERT_EQ(run("up").code, 0);
  EXPECT_EQ(refusal(), "");
}

TEST_F(Migrate, StatusSaysWhatIsMissingAndFailsWhileAnythingIs) {
  const auto before = run("status");
  EXPECT_EQ(before.code, 1);
  EXPECT_THAT(before.out, AllOf(HasSubstr("0001_accounts_sessions_events"), HasSubstr("pending")));
  ASSERT_EQ(run("up").code, 0);
  const auto after = run("status");
  EXPECT_EQ(after.code, 0);
  EXPECT_THAT(after.out, AllOf(HasSubstr("applied"), Not(HasSubstr("pending"))));
}

TEST_F(Migrate, PlanPrintsTheSqlAndChangesNothing) {
  const auto plan = run("plan");
  EXPECT_EQ(plan.code, 0);
  EXPECT_THAT(plan.out, AllOf(HasSubstr("CREATE TABLE sessions"), HasSubstr("TO \"gatehouse_app\"")));
  EXPECT_EQ(run("status").code, 1);
  EXPECT_EQ(sql("SELECT to_regnamespace('gatehouse') IS NULL"), "t");
}

TEST_F(Migrate, UpTwiceDoesItOnce) {
  ASSERT_EQ(run("up").code, 0);
  const auto again = run("up");
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.out, HasSubstr("no migration to apply; rights granted again"));
}

TEST_F(Migrate, SeveralAtOnceDoItOnce) {
  const auto call = command("up");
  std::vector<std::future<ProgramResult>> migrators;
  for (int at = 0; at < 3; ++at) migrators.push_back(std::async(std::launch::async, [&] { return run_program(call); }));
  int applied = 0;
  for (auto& each : migrators) {
    const auto result = each.get();
    EXPECT_EQ(result.code, 0) << result.err;
    applied += result.out.find("applied 0001") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(applied, 1);
  EXPECT_EQ(migrations(), "6");
}

TEST_F(Migrate, OneThatWaitsForAnotherSaysForWhomAndLookingWaitsForNobody) {
  SqlSession holder(server(), "SELECT pg_advisory_lock(hashtext('gatehouse migrations'), hashtext('gatehouse'))",
                    database_);
  EXPECT_EQ(run("status").code, 1);
  EXPECT_EQ(run("plan").code, 0);

  const auto pid = sql("SELECT pid FROM pg_locks WHERE locktype = 'advisory'");
  auto call = command("up");
  call.out = folder_.path() / "out";
  call.err = folder_.path() / "err";
  Program migrator(call);
  wait_until(server(),
             "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gatehouse' AND wait_event = 'advisory'",
             "1");
  EXPECT_THAT(read_file(folder_.path() / "err"),
              AllOf(HasSubstr("waits for another migration of schema gatehouse"), HasSubstr("process " + pid),
                    HasSubstr("login admin"), HasSubstr("pg_terminate_backend(" + pid + ")")));
  holder.release();
  EXPECT_EQ(migrator.wait(std::chrono::seconds(60)), 0);
  EXPECT_EQ(run("status").code, 0);
}

TEST_F(Migrate, OneThatIsKilledInTheMiddleLeavesNothingBehind) {
  sql("CREATE SCHEMA gatehouse");
  // An uncommitted table of the same name: the first migration waits half-way.
  SqlSession holder(server(), "CREATE TABLE gatehouse.events (x int)", database_);
  {
    auto call = command("up");
    call.out = folder_.path() / "out";
    call.err = folder_.path() / "err";
    Program migrator(call);
    wait_until(
        server(),
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gatehouse' AND wait_event_type = 'Lock'", "1");
    migrator.signal(SIGKILL);
    ASSERT_TRUE(migrator.wait(std::chrono::seconds(10)));
  }
  holder.release();
  wait_until(server(), "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gatehouse'", "0");
  EXPECT_EQ(sql("SELECT to_regclass('gatehouse.users') IS NULL"), "t");
  const auto again = run("up");
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(refusal(), "");
}

// What it was doing is taken back by the database, as after a kill -9.
TEST_F(Migrate, OneThatWaitsEndsWithTheSignalOfWhoeverWaitsForIt) {
  sql("CREATE SCHEMA gatehouse");
  const SqlSession holder(server(), "CREATE TABLE gatehouse.events (x int)", database_);
  for (const int signal : {SIGINT, SIGTERM}) {
    auto call = command("up");
    call.out = folder_.path() / "out";
    call.err = folder_.path() / "err";
    Program migrator(call);
    wait_until(
        server(),
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gatehouse' AND wait_event_type = 'Lock'", "1");
    migrator.signal(signal);
    EXPECT_EQ(migrator.wait(std::chrono::seconds(10)), 128 + signal);
    // The database looks for a client that is gone when the wait is over, or when it is told to.
    sql("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'gatehouse'");
  }
}

TEST_F(Migrate, ANewerDatabaseIsRefusedUnlessItSaysThatWeCanGoOn) {
  ASSERT_EQ(run("up").code, 0);
  sql("INSERT INTO gatehouse.schema_migrations (number, name, needs, checksum) VALUES (7, '0007_later', 7, 'x')");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("0007_later"), HasSubstr("newer than this plugin")));
  EXPECT_EQ(run("up").code, 1);
  sql("UPDATE gatehouse.schema_migrations SET needs = 6 WHERE number = 7");
  EXPECT_EQ(refusal(), "");
}

TEST_F(Migrate, AMigrationThatWasChangedIsRefused) {
  ASSERT_EQ(run("up").code, 0);
  sql("UPDATE gatehouse.schema_migrations SET checksum = 'another' WHERE number = 1");
  EXPECT_THAT(refusal(), HasSubstr("another text"));
  EXPECT_THAT(run("up").err, HasSubstr("another text"));
}

TEST_F(Migrate, ATableThatLacksSomethingIsRefusedByName) {
  ASSERT_EQ(run("up").code, 0);
  sql("DROP INDEX gatehouse.sessions_by_user");
  EXPECT_THAT(refusal(), HasSubstr("lacks the index on (tenant,user_id,created_at)"));
  sql("DROP INDEX gatehouse.users_email_unique; CREATE UNIQUE INDEX users_email_unique ON gatehouse.users "
      "(tenant, email_unique) WHERE status <> 'disabled'");
  EXPECT_THAT(refusal(), HasSubstr("lacks the UNIQUE index on (tenant,email_unique)"));
  sql("ALTER TABLE gatehouse.users DROP COLUMN phone");
  EXPECT_THAT(refusal(), HasSubstr("column phone is missing"));
  sql("ALTER TABLE gatehouse.users NO FORCE ROW LEVEL SECURITY");
  EXPECT_THAT(refusal(), HasSubstr("not under forced row-level security"));
  sql("ALTER TABLE gatehouse.users FORCE ROW LEVEL SECURITY; DROP POLICY tenant ON gatehouse.users");
  EXPECT_THAT(refusal(), HasSubstr("has no policy that lets a tenant at its rows"));
}

TEST_F(Migrate, WhatWasChangedByHandIsNotToBeMendedByMigrationsThatAreApplied) {
  ASSERT_EQ(run("up").code, 0);
  sql("ALTER TABLE gatehouse.users DROP COLUMN phone");
  const auto words = without_escapes(refusal());
  EXPECT_THAT(words, AllOf(HasSubstr("changed by hand"), Not(HasSubstr("migrate up"))));
  // Nor is the advice any other than what helps.
  const auto at = words.find("ALTER TABLE \"users\" ADD COLUMN");
  ASSERT_NE(at, std::string::npos) << words;
  sql("SET search_path TO gatehouse; " + words.substr(at, words.find(" (", at) - at));
  EXPECT_EQ(refusal(), "");
}

TEST_F(Migrate, RightsThatWereTakenAwayAreMissedAtStartAndGrantedAgain) {
  ASSERT_EQ(run("up").code, 0);
  sql("REVOKE UPDATE, DELETE ON gatehouse.sessions FROM gatehouse_app");
  EXPECT_THAT(without_escapes(refusal()),
              AllOf(HasSubstr("may not UPDATE on \"sessions\", DELETE on \"sessions\""), HasSubstr("migrate up")));
  ASSERT_EQ(run("up").code, 0);
  EXPECT_EQ(refusal(), "");
}

TEST_F(Migrate, ALoginThatMayNotLookIsToldSoAndNotThatEverythingIsPending) {
  ASSERT_EQ(run("up").code, 0);
  sql("DO $$ BEGIN CREATE ROLE stranger LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
  login_ = "stranger";
  for (const char* verb : {"status", "plan"}) {
    const auto result = run(verb);
    EXPECT_EQ(result.code, 1) << verb;
    EXPECT_EQ(result.out, "") << verb;
    EXPECT_THAT(result.err, AllOf(HasSubstr("role stranger may not use schema gatehouse"), HasSubstr("migrate_url")));
  }
  sql("GRANT USAGE ON SCHEMA gatehouse TO stranger");
  EXPECT_THAT(run("status").err, HasSubstr("role stranger may not read table schema_migrations"));
}

TEST_F(Migrate, ALoginThatMayNotMigrateIsToldWhatItNeeds) {
  sql("DO $$ BEGIN CREATE ROLE stranger LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
  sql("REVOKE ALL ON DATABASE " + database_ + " FROM PUBLIC; GRANT CONNECT ON DATABASE " + database_ + " TO PUBLIC");
  login_ = "stranger";
  const auto result = run("up");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("migrate_url"), HasSubstr("CREATEROLE")));
}

TEST_F(Migrate, WhereAnotherDatabasesOwnerHasMadeTheRoleTheWaysOutAreNamed) {
  sql("CREATE ROLE of_the_first NOLOGIN; CREATE ROLE second_owner LOGIN; GRANT CREATE ON DATABASE " + database_ +
      " TO second_owner");
  login_ = "second_owner";
  role_ = "of_the_first";
  const auto refused = run("up");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("granted with ADMIN OPTION"), HasSubstr("the plugin's setting role")));
  sql("GRANT of_the_first TO second_owner WITH ADMIN OPTION");
  EXPECT_EQ(run("up").code, 0);
}

TEST_F(Migrate, ARoleThatOwnsTheTablesOrStandsAboveRowLevelSecurityIsRefused) {
  ASSERT_EQ(run("up").code, 0);
  sql("ALTER TABLE gatehouse.users OWNER TO gatehouse_app");
  EXPECT_THAT(refusal(), HasSubstr("owns table"));
  sql("ALTER TABLE gatehouse.users OWNER TO admin");
  role_ = "admin";
  EXPECT_THAT(refusal(), HasSubstr("superuser or has BYPASSRLS"));
}

// Tables, columns and names that readers of the former systems' databases look for.
TEST_F(Migrate, FormerNamesHaveTheirPlace) {
  ASSERT_EQ(run("up").code, 0);
  EXPECT_EQ(
      sql("SELECT count(*) FROM information_schema.columns WHERE table_schema = 'gatehouse' AND (table_name, "
          "column_name) IN (('sessions', 'previous_refresh_token_jti'), ('users', 'failed_login_attempts'), ('users', "
          "'locked_until'), ('users', 'login_count'), ('users', 'last_login_ip'), ('security_events', 'event_type'))"),
      "6");
}

// Of a mail that was given up: what an operator has to do with it.
TEST_F(Migrate, MailsThatWereGivenUpAreListedAndTriedAgain) {
  ASSERT_EQ(run("up").code, 0);
  sql("SET gatehouse.tenant TO 'default'; INSERT INTO gatehouse.mail_jobs (tenant, partition, id, record_version, "
      "template, to_address, message_id, key_version, created_at, dead_at, useful_until, expires_at, attempts, "
      "last_error) VALUES ('default', 'u1', 'm1', 3, 'password_changed', 'ada@example.org', 'm1@localhost', 0, now(), "
      "now(), now() + '1 day', now() + '30 days', 6, 'refused at AUTH')");
  const auto mail = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {server_binary().string(), "mail"});
    words.insert(words.end(), {"--config", config()});
    return run_program({.arguments = words});
  };
  const auto listed = mail({"list"});
  EXPECT_EQ(listed.code, 0) << listed.err;
  EXPECT_THAT(listed.out, AllOf(HasSubstr("m1"), HasSubstr("refused at AUTH"), Not(HasSubstr("ada@example.org"))));
  EXPECT_EQ(mail({"retry", "m2"}).code, 1);
  const auto retried = mail({"retry", "m1"});
  EXPECT_EQ(retried.code, 0) << retried.err;
  EXPECT_EQ(sql("SELECT dead_at IS NULL AND due_at <= now() AND attempts = 0 FROM gatehouse.mail_jobs"), "t");
  EXPECT_THAT(mail({"list", "--format", "json"}).out, HasSubstr(R"({"mails":[]})"));
}

class Tenants : public Migrate {
 protected:
  // As the server's role, with this tenant.
  std::string as_application(const std::string& tenant, const std::string& query) const {
    return sql("SET ROLE gatehouse_app; SET search_path TO gatehouse; SET gatehouse.tenant TO '" + tenant + "'; " +
               query);
  }
};

TEST_F(Tenants, SeeNothingOfEachOtherWhateverTheQuerySays) {
  ASSERT_EQ(run("up").code, 0);
  ServerOptions options;
  options.settings = {{"storage.default", R"(["store-postgres"])"}};
  options.more = plugin_block();
  {
    ServerProcess serving(options);
    Api api(serving.listen());
    api.signed_up(account("ada"));
    EXPECT_EQ(serving.stop(), 0);
  }
  for (const char* table : {"users", "sessions", "events", "security_events"}) {
    const std::string count = std::string("SELECT count(*) > 0 FROM ") + table;
    EXPECT_EQ(as_application("default", count), "t") << table;
    EXPECT_EQ(as_application("another", count), "f") << table;
    EXPECT_EQ(as_application("", count), "f") << table;
  }
  EXPECT_EQ(as_application("another", "UPDATE users SET role = 'admin' RETURNING 1"), "");
  EXPECT_EQ(as_application("another", "DELETE FROM sessions RETURNING 1"), "");
  EXPECT_THROW(as_application("another", "INSERT INTO users SELECT 'default', 'x', 'x', 1"), std::runtime_error);
}

TEST_F(Tenants, EventsCanBeNeitherChangedNorDeletedByTheApplication) {
  ASSERT_EQ(run("up").code, 0);
  sql("SET gatehouse.tenant TO 'default'; INSERT INTO gatehouse.events (tenant, partition, id, record_version, type, "
      "version, severity, time, payload, expires_at) VALUES ('default', '-', '1', 1, 't', 1, 'info', now(), '{}', "
      "now() + "
      "'1 day')");
  EXPECT_THROW(as_application("default", "UPDATE events SET type = 'x'"), std::runtime_error);
  EXPECT_EQ(as_application("default", "DELETE FROM events RETURNING 1"), "");
}

}  // namespace
}  // namespace gatehouse::test
