// SPDX-License-Identifier: Apache-2.0
#include "admin.h"

#include "text_forms.h"

#include <string>

namespace gatehouse::store_postgres {
namespace {

std::string setup_of(const Settings& settings) {
  return "SET search_path TO " + identifier(settings.schema) +
         "; SET TimeZone TO 'UTC'; SET DateStyle TO 'ISO, YMD'; SET client_encoding TO 'UTF8';"
         " SET client_min_messages TO 'warning';"
         // A migrator whose machine has gone holds the lock no longer than this.
         " SET tcp_keepalives_idle TO 30; SET tcp_keepalives_interval TO 5; SET tcp_keepalives_count TO 3;"
         " SET idle_in_transaction_session_timeout TO '60s'";
}

std::string lock_keys(const Settings& settings) {
  return "hashtext('gatehouse migrations'), hashtext(" + literal(settings.schema) + ")";
}

// Whom the lock belongs to, as far as this login may see it; it may have been let go meanwhile.
std::string holder_of(Connection& connection, const Settings& settings) {
  const Rows rows = connection.run(
      "SELECT pid, usename, backend_start IS NOT NULL, host(client_addr) FROM pg_locks LEFT JOIN pg_stat_activity "
      "USING (pid) WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = "
      "current_database()) AND (classid::bigint, objid::bigint, objsubid) = (SELECT a::bigint & 4294967295, b::bigint "
      "& 4294967295, 2 FROM (VALUES (" +
      lock_keys(settings) + ")) AS lock (a, b))");
  if (rows.size() == 0) return {};
  const std::string process(rows.text(0, 0));
  std::string words = ": process " + process + " of the database server";
  if (const auto login = rows.text(0, 1); !login.empty()) words.append(", login ").append(login);
  const auto address = rows.text(0, 3);
  if (rows.text(0, 2) == "t") words.append(", from ").append(address.empty() ? "the server's own machine" : address);
  return words + "; SELECT pg_terminate_backend(" + process + ") ends one that does not go on";
}

bool says_yes(Connection& connection, const std::string& question) {
  const Rows rows = connection.run("SELECT " + question);
  return rows.size() == 1 && rows.text(0, 0) == "t";
}

}  // namespace

Admin::Admin(const sdk::Host& host, const Settings& settings, const sdk::Call& call) : watchdog_(host) {
  watchdog_.start();
  connection_ = std::make_unique<Connection>(settings.migrate_connection, setup_of(settings), watchdog_);
  connection_->limit(call.deadline_ns());
}

void Admin::lock(const sdk::Host& host, const Settings& settings) {
  if (says_yes(*connection_, "pg_try_advisory_lock(" + lock_keys(settings) + ")")) return;
  host.warn("waits for another migration of schema " + settings.schema + holder_of(*connection_, settings));
  connection_->run("SELECT pg_advisory_lock(" + lock_keys(settings) + ")");
}

void Admin::make_schema_and_role(const Settings& settings) {
  const std::string role = identifier(settings.role);
  const std::string role_text = literal(settings.role);
  if (!says_yes(*connection_, "EXISTS (SELECT FROM pg_roles WHERE rolname = " + role_text + ")")) {
    connection_->run("CREATE ROLE " + role + " NOLOGIN");
  }
  if (!says_yes(*connection_, "pg_has_role(current_user, " + role_text + ", 'MEMBER')")) {
    connection_->run("GRANT " + role + " TO CURRENT_USER");
  }
  // IF NOT EXISTS would ask for the right to make one also where it is there.
  if (!says_yes(*connection_, "EXISTS (SELECT FROM pg_namespace WHERE nspname = " + literal(settings.schema) + ")")) {
    connection_->run("CREATE SCHEMA " + identifier(settings.schema));
  }
  connection_->run("GRANT USAGE ON SCHEMA " + identifier(settings.schema) + " TO " + role);
}

}  // namespace gatehouse::store_postgres
