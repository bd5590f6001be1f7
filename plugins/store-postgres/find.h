// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection.h"
#include "kind.h"

#include <gatehouse/sdk/store.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse::store_postgres {

// The statements of queries, made when they are first needed. There are few: one for each shape (index, number of equal
// fields, which of them are NULL, range, direction, cursor, the power of two above the limit), whatever the values. Any
// thread.
class StatementCache {
 public:
  const Statement& get(const std::string& sql);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<Statement>> statements_;  // guarded by mutex_
};

// One query, checked and ready to run on any connection.
class Find {
 public:
  // Throws sdk::StatusError(GH_INVALID).
  Find(const std::vector<const Kind*>& kinds, const sdk::QueryView& query, std::int64_t now_us);

  std::string_view tenant() const noexcept { return query_.tenant(); }
  // The statement's text and the values for it.
  const std::string& sql() const noexcept { return sql_; }
  const Parameters& parameters() const noexcept { return parameters_; }
  // Hands over what the statement gave.
  void deliver(const Rows& rows, const sdk::RecordSink& sink, const sdk::FindOut& out) const;

 private:
  // A field of the index, or a part of the key, as a column.
  struct Part {
    std::string quoted;
    const Column* column;  // null: a part of the key
    bool nullable() const { return column != nullptr && column->nullable; }
    std::uint32_t type() const { return column != nullptr ? column->type : GH_TEXT; }
  };

  void read_parts();
  void check(const Part& part, const gh_value& value) const;
  std::string parameter(const Part& part, const gh_value& value);
  void add_equals();
  void add_range();
  void add_prefix(const Part& part);
  void add_cursor();
  std::string after(std::size_t part, const std::vector<gh_value>& position);
  void finish();
  std::string digest() const;
  std::string cursor_of(const gh_key& key, const gh_value* values) const;
  std::vector<gh_value> read_cursor(std::string_view cursor) const;

  const sdk::QueryView query_;
  const Kind* kind_;
  const std::int64_t now_us_;
  std::vector<Part> parts_;  // the index's fields, then partition and id
  std::size_t index_size_;   // how many of them are the index's
  std::string where_;
  std::string sql_;
  Parameters parameters_;
};

}  // namespace gatehouse::store_postgres
