// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kind.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace example_store {

// Where a page of a query ended: the last row delivered, after a checksum of that row and the query, so that a cursor
// of another query, or one that somebody changed, is refused. (It keeps nobody out: the host seals what clients get.)
class Cursor {
 public:
  Cursor(std::string_view first, std::string_view last, bool descending) {
    add(std::to_string(first.size()));
    add(first);
    add(last);
    add(descending ? "<" : ">");
  }

  std::string write(const std::string& row) const { return checksum(row) + row; }

  // Nothing: a query from the beginning. Throws sdk::StatusError(GH_INVALID).
  std::optional<std::string> read(std::string_view cursor) const {
    if (cursor.empty()) return std::nullopt;
    const std::string row(cursor.substr(std::min<std::size_t>(8, cursor.size())));
    if (checksum(row) != cursor.substr(0, 8)) invalid("the cursor is none of this query");
    return row;
  }

 private:
  // FNV-1a.
  void add(std::string_view bytes) {
    for (const char c : bytes) sum_ = (sum_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  std::string checksum(std::string_view row) const {
    Cursor all = *this;
    all.add(row);
    std::string sum;
    for (int shift = 0; shift < 64; shift += 8) sum.push_back(static_cast<char>(all.sum_ >> shift));
    return sum;
  }

  std::uint64_t sum_ = 0xcbf29ce484222325u;
};

}  // namespace example_store
