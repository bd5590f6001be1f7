// SPDX-License-Identifier: Apache-2.0
#include "shard.h"

#include "order.h"

#include <utility>

namespace gatehouse::store_memory {
void Database::open(std::vector<std::unique_ptr<Kind>> kinds) {
  for (Shard& shard : shards_) {
    shard.tables.reserve(kinds.size());
    for (const auto& kind : kinds) {
      if (kind) shard.tables.emplace_back(*kind);
    }
  }
  kinds_ = std::move(kinds);
  open_ = true;
}

Database::Place Database::place(const Key& key) const noexcept {
  const std::uint64_t tenant = hash_(key.tenant);
  const std::uint64_t partition = hash_(key.partition, tenant);
  return {tenant, partition, hash_(key.id, partition)};
}

std::size_t Database::shard_of_lead(std::uint64_t tenant_hash, const Field& lead, bool text) const noexcept {
  return (text ? hash_(lead.text, tenant_hash) : hash_(lead.number, tenant_hash)) >> shard_shift;
}

std::size_t Database::shard_of(const Kind& kind, const Record& record, const Index& index) const noexcept {
  const std::uint64_t tenant = hash_(kind.tenant(record));
  const Field lead = kind.component(record, index, 0);
  if (lead.null) return hash_(kind.partition(record), tenant) >> shard_shift;
  return shard_of_lead(tenant, lead, is_text(kind.component_type(index, 0)));
}

ShardSet Database::shards_of(const Kind& kind, const Record& record) const noexcept {
  ShardSet shards = 0;
  for (const Index& index : kind.indexes()) shards |= only(shard_of(kind, record, index));
  return shards;
}

ShardSet Database::shards_of_lead(std::uint64_t tenant_hash, const Field& lead, bool text) const noexcept {
  return lead.null ? all_shards : only(shard_of_lead(tenant_hash, lead, text));
}

void Database::erase_entry(const Kind& kind, Record& record, std::size_t index) noexcept {
  const Order order(kind, kind.indexes()[index]);
  const std::size_t at = shard_of(kind, record, kind.indexes()[index]);
  const std::uint16_t mark = mark_of(hash_(kind.tenant(record)));
  table(at, kind).trees[index].erase(order, order.entry(mark, record), shards_[at].nodes);
}

void Database::remove(const Kind& kind, Record& record, const Place& place) noexcept {
  for (std::size_t index = 0; index < kind.indexes().size(); ++index) erase_entry(kind, record, index);
  Table& home = table(place.home(), kind);
  home.records.erase(place.key, &record);
  if (record.expiry_slot != Record::no_slot) home.expiry.erase(record);
}

ShardLocks::ShardLocks(Database& database, ShardSet shards) : database_(database), shards_(shards) {
  for_each_shard(shards_, [&](std::size_t at) { database_.shard(at).mutex.lock(); });
}

ShardLocks::~ShardLocks() {
  for_each_shard(shards_, [&](std::size_t at) { database_.shard(at).mutex.unlock(); });
}

}  // namespace gatehouse::store_memory
