// SPDX-License-Identifier: Apache-2.0
#include "key_table.h"

#include <cassert>
#include <utility>

namespace gatehouse::store_memory {
namespace {

constexpr std::uint32_t empty = 0;
constexpr std::uint32_t erased = 1;
constexpr std::size_t smallest = 16;

std::uint32_t mark_of(std::uint64_t hash) noexcept {
  const auto mark = static_cast<std::uint32_t>(hash);
  return mark > erased ? mark : mark + 2;
}

// The key is compared with the first lines of the record, and then nearly always the rest is read.
void fetch_record(const Record* record) noexcept {
  constexpr std::size_t line = 64;
  constexpr std::size_t usual_size = 512;
  const auto* bytes = reinterpret_cast<const char*>(record);
  for (std::size_t at = 0; at < usual_size; at += line) __builtin_prefetch(bytes + at);
}

// Four fifths full at most: linear probing gets long beyond.
bool too_full(std::size_t used, std::size_t slots) noexcept { return used * 5 > slots * 4; }

}  // namespace

KeyTable::~KeyTable() {
  for (std::size_t slot = 0; slot < records_.size(); ++slot) {
    if (marks_[slot] > erased) Record::release(records_[slot]);
  }
}

Record* KeyTable::find(const Kind& kind, std::uint64_t hash, const Key& key) const noexcept {
  if (records_.empty()) return nullptr;
  const std::size_t last = records_.size() - 1;
  const std::uint32_t mark = mark_of(hash);
  for (std::size_t slot = mark & last; marks_[slot] != empty; slot = (slot + 1) & last) {
    if (marks_[slot] != mark) continue;
    fetch_record(records_[slot]);
    if (kind.key(*records_[slot]) == key) return records_[slot];
  }
  return nullptr;
}

void KeyTable::fetch(std::uint64_t hash) const noexcept {
  if (records_.empty()) return;
  const std::size_t slot = mark_of(hash) & (records_.size() - 1);
  __builtin_prefetch(&marks_[slot]);
  __builtin_prefetch(&records_[slot]);
}

std::size_t KeyTable::slot_of(std::uint64_t hash, const Record* record) const noexcept {
  const std::size_t last = records_.size() - 1;
  std::size_t slot = mark_of(hash) & last;
  while (marks_[slot] <= erased || records_[slot] != record) {
    assert(marks_[slot] != empty);
    slot = (slot + 1) & last;
  }
  return slot;
}

void KeyTable::reserve(std::size_t more) {
  if (!too_full(size_ + erased_ + more, records_.size())) return;
  std::size_t slots = smallest;
  while (too_full(size_ + more, slots)) slots *= 2;
  // A table that is full of erased slots is rebuilt at its size, one that is nearly full of records at twice it: either
  // way the next rebuild is as far away as the table is long.
  if (too_full((size_ + more) * 4 / 3, slots)) slots *= 2;
  rebuild(slots);
}

void KeyTable::rebuild(std::size_t slots) {
  std::vector<std::uint32_t> marks(slots, empty);
  std::vector<Record*> records(slots, nullptr);
  for (std::size_t from = 0; from < records_.size(); ++from) {
    if (marks_[from] <= erased) continue;
    std::size_t to = marks_[from] & (slots - 1);
    while (marks[to] != empty) to = (to + 1) & (slots - 1);
    marks[to] = marks_[from];
    records[to] = records_[from];
  }
  marks_ = std::move(marks);
  records_ = std::move(records);
  erased_ = 0;
}

void KeyTable::insert(std::uint64_t hash, Record* record) noexcept {
  const std::size_t last = records_.size() - 1;
  std::size_t slot = mark_of(hash) & last;
  while (marks_[slot] > erased) slot = (slot + 1) & last;
  if (marks_[slot] == erased) --erased_;
  marks_[slot] = mark_of(hash);
  records_[slot] = record;
  ++size_;
}

void KeyTable::erase(std::uint64_t hash, const Record* record) noexcept {
  const std::size_t slot = slot_of(hash, record);
  const std::size_t next = (slot + 1) & (records_.size() - 1);
  // Nobody probes past a slot whose neighbour is empty, so it need not be marked.
  marks_[slot] = marks_[next] == empty ? empty : erased;
  if (marks_[slot] == erased) ++erased_;
  records_[slot] = nullptr;
  --size_;
}

void KeyTable::replace(std::uint64_t hash, const Record* old, Record* fresh) noexcept {
  records_[slot_of(hash, old)] = fresh;
}

}  // namespace gatehouse::store_memory
