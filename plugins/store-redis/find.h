// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend.h"
#include "layout.h"
#include "record.h"
#include "redis_store.h"

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/store.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::store_redis {

// One query. Each bucket answers for its part at one moment, in order, and the parts are merged: a record never leaves
// its bucket, so nothing is missed or seen twice.
//
// Which buckets: a query that names the partition asks one. So does one that names the text an index begins with, as
// "sessions by user", while that index has no strays. Everything else asks all of them.
class Search {
 public:
  // Throws sdk::StatusError(GH_INVALID) on a query that cannot be.
  Search(Backend& backend, const Layout& layout, Held& held, const sdk::Call& call, const sdk::QueryView& query);

  sdk::Status run(const sdk::RecordSink& sink, const sdk::FindOut& out);

 private:
  // A record that was found; `entry` is where it sorts.
  struct Found {
    std::string order;
    EntryKey key;
    Reply entry;
    Reply record;
  };
  // What the buckets gave: complete up to the horizon.
  struct Gathered {
    std::vector<Found> found;
    std::optional<std::string> horizon;
    std::uint64_t count = 0;
    bool complete() const noexcept { return !horizon; }
  };

  bool by_key() const noexcept { return index_ == nullptr; }
  std::uint32_t component_type(std::size_t at) const;
  std::string component_code(std::size_t at, const gh_value& value) const;
  void read_bounds(const sdk::QueryView& query);
  void read_range(const sdk::QueryView& query, std::string base, std::size_t at);
  void read_cursor(std::string_view cursor);
  std::string cursor_after(const Found& last) const;
  std::string fingerprint(const sdk::QueryView& query) const;

  bool before(const std::string& a, const std::string& b) const noexcept { return descending_ ? b < a : a < b; }
  bool inside(const std::string& order) const noexcept;
  std::vector<std::size_t> buckets(const sdk::QueryView& query);
  Question question(std::size_t bucket, std::uint64_t limit) const;
  // Asks until nothing changes under its hands. `limit`: of each bucket; 0: everything.
  Gathered gather(std::uint64_t limit);
  bool read(const Reply& answer, std::size_t bucket, Gathered& into, bool& settled);
  void read_range(const Reply& range, bool of_carrier, std::size_t bucket, Gathered& into, bool& settled);
  std::vector<Found> page();
  sdk::Status count(const sdk::FindOut& out);

  Backend& backend_;
  const Layout& layout_;
  Held& held_;
  const Kind& kind_;
  const sdk::Call& call_;
  const Index* index_;  // null: the index of keys
  const std::string tenant_;
  const bool descending_;
  const bool count_only_;
  const std::uint32_t limit_;
  std::string low_;            // entries from here
  std::string high_;           // to before here
  std::string partition_low_;  // the same for whole partitions; by key only
  std::string partition_high_;
  bool bounds_inside_partition_ = false;  // by key: ids are bounded too
  std::optional<std::string> after_;      // the cursor's place
  std::string fingerprint_;
  std::vector<std::size_t> buckets_;
  std::string stray_name_;  // of the index, where one bucket is asked in the hope that it has none
  bool count_in_redis_ = false;
};

}  // namespace gatehouse::store_redis
