// SPDX-License-Identifier: Apache-2.0
#include "memory_store.h"

#include "arena.h"
#include "arguments.h"
#include "commit.h"
#include "delivery.h"
#include "search.h"

#include <gatehouse/sdk/status.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace gatehouse::store_memory {
namespace {

// Records deleted under one hold of the locks.
constexpr std::size_t purge_batch = 64;

// The record that expires first, if that is before `before_us`.
Record* due(const Kind& kind, ExpiryHeap& heap, std::int64_t before_us) noexcept {
  while (!heap.empty() && heap.first().at_us < before_us) {
    const auto expiry = kind.expiry(*heap.first().record);
    if (*expiry < before_us) return heap.first().record;
    heap.raise_first(*expiry);
  }
  return nullptr;
}

}  // namespace

MemoryStore::MemoryStore(const sdk::Host& host, const Hash& hash, std::uint64_t max_bytes)
    : host_(host), database_(hash), budget_(max_bytes), watches_(host) {}

sdk::Status MemoryStore::open(const sdk::SchemaView& schema) {
  if (database_.is_open()) invalid("the store is open already");
  std::vector<std::unique_ptr<Kind>> kinds(schema.kind_count());
  std::size_t table = 0;
  for (const std::uint32_t ordinal : schema.assigned()) {
    if (ordinal >= kinds.size()) invalid("a kind is assigned that the schema does not have");
    if (kinds[ordinal]) invalid("kind " + kinds[ordinal]->name() + " is assigned twice");
    kinds[ordinal] = std::make_unique<Kind>(schema.kind(ordinal), table++);
  }
  database_.open(std::move(kinds));
  return {};
}

sdk::Status MemoryStore::get(const sdk::Call& call, std::uint32_t kind_ordinal, const sdk::KeyView& key_view,
                             const sdk::RecordSink& sink) {
  const Kind& kind = known_kind(database_, kind_ordinal);
  const Key key = checked_key(key_view);
  const Database::Place place = database_.place(key);
  Arena copies;
  const Record* copy = nullptr;
  {
    const ShardLocks lock(database_, only(place.home()));
    const Record* record = database_.table(place.home(), kind).records.find(kind, place.key, key);
    if (record == nullptr || kind.expired(*record, call.now_us())) return GH_NOT_FOUND;
    copy = &copies.copy(*record);
  }
  Delivery(kind).put(*copy, sink);
  return {};
}

sdk::Status MemoryStore::find(const sdk::Call& call, const sdk::QueryView& query, const sdk::RecordSink& sink,
                              const sdk::FindOut& out) {
  Search(database_, host_, call, query).run(sink, out);
  return {};
}

sdk::Status MemoryStore::commit(const sdk::Call& call, const sdk::Writes& writes, const sdk::CommitOut& out) {
  return Commit(database_, budget_, watches_, call.now_us()).run(writes, out);
}

sdk::Status MemoryStore::purge(const sdk::Call&, std::uint32_t kind_ordinal, std::int64_t before_us,
                               std::uint32_t limit, std::uint64_t& deleted) {
  const Kind& kind = known_kind(database_, kind_ordinal);
  if (!kind.has_expiry()) return {GH_UNSUPPORTED, "kind " + kind.name() + " has no expiry"};
  for (std::size_t shard = 0; shard < shard_count && deleted < limit; ++shard) {
    deleted += purge_shard(kind, shard, before_us, limit - deleted);
  }
  return {};
}

sdk::Status MemoryStore::watch(const sdk::Strided<std::uint32_t>& kinds, std::uint64_t& watch) {
  if (kinds.empty()) invalid("a watch names no kind");
  std::vector<std::uint32_t> wanted;
  for (const std::uint32_t kind : kinds) {
    static_cast<void>(known_kind(database_, kind));
    wanted.push_back(kind);
  }
  watch = watches_.add(std::move(wanted));
  // A commit that is being applied now may have looked before: it is over when its locks are free.
  const ShardLocks every(database_, all_shards);
  return {};
}

std::size_t MemoryStore::purge_shard(const Kind& kind, std::size_t shard, std::int64_t before_us, std::size_t limit) {
  std::vector<Record*> garbage;
  garbage.reserve(purge_batch);
  std::size_t deleted = 0;
  ShardSet needed = only(shard);
  for (bool more = true; more && deleted < limit;) {
    {
      const ShardLocks locks(database_, needed);
      for (; deleted < limit && garbage.size() < purge_batch; ++deleted) {
        Record* record = due(kind, database_.table(shard, kind).expiry, before_us);
        more = record != nullptr;
        if (!more) break;
        const ShardSet shards = database_.shards_of(kind, *record);
        if ((shards & ~needed) != 0) {
          needed = shards;
          break;
        }
        database_.remove(kind, *record, database_.place(kind.key(*record)));
        garbage.push_back(record);
      }
    }
    std::int64_t freed = 0;
    for (Record* record : garbage) {
      freed += static_cast<std::int64_t>(kind.footprint(*record));
      Record::release(record);
    }
    budget_.take(-freed);
    garbage.clear();
  }
  return deleted;
}

}  // namespace gatehouse::store_memory
