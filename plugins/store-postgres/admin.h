// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection.h"
#include "settings.h"
#include "watchdog.h"

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/host.hpp>

#include <memory>

namespace gatehouse::store_postgres {

// A connection of the role that owns the tables, for migrations, outside of the pool and for one call. Every wait on it
// ends with the call: DatabaseError (Loss::Deadline).
class Admin {
 public:
  // Throws DatabaseError.
  Admin(const sdk::Host& host, const Settings& settings, const sdk::Call& call);

  // Before anything is changed: one migrates a schema at a time. Until the end of the connection, however that comes.
  // Where another one is at work the host's log says who, and its end is waited for. Throws DatabaseError.
  void lock(const sdk::Host& host, const Settings& settings);

  Connection& connection() noexcept { return *connection_; }
  // Makes the schema and the application's role where they are missing.
  void make_schema_and_role(const Settings& settings);

 private:
  Watchdog watchdog_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace gatehouse::store_postgres
