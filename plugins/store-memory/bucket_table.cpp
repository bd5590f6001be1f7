// SPDX-License-Identifier: Apache-2.0
#include "bucket_table.h"

#include <algorithm>
#include <utility>

namespace gatehouse::store_memory {

BucketTable::~BucketTable() {
  // Link by link: left to itself a long chain would destroy itself recursively.
  for (auto& chain : chains_) {
    while (chain) unlink(chain);
  }
}

std::unique_ptr<Bucket> BucketTable::unlink(std::unique_ptr<Bucket>& link) noexcept {
  std::unique_ptr<Bucket> taken = std::move(link);
  link = std::move(taken->next);
  --size_;
  return taken;
}

Bucket* BucketTable::find(std::uint64_t hash, std::string_view key) const noexcept {
  if (chains_.empty()) return nullptr;
  Bucket* bucket = chains_[hash & (chains_.size() - 1)].get();
  while (bucket != nullptr && (bucket->hash != hash || bucket->key != key)) bucket = bucket->next.get();
  return bucket;
}

Bucket& BucketTable::insert(std::unique_ptr<Bucket> bucket) {
  if (size_ >= chains_.size()) grow();
  auto& head = chain(bucket->hash);
  bucket->next = std::move(head);
  head = std::move(bucket);
  ++size_;
  return *head;
}

std::unique_ptr<Bucket> BucketTable::erase(std::uint64_t hash, std::string_view key) noexcept {
  if (chains_.empty()) return nullptr;
  for (std::unique_ptr<Bucket>* link = &chain(hash); *link; link = &(*link)->next) {
    if ((*link)->hash == hash && (*link)->key == key) return unlink(*link);
  }
  return nullptr;
}

void BucketTable::grow() {
  constexpr std::size_t smallest = 16;
  std::vector<std::unique_ptr<Bucket>> old(std::max(smallest, chains_.size() * 2));
  old.swap(chains_);
  for (auto& from : old) {
    while (from) {
      std::unique_ptr<Bucket> bucket = std::move(from);
      from = std::move(bucket->next);
      auto& to = chain(bucket->hash);
      bucket->next = std::move(to);
      to = std::move(bucket);
    }
  }
}

}  // namespace gatehouse::store_memory
