// SPDX-License-Identifier: Apache-2.0
#include "table_maker.h"

#include "admin.h"
#include "catalog.h"
#include "database_error.h"
#include "text_forms.h"
#include "transaction.h"

#include <functional>
#include <set>

namespace gatehouse::store_postgres {
namespace {

constexpr std::string_view is_tenant = "(tenant = current_setting('gatehouse.tenant', true))";
constexpr std::string_view purge_before = "nullif(current_setting('gatehouse.purge_before', true), '')";

std::string index_name(const Kind& kind, const std::string& index) { return identifier(kind.name() + "s_" + index); }

std::string columns_sql(const Kind& kind) {
  std::string sql =
      "tenant text COLLATE \"C\" NOT NULL, partition text COLLATE \"C\" NOT NULL, id text COLLATE \"C\" NOT NULL, "
      "record_version bigint NOT NULL CHECK (record_version > 0)";
  for (const Column& column : kind.columns()) {
    sql += ", " + column.quoted + " " + std::string(type_name(column.type));
    if (column.type == GH_TEXT) sql += " COLLATE \"C\"";
    if (!column.nullable) sql += " NOT NULL";
  }
  if (kind.has_floor()) sql += ", expiry_floor timestamptz";
  return sql + ", PRIMARY KEY (tenant, partition, id)";
}

std::string index_sql(const Kind& kind, const Index& index) {
  std::string columns = "tenant";
  for (const std::uint32_t field : index.fields) {
    const Column& column = kind.columns()[field];
    columns += ", " + column.quoted;
    if (column.nullable && !index.unique) columns += " NULLS FIRST";
  }
  return std::string(index.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ") + index_name(kind, index.name) + " ON " +
         kind.table() + " (" + columns + ");";
}

std::string policies_sql(const Kind& kind) {
  const std::string on = " ON " + kind.table();
  std::string sql = "ALTER TABLE " + kind.table() + " ENABLE ROW LEVEL SECURITY; ALTER TABLE " + kind.table() +
                    " FORCE ROW LEVEL SECURITY;";
  if (kind.append_only()) {
    sql += "CREATE POLICY tenant_read" + on + " FOR SELECT USING " + std::string(is_tenant) + ";";
    sql += "CREATE POLICY tenant_append" + on + " FOR INSERT WITH CHECK " + std::string(is_tenant) + ";";
  } else {
    sql += "CREATE POLICY tenant" + on + " USING " + std::string(is_tenant) + ";";
  }
  if (!kind.has_expiry()) return sql;
  const auto before = [](const std::string& column) {
    return " USING (" + column + " < " + std::string(purge_before) + "::timestamptz)";
  };
  const std::string purging = "(" + std::string(purge_before) + " IS NOT NULL)";
  const std::string expired = before(kind.columns()[kind.expiry()].quoted);
  sql += "CREATE POLICY purge_delete" + on + " FOR DELETE" + expired + ";";
  // A floor that was raised is beyond what the purge looks for, and a new row must be one its writer could read.
  sql += "CREATE POLICY purge_read" + on + " FOR SELECT" + (kind.has_floor() ? " USING " + purging : expired) + ";";
  if (kind.has_floor()) {
    sql +=
        "CREATE POLICY purge_raise" + on + " FOR UPDATE" + before(kind.due_column()) + " WITH CHECK " + purging + ";";
  }
  return sql;
}

std::set<std::string, std::less<>> columns_of(Connection& connection, const Kind& kind) {
  const Rows rows = connection.run("SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(" +
                                   literal(kind.table()) + ") AND attnum > 0 AND NOT attisdropped");
  std::set<std::string, std::less<>> names;
  for (std::size_t row = 0; row < rows.size(); ++row) names.emplace(rows.text(row, 0));
  return names;
}

// The columns of fields the kind did not have when its table was made. Such fields may be NULL.
void grow(Connection& connection, const Kind& kind, const std::set<std::string, std::less<>>& there) {
  for (const Column& column : kind.columns()) {
    if (there.count(column.column) != 0 || !column.nullable) continue;
    connection.run("ALTER TABLE " + kind.table() + " ADD COLUMN " + column.quoted + " " +
                   std::string(type_name(column.type)) + (column.type == GH_TEXT ? " COLLATE \"C\"" : ""));
  }
}

}  // namespace

std::string table_sql(const Kind& kind, const std::string& role) {
  std::string sql = "CREATE TABLE " + kind.table() + " (" + columns_sql(kind) + ")";
  if (!kind.append_only()) sql += " WITH (fillfactor = 85)";
  sql += ";";
  for (const Index& index : kind.indexes()) sql += index_sql(kind, index);
  if (kind.has_expiry()) {
    sql += "CREATE INDEX " + index_name(kind, "gh_expiry") + " ON " + kind.table() + " (" + kind.due_column() + ");";
  }
  sql += policies_sql(kind);
  sql += "GRANT SELECT, INSERT" + std::string(kind.append_only() ? "" : ", UPDATE") + ", DELETE ON " + kind.table() +
         " TO " + identifier(role) + ";";
  return sql;
}

sdk::Status make_tables(const Settings& settings, const sdk::Host& host, const sdk::Call& call,
                        const std::vector<std::unique_ptr<Kind>>& kinds) {
  try {
    Admin admin(host, settings, call);
    admin.lock(host, settings);
    Transaction transaction(admin.connection());
    admin.make_schema_and_role(settings);
    for (const auto& kind : kinds) {
      const auto there = columns_of(admin.connection(), *kind);
      if (!there.empty()) {
        grow(admin.connection(), *kind, there);
        continue;
      }
      admin.connection().run(table_sql(*kind, settings.role));
      host.info("made table " + kind->table() + " because create_tables is set");
    }
    transaction.commit();
    return {};
  } catch (const DatabaseError& error) {
    return to_status(error, Step::Inside);
  }
}

}  // namespace gatehouse::store_postgres
