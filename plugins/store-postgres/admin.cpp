// SPDX-License-Identifier: Apache-2.0
#include "admin.h"

#include "text_forms.h"

#include <string>

namespace gatehouse::store_postgres {
namespace {

std::string setup_of(const Settings& settings) {
  return "SET search_path TO " + identifier(settings.schema) +
         "; SET TimeZone TO 'UTC'; SET DateStyle TO 'ISO, YMD'; SET client_encoding TO 'UTF8';"
         " SET client_min_messages TO 'warning'";
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
  connection_->run("SELECT pg_advisory_lock(hashtext('gatehouse migrations'), hashtext(" + literal(settings.schema) +
                   "))");
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
