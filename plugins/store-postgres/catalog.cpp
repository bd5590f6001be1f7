// SPDX-License-Identifier: Apache-2.0
#include "catalog.h"

#include "migrations.h"
#include "text_forms.h"

#include <map>
#include <set>
#include <string>

namespace gatehouse::store_postgres {
namespace {

constexpr const char* migrate = "; run `gatehouse migrate up`";

// Of tables: every migration is applied by then, and runs no second time.
const std::string by_hand = ", though every migration is applied: it was changed by hand; mend it as its owner: ";

std::string whole_type(std::string_view type) { return std::string(type) + (type == "text" ? " COLLATE \"C\"" : ""); }

[[noreturn]] void refuse(const std::string& why) { throw sdk::StatusError(GH_UNSUPPORTED, why); }

struct ColumnFound {
  std::string type;
  bool required;
  std::string collation;
};

void check_role(Connection& connection, const Settings& settings) {
  const Rows rows = connection.run(
      std::string("SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"));
  if (rows.size() != 1 || rows.text(0, 0) != settings.role) {
    refuse("the connection does not work as role " + settings.role + "; a pooler in between must keep sessions");
  }
  if (rows.text(0, 1) == "t") {
    refuse("role " + settings.role +
           " is a superuser or has BYPASSRLS, so that row-level security would not keep tenants apart; name one in the "
           "setting role that is neither and owns nothing, and `gatehouse migrate up` makes it");
  }
}

void check_migrations(Connection& connection, const Settings& settings, const sdk::Host& host) {
  const auto state = migration_state(connection, settings);
  if (state.empty()) refuse("schema " + settings.schema + " of the database is not migrated" + migrate);
  for (const auto& each : state) {
    if (each.state == MigrationState::Pending) refuse("migration " + each.name + " is missing" + migrate);
    if (each.state == MigrationState::Changed) {
      refuse("migration " + each.name +
             " was applied with another text than this plugin has; install the release that wrote the database");
    }
    if (each.state != MigrationState::Unknown) continue;
    if (each.needs > newest_migration()) {
      refuse("the database is newer than this plugin: it has migration " + each.name + ", and this plugin knows " +
             std::to_string(newest_migration()) + " migrations; install the release that migrated it, or a later one");
    }
    host.warn("the database has migration " + each.name + ", which this plugin does not know but can live with");
  }
}

void check_table(Connection& connection, const Kind& kind) {
  const Rows rows = connection.run(
      "SELECT relrowsecurity AND relforcerowsecurity, pg_has_role(current_user, relowner, 'MEMBER'), EXISTS (SELECT "
      "FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname LIKE 'tenant%') FROM pg_class c WHERE c.oid = "
      "to_regclass(" +
      literal(kind.table()) + ")");
  const std::string& table = kind.table();
  if (rows.size() != 1) refuse("table " + table + " is missing" + by_hand + "restore it from a backup");
  if (rows.text(0, 0) != "t") {
    refuse("table " + table + " is not under forced row-level security" + by_hand + "ALTER TABLE " + table +
           " ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY");
  }
  if (rows.text(0, 2) != "t") {
    refuse("table " + table + " has no policy that lets a tenant at its rows" + by_hand +
           "create it anew as `gatehouse migrate plan` prints it for a database without it");
  }
  if (rows.text(0, 1) == "t") {
    refuse("the server's role owns table " + table +
           ", itself or as a member of the owner, and could switch its row-level security off; ALTER TABLE " + table +
           " OWNER TO the role that migrates (the login of migrate_url), and let the server's role be no member of it");
  }
}

void check_columns(Connection& connection, const Kind& kind) {
  const Rows rows = connection.run(
      "SELECT attname, format_type(atttypid, atttypmod), attnotnull AND NOT atthasdef, coalesce(collname, '') FROM "
      "pg_attribute LEFT JOIN pg_collation c ON c.oid = attcollation WHERE attrelid = to_regclass(" +
      literal(kind.table()) + ") AND attnum > 0 AND NOT attisdropped");
  std::map<std::string, ColumnFound, std::less<>> found;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    found[std::string(rows.text(row, 0))] = {std::string(rows.text(row, 1)), rows.text(row, 2) == "t",
                                             std::string(rows.text(row, 3))};
  }
  std::set<std::string, std::less<>> sorted = {"tenant", "partition", "id"};
  for (const Index& index : kind.indexes()) {
    for (const std::uint32_t field : index.fields) {
      if (kind.columns()[field].type == GH_TEXT) sorted.insert(kind.columns()[field].column);
    }
  }
  const auto need = [&](const std::string& name, std::string_view type, bool nullable) {
    const auto at = found.find(name);
    const std::string where = "table " + kind.table() + ", column " + name;
    const std::string alter = by_hand + "ALTER TABLE " + kind.table();
    if (at == found.end()) {
      refuse(where + " is missing" +
             (nullable ? alter + " ADD COLUMN " + identifier(name) + " " + whole_type(type) +
                             " (what was in it is in a backup only)"
                       : by_hand + "restore the table from a backup"));
    }
    if (at->second.type != type) {
      refuse(where + " is " + at->second.type + " and must be " + std::string(type) + alter + " ALTER COLUMN " +
             identifier(name) + " TYPE " + whole_type(type));
    }
    if (nullable && at->second.required) {
      refuse(where + " is NOT NULL, and the host writes NULL" + alter + " ALTER COLUMN " + identifier(name) +
             " DROP NOT NULL");
    }
    if (sorted.count(name) != 0 && at->second.collation != "C") {
      refuse(where + " must be COLLATE \"C\"" + alter + " ALTER COLUMN " + identifier(name) + " TYPE " +
             whole_type(type));
    }
    found.erase(at);
  };
  for (const auto name : {column::tenant, column::partition, column::id}) need(std::string(name), "text", false);
  need(std::string(column::record_version), "bigint", false);
  for (const Column& column : kind.columns()) need(column.column, type_name(column.type), column.nullable);
  if (kind.has_floor()) need(std::string(column::expiry_floor), type_name(GH_TIME), true);
  for (const auto& [name, other] : found) {
    if (other.required)
      refuse("table " + kind.table() + " demands a value for column " + name +
             ", which this host does not know; give the column a DEFAULT, or ALTER COLUMN " + identifier(name) +
             " DROP NOT NULL");
  }
}

// Each index of the kind by its columns, whatever its name. One of a part of the rows is none: it keeps nothing unique
// among the others.
void check_indexes(Connection& connection, const Kind& kind) {
  const Rows rows = connection.run(
      "SELECT indisunique AND indimmediate, array_to_string(array(SELECT attname FROM unnest(indkey) WITH "
      "ORDINALITY "
      "k(attnum, place) JOIN pg_attribute a ON a.attrelid = indrelid AND a.attnum = k.attnum ORDER BY place), ',') "
      "FROM pg_index WHERE indisvalid AND indpred IS NULL AND indrelid = to_regclass(" +
      literal(kind.table()) + ")");
  for (const Index& index : kind.indexes()) {
    std::string columns(column::tenant);
    for (const std::uint32_t field : index.fields) columns += "," + kind.columns()[field].column;
    bool there = false;
    for (std::size_t row = 0; row < rows.size() && !there; ++row) {
      const auto found = rows.text(row, 1);
      const bool begins = found == columns || (!index.unique && found.substr(0, columns.size() + 1) == columns + ",");
      there = begins && (!index.unique || rows.text(row, 0) == "t");
    }
    if (!there) {
      const std::string what = index.unique ? "UNIQUE INDEX" : "INDEX";
      refuse("table " + kind.table() + " lacks the " + (index.unique ? "UNIQUE index" : "index") + " on (" + columns +
             ")" + by_hand + "CREATE " + what + " ON " + kind.table() + " (" + columns + ")");
    }
  }
}

void check_rights(Connection& connection, const Settings& settings, const std::vector<std::unique_ptr<Kind>>& kinds) {
  const Rows rows = connection.run("SELECT " + missing_rights_sql(kinds));
  const auto missing = rows.text(0, 0);
  if (!missing.empty()) refuse(missing_rights_words(settings, missing));
}

void warn_of_settings(Connection& connection, const sdk::Host& host) {
  const Rows rows =
      connection.run(std::string("SELECT name FROM pg_settings WHERE (name = 'fsync' AND setting = 'off') OR (name = "
                                 "'synchronous_commit' AND setting = "
                                 "'off') OR (name = 'full_page_writes' AND setting = 'off')"));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    host.warn("PostgreSQL runs with " + std::string(rows.text(row, 0)) +
              " = off: what it has acknowledged may be lost");
  }
}

}  // namespace

std::string_view type_name(std::uint32_t type) noexcept {
  switch (type) {
    case GH_BOOL: return "boolean";
    case GH_INT: return "bigint";
    case GH_TIME: return "timestamp with time zone";
    case GH_TEXT: return "text";
    default: return "bytea";
  }
}

std::string missing_rights_sql(const std::vector<std::unique_ptr<Kind>>& kinds) {
  std::string needed;
  for (const auto& kind : kinds) {
    for (const std::string_view right : {"SELECT", "INSERT", "UPDATE", "DELETE"}) {
      if (right == "UPDATE" && kind->append_only()) continue;
      needed += (needed.empty() ? "(" : ", (") + literal(kind->table()) + ", " + literal(right) + ")";
    }
  }
  if (needed.empty()) return "''";
  return "(SELECT coalesce(string_agg(r || ' on ' || t, ', '), '') FROM (VALUES " + needed +
         ") n(t, r) WHERE has_table_privilege(to_regclass(t), r) IS NOT TRUE)";
}

std::string missing_rights_words(const Settings& settings, std::string_view missing) {
  return "role " + settings.role + " may not " + std::string(missing) + "; run `gatehouse migrate up`, which grants it";
}

sdk::Status check_database(Connection& connection, const Settings& settings, const sdk::Host& host,
                           const std::vector<std::unique_ptr<Kind>>& kinds) {
  check_role(connection, settings);
  if (!settings.create_tables) check_migrations(connection, settings, host);
  for (const auto& kind : kinds) {
    check_table(connection, *kind);
    check_columns(connection, *kind);
    check_indexes(connection, *kind);
  }
  check_rights(connection, settings, kinds);
  warn_of_settings(connection, host);
  return {};
}

}  // namespace gatehouse::store_postgres
