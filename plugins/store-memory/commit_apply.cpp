// SPDX-License-Identifier: Apache-2.0
#include "commit.h"
#include "order.h"

#include <gatehouse/sdk/status.hpp>

namespace gatehouse::store_memory {
namespace {

constexpr std::uint32_t bit(std::size_t index) noexcept { return std::uint32_t{1} << index; }

template <class Visit>
void for_each_index(std::uint32_t indexes, Visit&& visit) {
  for (; indexes != 0; indexes &= indexes - 1) visit(static_cast<std::size_t>(__builtin_ctz(indexes)));
}

}  // namespace

void Commit::prepare() {
  std::size_t going = displaced_.size();
  for (Change& change : changes_) {
    if (change.put) prepare(change);
    if (change.old != nullptr && (!change.put || change.fresh != nullptr)) ++going;
  }
  garbage_.reserve(going);
  prepare_nodes();
  account();
}

void Commit::prepare(Change& change) {
  const Kind& kind = *change.kind;
  Table& table = database_.table(change.place.home(), kind);
  if (change.old == nullptr) table.records.reserve(changes_.size());
  if (kind.expiry(*change.image)) table.expiry.reserve(changes_.size());
  if (change.old == nullptr || change.image->size > change.old->capacity) {
    change.fresh = Record::allocate(change.image->size);
  }
}

void Commit::prepare_nodes() {
  std::array<std::uint16_t, shard_count> leaves{};
  std::array<std::uint16_t, shard_count> inner{};
  ShardSet growing = 0;
  for (const Change& change : changes_) {
    if (!change.put) continue;
    for_each_index(change.moved, [&](std::size_t number) {
      const std::size_t at = change.slots[number].shard;
      const OrderTree& tree = database_.table(at, *change.kind).trees[number];
      leaves[at] = static_cast<std::uint16_t>(leaves[at] + 1);
      inner[at] = static_cast<std::uint16_t>(inner[at] + tree.inner_per_insert());
      growing |= only(at);
    });
  }
  for_each_shard(growing, [&](std::size_t at) { database_.shard(at).nodes.reserve(leaves[at], inner[at]); });
}

void Commit::account() {
  if (!budget_.limited()) return;
  std::int64_t growth = 0;
  const auto add = [&](const Kind& kind, const Record* record, std::int64_t sign) {
    if (record != nullptr) growth += sign * static_cast<std::int64_t>(kind.footprint(*record));
  };
  for (const Change& change : changes_) {
    const bool in_place = change.put && change.fresh == nullptr;
    if (in_place) continue;
    add(*change.kind, change.old, -1);
    add(*change.kind, change.fresh, 1);
  }
  for (const Displaced& displaced : displaced_) add(*displaced.kind, displaced.record, -1);
  if (!budget_.take(growth)) throw sdk::StatusError(GH_UNAVAILABLE, "the store is full: raise max_bytes");
}

void Commit::apply() noexcept {
  for (const Displaced& displaced : displaced_) remove(*displaced.kind, *displaced.record, displaced.place);
  for (const Change& change : changes_) {
    if (!change.put) {
      remove(*change.kind, *change.old, change.place);
    } else if (change.old != nullptr) {
      take_out(*change.kind, *change.old, change.moved);
    }
  }
  for (Change& change : changes_) {
    if (!change.put) continue;
    count_moves(change);
    Record& record = put_record(change);
    set_expiry(change, record);
    put_in(change, record);
  }
}

void Commit::tell(const sdk::Writes& writes) const noexcept {
  for (std::size_t at = 0; at < writes.size(); ++at) {
    const sdk::WriteView write = writes[at];
    const std::int64_t version = write.expected_version() + (write.is_put() ? 1 : 0);
    watches_.tell(write.kind(), write.key().raw(), version, !write.is_put());
  }
}

void Commit::take_out(const Kind& kind, Record& record, IndexSet indexes) noexcept {
  for_each_index(indexes, [&](std::size_t number) { database_.erase_entry(kind, record, number); });
}

void Commit::remove(const Kind& kind, Record& record, const Database::Place& place) noexcept {
  database_.remove(kind, record, place);
  garbage_.push_back(&record);
}

void Commit::count_moves(const Change& change) noexcept {
  if (change.old == nullptr) return;
  const Kind& kind = *change.kind;
  for_each_index(change.moved, [&](std::size_t number) {
    if (database_.shard_of(kind, *change.old, kind.indexes()[number]) != change.slots[number].shard) {
      kind.moves.fetch_add(1, std::memory_order_relaxed);
    }
  });
}

Record& Commit::put_record(Change& change) noexcept {
  if (change.fresh == nullptr) {
    change.old->assign(*change.image);
    return *change.old;
  }
  Record& record = *change.fresh;
  change.fresh = nullptr;
  record.assign(*change.image);
  if (change.old == nullptr) {
    database_.table(change.place.home(), *change.kind).records.insert(change.place.key, &record);
  } else {
    replace_record(change, record);
  }
  return record;
}

void Commit::replace_record(const Change& change, Record& fresh) noexcept {
  const Kind& kind = *change.kind;
  Record& old = *change.old;
  Table& table = database_.table(change.place.home(), kind);
  table.records.replace(change.place.key, &old, &fresh);
  if (old.expiry_slot != Record::no_slot) table.expiry.replace(old, fresh);
  for (std::size_t number = 0; number < kind.indexes().size(); ++number) {
    if ((change.moved & bit(number)) != 0) continue;
    const Order order(kind, kind.indexes()[number]);
    Table& entries = database_.table(change.slots[number].shard, kind);
    entries.trees[number].replace(order, order.entry(change.place.tenant_mark(), old), &fresh);
  }
  garbage_.push_back(&old);
}

void Commit::put_in(const Change& change, Record& record) noexcept {
  const Kind& kind = *change.kind;
  for_each_index(change.moved, [&](std::size_t number) {
    const Slot& slot = change.slots[number];
    OrderTree& tree = database_.table(slot.shard, kind).trees[number];
    tree.insert(Order(kind, kind.indexes()[number]), {slot.entry.hint, &record}, database_.shard(slot.shard).nodes);
  });
}

void Commit::set_expiry(const Change& change, Record& record) noexcept {
  const auto expiry = change.kind->expiry(record);
  const bool listed = record.expiry_slot != Record::no_slot;
  if (!expiry && !listed) return;
  ExpiryHeap& heap = database_.table(change.place.home(), *change.kind).expiry;
  if (!expiry) {
    heap.erase(record);
  } else if (listed) {
    heap.lower(*expiry, record);
  } else {
    heap.insert(*expiry, record);
  }
}

}  // namespace gatehouse::store_memory
