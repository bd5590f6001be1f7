// SPDX-License-Identifier: Apache-2.0
#include "expiry_heap.h"

#include <algorithm>
#include <cassert>

namespace gatehouse::store_memory {
namespace {

// Four children a node: half the levels of a binary heap, and all children in one cache line.
constexpr std::size_t children = 4;

}  // namespace

void ExpiryHeap::reserve(std::size_t more) {
  const std::size_t needed = entries_.size() + more;
  if (needed <= entries_.capacity()) return;
  entries_.reserve(std::max(needed, entries_.capacity() + entries_.capacity() / 2));
}

void ExpiryHeap::fetch() const noexcept {
  if (!entries_.empty()) __builtin_prefetch(&entries_[(entries_.size() - 1) / children]);
}

void ExpiryHeap::place(std::size_t slot, const Entry& entry) noexcept {
  entries_[slot] = entry;
  entry.record->expiry_slot = static_cast<std::uint32_t>(slot);
}

void ExpiryHeap::rise(std::size_t slot, const Entry& entry) noexcept {
  while (slot > 0) {
    const std::size_t parent = (slot - 1) / children;
    if (entries_[parent].at_us <= entry.at_us) break;
    place(slot, entries_[parent]);
    slot = parent;
  }
  place(slot, entry);
}

void ExpiryHeap::sink(std::size_t slot, const Entry& entry) noexcept {
  for (;;) {
    const std::size_t first = slot * children + 1;
    if (first >= entries_.size()) break;
    const std::size_t end = std::min(first + children, entries_.size());
    std::size_t least = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      if (entries_[child].at_us < entries_[least].at_us) least = child;
    }
    if (entry.at_us <= entries_[least].at_us) break;
    place(slot, entries_[least]);
    slot = least;
  }
  place(slot, entry);
}

void ExpiryHeap::insert(std::int64_t at_us, Record& record) noexcept {
  assert(entries_.size() < entries_.capacity());
  entries_.push_back({at_us, &record});
  rise(entries_.size() - 1, {at_us, &record});
}

void ExpiryHeap::erase(Record& record) noexcept {
  const std::size_t slot = record.expiry_slot;
  assert(slot < entries_.size() && entries_[slot].record == &record);
  record.expiry_slot = Record::no_slot;
  const Entry last = entries_.back();
  entries_.pop_back();
  if (slot == entries_.size()) return;
  if (slot > 0 && last.at_us < entries_[(slot - 1) / children].at_us) {
    rise(slot, last);
  } else {
    sink(slot, last);
  }
}

void ExpiryHeap::lower(std::int64_t at_us, const Record& record) noexcept {
  const std::size_t slot = record.expiry_slot;
  if (at_us < entries_[slot].at_us) rise(slot, {at_us, entries_[slot].record});
}

void ExpiryHeap::raise_first(std::int64_t at_us) noexcept { sink(0, {at_us, entries_.front().record}); }

void ExpiryHeap::replace(const Record& old, Record& fresh) noexcept {
  entries_[old.expiry_slot].record = &fresh;
  fresh.expiry_slot = old.expiry_slot;
}

}  // namespace gatehouse::store_memory
