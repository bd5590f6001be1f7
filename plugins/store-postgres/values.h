// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection.h"
#include "kind.h"

#include <gatehouse/sdk/store.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::store_postgres {

[[noreturn]] void invalid(const std::string& sentence);

// A key that may be, in our memory.
struct Key {
  std::string tenant;
  std::string partition;
  std::string id;
};

// Throw sdk::StatusError(GH_INVALID).
void check_tenant(std::string_view tenant);
Key checked_key(const sdk::KeyView& key);
// A value that fits the column's type; NULL where it may be.
void check_value(const Kind& kind, const Column& column, const gh_value& value);
// All values of a put, with what an index can hold.
void check_values(const Kind& kind, const sdk::Values& values);

void add_key(Parameters& parameters, const Key& key);
void add_value(Parameters& parameters, const gh_value& value);
// The text add_value() makes of what is not NULL, at the end of a string.
void append_value(std::string& out, const gh_value& value);
void add_time(Parameters& parameters, std::int64_t us);

// A record as it came from the server, for as long as the next one is not read.
class RecordReader {
 public:
  explicit RecordReader(const Kind& kind)
      : kind_(kind), cells_(kind.columns().size()), texts_(cells_.size()), values_(cells_.size()) {}

  // Reads the version at `first` and the values behind it. Throws sdk::StatusError(GH_INTERNAL) when the table holds
  // what this plugin does not write.
  void read(const Rows& rows, std::size_t row, std::size_t first);
  std::int64_t version() const noexcept { return version_; }
  const std::vector<gh_value>& values() const noexcept { return values_; }

 private:
  gh_value value(const Column& column, std::string_view text, std::string& memory) const;

  const Kind& kind_;
  std::vector<std::string_view> cells_;
  std::vector<std::string> texts_;
  std::vector<gh_value> values_;
  std::int64_t version_ = 0;
};

// A part of a key as it came from the server.
std::string read_key_part(const Rows& rows, std::size_t row, std::size_t column);

}  // namespace gatehouse::store_postgres
