// SPDX-License-Identifier: Apache-2.0
#include "listener.h"

#include "database_error.h"
#include "text_forms.h"

#include <libpq-fe.h>

#include <poll.h>
#include <array>
#include <cerrno>
#include <string>

namespace gatehouse::store_postgres {
namespace {

using Loss = DatabaseError::Loss;

// For the few words of the beginning; a server that hangs gives no answer to them.
constexpr int patience_ms = 2'000;

// The last of a key counts.
constexpr const char* name = " application_name='gatehouse feed'";

[[noreturn]] void lost(pg_conn* connection) { throw DatabaseError({}, Loss::Connection, PQerrorMessage(connection)); }

}  // namespace

void Listener::Closer::operator()(pg_conn* connection) const noexcept { PQfinish(connection); }

Listener::Listener(const Settings& settings, int waker)
    : waker_(waker), connection_(PQconnectdb((settings.connection + name).c_str())) {
  if (PQstatus(connection_.get()) != CONNECTION_OK) lost(connection_.get());
  // The library would write the server's last words to stderr; they are in the error.
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  run("LISTEN " + identifier(settings.schema));
}

Listener::~Listener() = default;

void Listener::run(const std::string& sql) {
  auto* connection = connection_.get();
  if (PQsendQuery(connection, sql.c_str()) == 0) lost(connection);
  while (PQisBusy(connection) != 0) {
    pollfd entry{PQsocket(connection), POLLIN, 0};
    const int ready = ::poll(&entry, 1, patience_ms);
    if (ready == 0) throw DatabaseError({}, Loss::Connection, "the server does not answer");
    if (ready < 0 && errno != EINTR) throw DatabaseError({}, Loss::Connection, "the socket cannot be waited for");
    if (PQconsumeInput(connection) == 0) lost(connection);
  }
  while (PGresult* result = PQgetResult(connection)) {
    const bool done = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    if (!done) lost(connection);
  }
}

bool Listener::give(const Heard& heard) {
  bool any = false;
  while (PGnotify* notice = PQnotifies(connection_.get())) {
    const std::unique_ptr<PGnotify, void (*)(void*)> owned(notice, PQfreemem);
    heard(owned->extra);
    any = true;
  }
  return any;
}

void Listener::wait(const Heard& heard) {
  // It may have come in together with the answer to LISTEN.
  if (give(heard)) return;
  auto* connection = connection_.get();
  std::array<pollfd, 2> entries{{{PQsocket(connection), POLLIN, 0}, {waker_, POLLIN, 0}}};
  if (::poll(entries.data(), entries.size(), -1) < 0) {
    if (errno == EINTR) return;
    throw DatabaseError({}, Loss::Connection, "the socket cannot be waited for");
  }
  if (entries[0].revents != 0 && PQconsumeInput(connection) == 0) lost(connection);
  give(heard);
  if (PQstatus(connection) != CONNECTION_OK) lost(connection);
}

}  // namespace gatehouse::store_postgres
