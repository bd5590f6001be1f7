// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/postgres_server.h"
#include "support/program.h"

#include <memory>
#include <string>

namespace gatehouse::test {

// Waits until the server gives this answer to a question; throws when it never does.
void wait_until(const PostgresServer& server, const std::string& question, const std::string& answer,
                const std::string& database = "postgres");

// A transaction of somebody else, open from the constructor to release(): what it has locked stays locked.
class SqlSession {
 public:
  SqlSession(const PostgresServer& server, const std::string& sql, const std::string& database = "postgres");
  ~SqlSession();
  // Rolls back. The locks are gone when this returns.
  void release();

 private:
  const PostgresServer& server_;
  TempFolder folder_;
  std::string database_;
  std::unique_ptr<Program> psql_;
};

}  // namespace gatehouse::test
