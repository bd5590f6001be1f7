// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>

#include <cstdint>
#include <string>
#include <string_view>

// Where a page ended: the values of the last record in the query's order, behind a sum over them and over the query.
// The sum is no secret: it tells a cursor that was cut, changed or used with another query; the host sees to it that
// clients cannot make cursors of their own. Every host on the same database reads every other's.
namespace gatehouse::store_postgres {

class CursorWriter {
 public:
  void add(const gh_value& value);
  std::string take() { return std::move(bytes_); }
  // The cursor; `query` is what describes the query it belongs to.
  std::string finish(std::string_view query);

 private:
  std::string bytes_;
};

// Reads in the order of the writer. Values point into the cursor. Throws sdk::StatusError(GH_INVALID).
class CursorReader {
 public:
  CursorReader(std::string_view cursor, std::string_view query);
  gh_value take();
  void finish() const;

 private:
  std::string_view rest_;
};

}  // namespace gatehouse::store_postgres
