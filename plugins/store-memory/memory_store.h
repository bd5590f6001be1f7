// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "budget.h"
#include "shard.h"
#include "watches/watches.h"

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/host.hpp>
#include <gatehouse/sdk/store.hpp>

#include <cstddef>
#include <cstdint>

namespace gatehouse::store_memory {

// "gatehouse.store/1" in the memory of this process: the reference for what store.h says. Any thread, after open().
class MemoryStore {
 public:
  // `max_bytes`: what records may take in all; 0: no limit.
  MemoryStore(const sdk::Host& host, const Hash& hash, std::uint64_t max_bytes);

  sdk::Status open(const sdk::SchemaView& schema);
  sdk::Status get(const sdk::Call& call, std::uint32_t kind, const sdk::KeyView& key, const sdk::RecordSink& sink);
  sdk::Status find(const sdk::Call& call, const sdk::QueryView& query, const sdk::RecordSink& sink,
                   const sdk::FindOut& out);
  sdk::Status commit(const sdk::Call& call, const sdk::Writes& writes, const sdk::CommitOut& out);
  sdk::Status purge(const sdk::Call& call, std::uint32_t kind, std::int64_t before_us, std::uint32_t limit,
                    std::uint64_t& deleted);

  // "gatehouse.store_watch/1".
  sdk::Status watch(const sdk::Strided<std::uint32_t>& kinds, std::uint64_t& watch);
  sdk::Status wait(const sdk::Call& call, std::uint64_t watch, const sdk::ChangeSink& sink) {
    return watches_.wait(call, watch, sink);
  }
  sdk::Status unwatch(std::uint64_t watch) { return watches_.remove(watch); }

 private:
  // How many were deleted in this shard: fewer than `limit` means that none are left there.
  std::size_t purge_shard(const Kind& kind, std::size_t shard, std::int64_t before_us, std::size_t limit);

  sdk::Host host_;
  Database database_;
  Budget budget_;
  watches::Watches watches_;
};

}  // namespace gatehouse::store_memory
