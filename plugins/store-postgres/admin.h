// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection.h"
#include "settings.h"
#include "watchdog.h"

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/host.hpp>

#include <memory>

namespace gatehouse::store_postgres {

// A connection of the role that owns the tables, for migrations, outside of the pool and for one call. It holds the
// advisory lock of migrations: there is one in the whole database at a time, and the server lets go of it when the
// connection ends, however that happens.
class Admin {
 public:
  // Throws DatabaseError; sdk::StatusError (GH_TIMEOUT) when another one holds the lock for too long.
  Admin(const sdk::Host& host, const Settings& settings, const sdk::Call& call);

  Connection& connection() noexcept { return *connection_; }
  // Makes the schema and the application's role where they are missing.
  void make_schema_and_role(const Settings& settings);

 private:
  Watchdog watchdog_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace gatehouse::store_postgres
