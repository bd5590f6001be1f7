// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection.h"

#include <gatehouse/sdk/store.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::store_postgres {

// Columns every table has beside the fields of its kind.
namespace column {
constexpr std::string_view tenant = "tenant";
constexpr std::string_view partition = "partition";
constexpr std::string_view id = "id";
constexpr std::string_view record_version = "record_version";
// In tables whose records expire and change: not later than the expiry. It is indexed in the expiry's place, because
// every refresh moves a session's expiry, and an update that changes an indexed column costs an entry in every index.
constexpr std::string_view expiry_floor = "expiry_floor";
}  // namespace column

struct Column {
  std::string field;   // as the host calls it
  std::string column;  // as the table calls it
  std::string quoted;
  std::uint32_t type;  // GH_BOOL .. GH_BYTES
  bool nullable;
};

struct Index {
  std::string name;
  std::vector<std::uint32_t> fields;
  bool unique;
};

// One kind of record and its table: the copy of what the host declared, and the SQL made from it.
class Kind {
 public:
  // Throws sdk::StatusError (GH_INVALID, GH_UNSUPPORTED) with the kind's name.
  // `announced`: its changes are told to whoever watches.
  Kind(const sdk::KindView& kind, std::uint32_t ordinal, bool announced = false);

  const std::string& name() const noexcept { return name_; }
  std::uint32_t ordinal() const noexcept { return ordinal_; }
  bool announced() const noexcept { return announced_; }
  const std::string& table() const noexcept { return table_; }
  const std::vector<Column>& columns() const noexcept { return columns_; }
  const std::vector<Index>& indexes() const noexcept { return indexes_; }
  bool has_expiry() const noexcept { return expiry_.has_value(); }
  std::uint32_t expiry() const noexcept { return *expiry_; }
  bool append_only() const noexcept { return append_only_; }
  bool has_floor() const noexcept { return has_expiry() && !append_only_; }
  bool has_unique() const noexcept;
  // The column purge looks at, quoted.
  std::string due_column() const;
  // "" or " AND <not expired at that time>"; an SQL expression, or a parameter's number.
  std::string alive(const std::string& time) const;
  std::string alive(std::size_t parameter) const;

  // $1 tenant, $2 partition, $3 id; get, update and erase then the time that decides expiry where the kind has one.
  const Statement& get() const noexcept { return get_; }  // $4 time
  const Statement& insert() const noexcept {
    return insert_;
  }  // $4 version, $5.. values, then the floor if there is one
  // $1 tenant, then arrays of the same length: partitions, ids, and the values of each column. All of them or, where
  // one of the keys is there, the error 23505.
  const Statement& insert_many() const noexcept { return insert_many_; }
  // $1 tenant, then arrays: partitions, ids, times. For each record that is there: the place of its key in the arrays,
  // counted from 1, its version and values.
  const Statement& get_many() const noexcept { return get_many_; }
  // $1 tenant, then arrays: partitions, ids, versions, times, and the values of each column. Gives the places of those
  // it has changed. It passes over those of another version, and those that somebody else has locked, as if they were.
  // Only for kinds without unique indexes.
  const Statement& update_many() const noexcept { return update_many_; }
  const Statement& update() const noexcept { return update_; }  // $4 version, $5.. values, then the time
  const Statement& erase() const noexcept { return erase_; }    // $4 version, $5 time
  const Statement& clear() const noexcept { return clear_; }    // $4 time: delete it if it has expired
  const Statement& lock() const noexcept { return lock_; }      // $4 time: version and whether it has expired
  const Statement& purge() const noexcept { return purge_; }    // $1 before, $2 limit: how many were due, how many went
  // $1 tenant, $2.. values, then the time: partition, id and whether it has expired.
  const Statement& holder(std::uint32_t index) const { return holders_.at(index); }

 private:
  void read_columns(const sdk::KindView& kind);
  void read_indexes(const sdk::KindView& kind);
  void write_statements();
  std::string insert_many_sql(const std::string& names) const;
  std::string get_many_sql() const;
  std::string update_many_sql() const;
  std::string purge_sql() const;
  std::string expired(std::size_t parameter) const;
  Statement statement(const char* verb, std::string sql) const;
  [[noreturn]] void refuse(gh_status status, const std::string& why) const;

  std::string name_;
  std::uint32_t ordinal_;
  bool announced_;
  std::string table_;  // quoted
  std::vector<Column> columns_;
  std::vector<Index> indexes_;
  std::optional<std::uint32_t> expiry_;
  bool append_only_;
  Statement get_, get_many_, insert_, insert_many_, update_, update_many_, erase_, clear_, lock_, purge_;
  std::vector<Statement> holders_;
};

}  // namespace gatehouse::store_postgres
