// SPDX-License-Identifier: Apache-2.0
#include "migrations.h"

#include "admin.h"
#include "database_error.h"
#include "text_forms.h"
#include "time_text.h"
#include "transaction.h"

#include <string_view>

namespace gatehouse::store_postgres {
namespace {

struct Migration {
  std::uint32_t number;
  std::uint32_t needs;
  std::string_view name;
  std::string_view text;
};

constexpr Migration migrations[] = {
#include "migrations.inc"
};

constexpr const char* table_sql =
    "CREATE TABLE IF NOT EXISTS schema_migrations (number integer PRIMARY KEY, name text NOT NULL, needs integer NOT "
    "NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), applied_by text NOT NULL DEFAULT "
    "session_user)";

const Migration* find(std::uint32_t number) noexcept {
  return number >= 1 && number <= std::size(migrations) ? &migrations[number - 1] : nullptr;
}

std::string checksum_sql(std::string_view text) {
  return "encode(sha256(convert_to(" + literal(text) + ", 'UTF8')), 'hex')";
}

// The text with the names the operator chose.
std::string ready_text(const Migration& migration, const Settings& settings) {
  constexpr std::string_view role = ":\"role\"";
  std::string text(migration.text);
  for (auto at = text.find(role); at != std::string::npos; at = text.find(role, at)) {
    text.replace(at, role.size(), identifier(settings.role));
  }
  return text;
}

std::vector<MigrationStatus> all_pending() {
  std::vector<MigrationStatus> state;
  for (const Migration& each : migrations) {
    state.push_back({each.number, each.needs, std::string(each.name), MigrationState::Pending, 0});
  }
  return state;
}

std::uint32_t code_of(MigrationState state) noexcept {
  switch (state) {
    case MigrationState::Pending: return GH_MIGRATION_PENDING;
    case MigrationState::Applied: return GH_MIGRATION_APPLIED;
    case MigrationState::Changed: return GH_MIGRATION_CHANGED;
    case MigrationState::Unknown: break;
  }
  return GH_MIGRATION_UNKNOWN;
}

void put(const sdk::MigrationSink& sink, const MigrationStatus& status, std::string_view text) {
  sink.put(status.number, code_of(status.state), status.applied_us, status.name, text);
}

// Who would have to be somebody else, or have more rights.
constexpr const char* migrating_login =
    "`gatehouse migrate` works with the login of migrate_url, or of url where that is not set";

sdk::Status failed(const DatabaseError& error, Step step, const std::string& what) {
  const auto status = to_status(error, step);
  // Here the server's own words are about our SQL and not about records.
  std::string words(error.what());
  while (!words.empty() && words.back() == '\n') words.pop_back();
  std::string sentence = what + ": " + words;
  if (error.sqlstate() == "42501") {
    sentence +=
        std::string("; ") + migrating_login +
        ", which must own what is migrated, or on the first run have CREATE on the database and CREATEROLE. Roles "
        "belong "
        "to all databases of a server: where another owner has made the server's role, have it granted with ADMIN "
        "OPTION, or name a role of this database's own with the plugin's setting role";
  } else if (status.code() == GH_DENIED) {
    sentence += std::string("; ") + migrating_login;
  }
  return {status.code(), std::move(sentence)};
}

[[noreturn]] void refuse_to_guess(Connection& connection, const Settings& settings, const std::string& right) {
  const Rows who = connection.run(std::string("SELECT current_user"));
  const std::string role(who.text(0, 0));
  throw sdk::StatusError(GH_DENIED, "role " + role + " may not " + right +
                                        ", so that what is applied cannot be seen; " + migrating_login +
                                        ", which must be the one that migrated; the server's role " + settings.role +
                                        " gets its rights from `gatehouse migrate up`");
}

// All that the migrations grant, once more: what was taken away by hand, or the setting role names another role now.
void grant_again(Connection& connection, const Settings& settings) {
  constexpr std::string_view begin = "\nGRANT ";
  for (const Migration& each : migrations) {
    const auto text = ready_text(each, settings);
    for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1)) {
      connection.run(text.substr(at, text.find(';', at) - at));
    }
  }
}

void apply_one(Connection& connection, const Migration& migration, const Settings& settings, Step& step) {
  step = Step::Inside;
  Transaction transaction(connection);
  connection.run(ready_text(migration, settings));
  connection.run("INSERT INTO schema_migrations (number, name, needs, checksum) VALUES (" +
                 std::to_string(migration.number) + ", " + literal(migration.name) + ", " +
                 std::to_string(migration.needs) + ", " + checksum_sql(migration.text) + ")");
  step = Step::Commit;
  transaction.commit();
}

}  // namespace

std::uint32_t newest_migration() noexcept { return static_cast<std::uint32_t>(std::size(migrations)); }

std::vector<MigrationStatus> migration_state(Connection& connection, const Settings& settings) {
  // What lies in a schema without USAGE looks as if it were not there.
  const Rows seen = connection.run(
      "SELECT to_regclass('schema_migrations') IS NULL, coalesce((SELECT NOT has_schema_privilege(oid, 'USAGE') FROM "
      "pg_namespace WHERE nspname = " +
      literal(settings.schema) +
      "), false), coalesce(NOT has_table_privilege(to_regclass('schema_migrations'), 'SELECT'), false)");
  if (seen.text(0, 1) == "t") refuse_to_guess(connection, settings, "use schema " + settings.schema);
  if (seen.text(0, 0) == "t") return {};
  if (seen.text(0, 2) == "t") refuse_to_guess(connection, settings, "read table schema_migrations");
  const Rows rows = connection.run(
      std::string("SELECT number, needs, name, checksum, applied_at FROM schema_migrations ORDER BY number"));
  if (rows.size() == 0) return {};
  auto state = all_pending();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    MigrationStatus found{static_cast<std::uint32_t>(rows.integer(row, 0)),
                          static_cast<std::uint32_t>(rows.integer(row, 1)), std::string(rows.text(row, 2)),
                          MigrationState::Unknown, parse_time(rows.text(row, 4)).value_or(0)};
    const Migration* ours = find(found.number);
    if (ours == nullptr) {
      state.push_back(std::move(found));
      continue;
    }
    const Rows same = connection.run("SELECT " + checksum_sql(ours->text) + " = " + literal(rows.text(row, 3)));
    found.state = same.text(0, 0) == "t" ? MigrationState::Applied : MigrationState::Changed;
    state[found.number - 1] = std::move(found);
  }
  return state;
}

sdk::Status Migrator::status(const sdk::Call& call, const sdk::MigrationSink& sink) const {
  try {
    Admin admin(host_, settings_, call);
    auto state = migration_state(admin.connection(), settings_);
    if (state.empty()) state = all_pending();
    for (const auto& each : state) put(sink, each, {});
    return {};
  } catch (const DatabaseError& error) {
    return failed(error, Step::Read, "the state of the migrations cannot be read");
  }
}

sdk::Status Migrator::plan(const sdk::Call& call, const sdk::MigrationSink& sink) const {
  try {
    Admin admin(host_, settings_, call);
    auto state = migration_state(admin.connection(), settings_);
    if (state.empty()) state = all_pending();
    refuse_what_cannot_be_continued(state);
    for (const auto& each : state) {
      if (each.state == MigrationState::Pending) put(sink, each, ready_text(*find(each.number), settings_));
    }
    return {};
  } catch (const DatabaseError& error) {
    return failed(error, Step::Read, "the state of the migrations cannot be read");
  }
}

sdk::Status Migrator::apply(const sdk::Call& call, const sdk::MigrationSink& sink) const {
  // What a lost server leaves of the preparation does no harm, and doing it again neither.
  Step step = Step::Inside;
  std::string doing;
  try {
    Admin admin(host_, settings_, call);
    admin.lock(host_, settings_);
    {
      Transaction transaction(admin.connection());
      admin.make_schema_and_role(settings_);
      admin.connection().run(std::string(table_sql));
      admin.connection().run("GRANT SELECT ON schema_migrations TO " + identifier(settings_.role));
      transaction.commit();
    }
    auto state = migration_state(admin.connection(), settings_);
    if (state.empty()) state = all_pending();
    refuse_what_cannot_be_continued(state);
    for (auto& each : state) {
      if (each.state != MigrationState::Pending) continue;
      doing = each.name;
      apply_one(admin.connection(), *find(each.number), settings_, step);
      each.state = MigrationState::Applied;
      host_.info("applied migration " + each.name);
      put(sink, each, {});
    }
    doing.clear();
    step = Step::Inside;
    grant_again(admin.connection(), settings_);
    return {};
  } catch (const DatabaseError& error) {
    if (doing.empty()) return failed(error, step, "schema, role or rights cannot be made as they have to be");
    const bool in_doubt = judge(error, step).status == GH_IN_DOUBT;
    return failed(error, step,
                  "migration " + doing +
                      (in_doubt ? " may have been applied: the server was lost while it committed; run "
                                  "`gatehouse migrate status`"
                                : " failed and was rolled back"));
  }
}

void Migrator::refuse_what_cannot_be_continued(const std::vector<MigrationStatus>& state) const {
  for (const auto& each : state) {
    if (each.state == MigrationState::Unknown) {
      throw sdk::StatusError(GH_UNSUPPORTED, "the database is newer than this plugin: it has migration " + each.name +
                                                 "; migrate with the release that has it");
    }
    if (each.state == MigrationState::Changed) {
      throw sdk::StatusError(GH_UNSUPPORTED,
                             "migration " + each.name +
                                 " was applied with another text than this plugin has; migrate with the "
                                 "release that wrote the database");
    }
  }
}

}  // namespace gatehouse::store_postgres
