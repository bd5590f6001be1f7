// SPDX-License-Identifier: Apache-2.0
#include "commit.h"

#include "arguments.h"
#include "order.h"

#include <gatehouse/sdk/status.hpp>

#include <algorithm>

namespace gatehouse::store_memory {

Commit::~Commit() {
  for (Change& change : changes_) {
    if (change.fresh != nullptr) Record::release(change.fresh);
  }
  for (Record* record : garbage_) Record::release(record);
}

sdk::Status Commit::run(const sdk::Writes& writes, const sdk::CommitOut& out) {
  read(writes);
  ShardSet needed = 0;
  for (const Change& change : changes_) {
    needed |= only(change.place.home());
    if (!change.put) continue;
    for (std::size_t number = 0; number < change.kind->indexes().size(); ++number) {
      needed |= only(change.slots[number].shard);
    }
  }
  for (;;) {
    const ShardLocks locks(database_, needed);
    const ShardSet locked = needed;
    const auto loss = examine(needed);
    if (loss) {
      return loss->unique_index ? out.unique_conflict(loss->write, *loss->unique_index)
                                : out.version_conflict(loss->write);
    }
    if (needed != locked) continue;
    prepare();
    apply();
    if (watches_.any()) tell(writes);
    return {};
  }
}

void Commit::read(const sdk::Writes& writes) {
  if (writes.size() < 1 || writes.size() > max_writes) invalid("a commit has 1 to 64 writes");
  changes_.reserve(writes.size());
  for (std::size_t at = 0; at < writes.size(); ++at) changes_.push_back(read(writes[at]));
  refuse_repeated_keys();
}

Commit::Change Commit::read(const sdk::WriteView& write) {
  Change change;
  change.kind = &known_kind(database_, write.kind());
  change.put = write.is_put();
  change.expected = write.expected_version();
  change.key = checked_key(write.key());
  change.place = database_.place(change.key);
  if (!write.is_put() && !write.is_delete()) invalid("a write is neither a put nor a delete");
  if (change.expected < 0) invalid("an expected version is negative");
  if (!change.put && change.expected == 0) invalid("a delete expects version 0");
  if (change.kind->append_only() && change.expected != 0) {
    invalid("kind " + change.kind->name() + " is append-only: its records are neither changed nor deleted");
  }
  if (change.put) encode(write, change);
  return change;
}

void Commit::encode(const sdk::WriteView& write, Change& change) {
  const Kind& kind = *change.kind;
  change.image = &images_.take(kind.room_for(change.key, write.values()));
  kind.encode(change.key, write.values(), *change.image);
  change.image->version = change.expected + 1;
  images_.settle(*change.image);
  const auto& indexes = kind.indexes();
  change.slots = images_.array<Slot>(indexes.size());
  for (std::size_t number = 0; number < indexes.size(); ++number) {
    change.slots[number] = {database_.shard_of(kind, *change.image, indexes[number]),
                            Order(kind, indexes[number]).entry(change.place.tenant_mark(), *change.image), nullptr};
  }
}

void Commit::refuse_repeated_keys() const {
  for (std::size_t at = 1; at < changes_.size(); ++at) {
    for (std::size_t before = 0; before < at; ++before) {
      const Change& a = changes_[before];
      const Change& b = changes_[at];
      if (a.place.key == b.place.key && a.kind == b.kind && a.key == b.key) invalid("a key is written twice");
    }
  }
}

std::optional<Commit::Loss> Commit::examine(ShardSet& needed) {
  displaced_.clear();
  fetch_for_inserts();
  for (std::size_t at = 0; at < changes_.size(); ++at) {
    Change& change = changes_[at];
    if (!version_stands(change)) return Loss{at, std::nullopt};
    needed |= compare_with_old(change);
  }
  for (std::size_t at = 0; at < changes_.size(); ++at) {
    if (!changes_[at].put || !changes_[at].kind->has_unique()) continue;
    if (auto loss = examine_unique(at)) return loss;
  }
  for (const Displaced& displaced : displaced_) {
    needed |= database_.shards_of(*displaced.kind, *displaced.record);
  }
  return std::nullopt;
}

// At a million records nearly every read of an index is a wait for memory. What a new record will need is known before
// anything is looked up, so it is asked for at once: this alone makes creating records half as fast again.
void Commit::fetch_for_inserts() const noexcept {
  for (const Change& change : changes_) {
    const Table& home = database_.table(change.place.home(), *change.kind);
    home.records.fetch(change.place.key);
    if (!change.put || change.expected != 0) continue;
    home.expiry.fetch();
    for (std::size_t number = 0; number < change.kind->indexes().size(); ++number) {
      Slot& slot = change.slots[number];
      slot.node = database_.table(slot.shard, *change.kind).trees[number].top();
    }
  }
  for (bool more = true; more;) {
    more = false;
    for (const Change& change : changes_) {
      if (!change.put || change.expected != 0) continue;
      for (std::size_t number = 0; number < change.kind->indexes().size(); ++number) {
        Slot& slot = change.slots[number];
        if (slot.node == nullptr) continue;
        slot.node = OrderTree::down(Order(*change.kind, change.kind->indexes()[number]), *slot.node, slot.entry);
        more = true;
      }
    }
  }
}

ShardSet Commit::compare_with_old(Change& change) const noexcept {
  const Kind& kind = *change.kind;
  change.moved = 0;
  ShardSet shards = 0;
  for (std::size_t number = 0; number < kind.indexes().size(); ++number) {
    const Index& index = kind.indexes()[number];
    const bool stays =
        change.put && change.old != nullptr && Order(kind, index).same_fields(*change.old, *change.image);
    if (stays) continue;
    change.moved |= IndexSet{1} << number;
    if (change.old != nullptr) shards |= only(database_.shard_of(kind, *change.old, index));
  }
  return shards;
}

bool Commit::version_stands(Change& change) {
  Table& table = database_.table(change.place.home(), *change.kind);
  change.old = table.records.find(*change.kind, change.place.key, change.key);
  const bool visible = change.old != nullptr && !change.kind->expired(*change.old, now_us_);
  if (change.expected == 0) return !visible;
  return visible && change.old->version == change.expected;
}

std::optional<Commit::Loss> Commit::examine_unique(std::size_t at) {
  const Change& change = changes_[at];
  const auto& indexes = change.kind->indexes();
  for (std::uint32_t number = 0; number < indexes.size(); ++number) {
    const Index& index = indexes[number];
    if (!index.unique || Order(*change.kind, index).any_null(*change.image)) continue;
    if (taken_in_this_commit(at, index) || !free_in_store(change, index)) return Loss{at, number};
  }
  return std::nullopt;
}

bool Commit::taken_in_this_commit(std::size_t at, const Index& index) const noexcept {
  const Change& change = changes_[at];
  const Order order(*change.kind, index);
  return std::any_of(changes_.begin(), changes_.begin() + static_cast<std::ptrdiff_t>(at), [&](const Change& other) {
    return other.put && other.kind == change.kind && other.key.tenant == change.key.tenant &&
           order.same_fields(*other.image, *change.image);
  });
}

bool Commit::free_in_store(const Change& change, const Index& index) {
  const Kind& kind = *change.kind;
  const Order order(kind, index);
  if (change.old != nullptr && order.same_fields(*change.old, *change.image)) return true;
  Probe probe;
  probe.tenant = change.key.tenant;
  probe.tenant_mark = change.place.tenant_mark();
  probe.count = index.field_count;
  for (std::uint32_t at = 0; at < probe.count; ++at) probe.components[at] = kind.component(*change.image, index, at);
  order.seal(probe);

  const std::size_t number = static_cast<std::size_t>(&index - kind.indexes().data());
  Table& table = database_.table(change.slots[number].shard, kind);
  const auto position = table.trees[number].first_after(order, probe);
  if (position.at_end()) return true;
  Record& holder = position.record();
  if (kind.tenant(holder) != change.key.tenant || !order.same_fields(holder, *change.image)) return true;
  // What this commit itself changes or deletes is judged by what it will be, in taken_in_this_commit().
  if (changes(&holder)) return true;
  if (!kind.expired(holder, now_us_)) return false;
  displace(kind, holder);
  return true;
}

bool Commit::changes(const Record* record) const noexcept {
  return std::any_of(changes_.begin(), changes_.end(), [&](const Change& change) { return change.old == record; });
}

void Commit::displace(const Kind& kind, Record& record) {
  const bool known = std::any_of(displaced_.begin(), displaced_.end(),
                                 [&](const Displaced& displaced) { return displaced.record == &record; });
  if (!known) displaced_.push_back({&kind, &record, database_.place(kind.key(record))});
}

}  // namespace gatehouse::store_memory
