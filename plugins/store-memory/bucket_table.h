// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stamp_ring.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::store_memory {

// What is remembered of one rate-limited key.
struct Bucket {
  std::string key;
  std::uint64_t hash = 0;
  std::int64_t window_us = 0;  // of the last take
  StampRing stamps;
  std::unique_ptr<Bucket> next;

  // `chain_bytes`: its place in the table, and what the allocator keeps for itself.
  static constexpr std::size_t chain_bytes = 48;
  static std::size_t bytes_when_new(std::string_view key) noexcept { return sizeof(Bucket) + key.size() + chain_bytes; }
  std::size_t bytes() const noexcept { return bytes_when_new(key) + stamps.bytes(); }
};

// The buckets of one shard by key: chains, so that a sweep can go through them a few at a time. Not for several threads
// at once.
class BucketTable {
 public:
  ~BucketTable();
  BucketTable() = default;
  BucketTable(const BucketTable&) = delete;
  BucketTable& operator=(const BucketTable&) = delete;

  std::size_t size() const noexcept { return size_; }
  Bucket* find(std::uint64_t hash, std::string_view key) const noexcept;
  // Its key must not be there. Throws std::bad_alloc, and then nothing happened.
  Bucket& insert(std::unique_ptr<Bucket> bucket);
  // Null: there is none.
  std::unique_ptr<Bucket> erase(std::uint64_t hash, std::string_view key) noexcept;

  // Visit the next `chains` chains, round and round; a bucket for which `dead` is true goes to `gone` and is freed.
  template <class Dead, class Gone>
  void sweep(std::size_t chains, Dead&& dead, Gone&& gone) {
    for (; chains > 0 && !chains_.empty(); --chains) {
      hand_ = (hand_ + 1) & (chains_.size() - 1);
      for (std::unique_ptr<Bucket>* link = &chains_[hand_]; *link;) {
        if (dead(**link)) {
          gone(**link);
          unlink(*link);
        } else {
          link = &(*link)->next;
        }
      }
    }
  }

 private:
  std::unique_ptr<Bucket>& chain(std::uint64_t hash) noexcept { return chains_[hash & (chains_.size() - 1)]; }
  std::unique_ptr<Bucket> unlink(std::unique_ptr<Bucket>& link) noexcept;
  void grow();

  std::vector<std::unique_ptr<Bucket>> chains_;  // a power of two, or none
  std::size_t size_ = 0;
  std::size_t hand_ = 0;
};

}  // namespace gatehouse::store_memory
