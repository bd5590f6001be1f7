// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection.h"

#include <string>

namespace gatehouse::store_postgres {

// Rolls back unless it was committed. A rollback that fails leaves a connection nobody may use again; the error that
// led to it is the one to tell.
class Transaction {
 public:
  explicit Transaction(Connection& connection) : connection_(connection) { connection_.run(std::string("BEGIN")); }
  ~Transaction() {
    if (committed_) return;
    try {
      connection_.run(std::string("ROLLBACK"));
    } catch (...) {
      connection_.spoil();
    }
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() {
    committed_ = true;
    connection_.run(std::string("COMMIT"));
  }

 private:
  Connection& connection_;
  bool committed_ = false;
};

}  // namespace gatehouse::store_postgres
