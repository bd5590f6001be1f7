// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "topology.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

// Which keys Redis holds. Every partition belongs to one of 256 buckets, and a bucket is one hash tag: whatever one
// script touches lies in one slot of a cluster, and everything there is can be found without SCAN by asking 256 times.
//   gh{3f}session:TENANT PARTITION ID   a record (record.h)
//   gh{3f}session.by_user               the entries of an index, one sorted set a bucket
//   gh{3f}session.                      the same for the index of keys
//   gh{3f}session!                      (tenant, partition) of whatever expires, by when the first of its records does
//   gh{3f}*                             a set of the indexes that may hold records away from home (find.h)
//   gh:KEY                              a bucket of the rate limiter
namespace gatehouse::store_redis {

constexpr std::size_t bucket_count = 256;

class Layout {
 public:
  explicit Layout(std::string prefix) : prefix_(std::move(prefix)) {}

  // Fixed for ever: records are found by it.
  static std::size_t bucket_of(std::string_view tenant, std::string_view partition) noexcept {
    std::uint64_t hash = 14695981039346656037u;
    const auto add = [&](unsigned char byte) { hash = (hash ^ byte) * 1099511628211u; };
    for (const char byte : tenant) add(static_cast<unsigned char>(byte));
    add(0);
    for (const char byte : partition) add(static_cast<unsigned char>(byte));
    return (hash ^ hash >> 32 ^ hash >> 16 ^ hash >> 8) % bucket_count;
  }
  static std::uint16_t slot(std::size_t bucket) { return slot_of(tag(bucket)); }

  std::string record_prefix(std::size_t bucket, const std::string& kind) const { return in(bucket) + kind + ':'; }
  // `index` is empty for the index of keys.
  std::string index(std::size_t bucket, const std::string& kind, const std::string& index) const {
    return in(bucket) + kind + '.' + index;
  }
  std::string due(std::size_t bucket, const std::string& kind) const { return in(bucket) + kind + '!'; }
  std::string strays(std::size_t bucket) const { return in(bucket) + '*'; }
  // Never there.
  std::string probe(std::size_t bucket) const { return in(bucket) + '?'; }
  std::string limiter(std::string_view key) const { return prefix_ + ':' + std::string(key); }

 private:
  static std::string tag(std::size_t bucket) {
    constexpr std::string_view hex = "0123456789abcdef";
    return {'{', hex[bucket / 16], hex[bucket % 16], '}'};
  }
  std::string in(std::size_t bucket) const { return prefix_ + tag(bucket); }

  std::string prefix_;
};

}  // namespace gatehouse::store_redis
