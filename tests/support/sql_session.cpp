// SPDX-License-Identifier: Apache-2.0
#include "support/sql_session.h"

#include <chrono>
#include <stdexcept>

namespace gatehouse::test {
namespace {

constexpr std::chrono::seconds patience{30};
constexpr const char* holders = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";

}  // namespace

void wait_until(const PostgresServer& server, const std::string& question, const std::string& answer,
                const std::string& database) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (server.sql(question, database) != answer) {
    if (std::chrono::steady_clock::now() > until) throw std::runtime_error("never " + answer + ": " + question);
  }
}

SqlSession::SqlSession(const PostgresServer& server, const std::string& sql, const std::string& database)
    : server_(server), database_(database) {
  ProgramCall call;
  call.arguments = {"psql",  "-X", "-q", "-v", "ON_ERROR_STOP=1",     "-d", server.url(database), "-c",
                    "BEGIN", "-c", sql,  "-c", "SELECT pg_sleep(600)"};
  call.out = folder_.path() / "out";
  call.err = folder_.path() / "err";
  call.dies_with_us = true;
  psql_ = std::make_unique<Program>(call);
  wait_until(server_, holders, "1");
}

SqlSession::~SqlSession() {
  if (psql_) release();
}

void SqlSession::release() {
  server_.sql("SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
  psql_.reset();
}

}  // namespace gatehouse::test
