// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arena.h"
#include "kind.h"
#include "order.h"
#include "order_tree.h"
#include "shard.h"

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/host.hpp>
#include <gatehouse/sdk/store.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::store_memory {

// One find. A page is read under the locks of all shards it may come from, copied, and delivered when they are gone:
// it is one moment of the store, and a slow sink holds up nobody.
class Search {
 public:
  // Throws sdk::StatusError(GH_INVALID) for a query that cannot be right.
  Search(Database& database, const sdk::Host& host, const sdk::Call& call, const sdk::QueryView& query);

  // Throws sdk::StatusError(GH_TIMEOUT) and std::bad_alloc.
  void run(const sdk::RecordSink& sink, const sdk::FindOut& out);

 private:
  // Walks the range in one shard, in the query's direction.
  class Walk {
   public:
    Walk(const Search& search, const OrderTree& tree);
    bool at_end() const noexcept { return at_end_; }
    Record& record() const noexcept { return position_.record(); }
    Entry entry() const noexcept { return position_.entry(); }
    void advance() noexcept;

   private:
    void check_end() noexcept;
    void fetch(std::size_t distance) const noexcept;
    const Search* search_;
    OrderTree::Position position_;
    bool at_end_ = false;
  };

  void read_equals(const sdk::QueryView& query);
  void read_range(const sdk::QueryView& query);
  void read_cursor(std::string_view cursor);
  Field checked_field(const gh_value& value, std::uint32_t component) const;
  std::uint64_t fingerprint(const sdk::QueryView& query) const;

  const OrderTree& tree(std::size_t shard) const { return database_.table(shard, kind_).trees[index_number_]; }
  bool visible(const Record& record);
  // One more than the limit, if there are so many: then there is a next page.
  std::vector<const Record*> collect(Arena& copies);
  std::uint64_t count();
  std::uint64_t count_in(std::size_t shard, std::uint64_t most);
  std::uint64_t count_shard_by_shard();
  std::uint64_t count_at_once();
  std::uint64_t most_to_count() const noexcept { return limit_ == 0 ? UINT64_MAX : limit_; }

  Database& database_;
  const sdk::Host& host_;
  const sdk::Call& call_;
  const Kind& kind_;
  const std::size_t index_number_;
  const Index& index_;
  const Order order_;
  const bool descending_;
  const bool count_only_;
  const std::uint32_t limit_;
  Probe from_;
  Probe to_;
  ShardSet shards_ = all_shards;
  std::uint64_t fingerprint_ = 0;
  std::uint32_t visited_ = 0;
};

}  // namespace gatehouse::store_memory
