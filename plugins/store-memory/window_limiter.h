// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bucket_table.h"
#include "budget.h"
#include "hash.h"

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/rate_limiter.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>

namespace gatehouse::store_memory {

// "gatehouse.rate_limiter/1" in the memory of this process: exact. A bucket keeps the times of its last `limit` events,
// and an event is allowed when the oldest of them has left the window that ends now.
//
// TIME. Calls may come a little out of order: up to `lateness_us` behind the newest event of its bucket a call is
// judged exactly as if it had come in time. Further behind, the clock has been set back: events in its future count as
// of now, so nobody waits longer than one window, and nobody gets more than the limit since the clock was set.
//
// MEMORY. Each take looks at a few buckets and drops those that can no longer refuse anybody. When all buckets together
// reach the limit, a take that needs more is GH_UNAVAILABLE, and the host denies. Any thread.
class WindowLimiter {
 public:
  static constexpr std::int64_t lateness_us = 10'000'000;

  // `max_bytes`: what all buckets may take; 0: no limit.
  WindowLimiter(const Hash& hash, std::uint64_t max_bytes) : hash_(hash), budget_(max_bytes) {}

  sdk::Status take(const sdk::Call& call, const sdk::Take& take, sdk::Taken& taken);
  sdk::Status reset(const sdk::Call& call, std::string_view key);

  // How many keys are remembered now.
  std::size_t bucket_count();

 private:
  struct alignas(64) Shard {
    std::mutex mutex;
    BucketTable buckets;
  };

  Shard& shard_of(std::uint64_t hash) noexcept { return shards_[hash >> 58]; }
  // `in_use`: a bucket that stays even when it is dead.
  void sweep(Shard& shard, const Bucket* in_use, std::size_t chains, std::int64_t now_us) noexcept;
  const Bucket& remember(Shard& shard, std::uint64_t hash, const sdk::Take& take, std::int64_t now_us, Bucket* bucket);
  // Do what costs `bytes`, or throw sdk::StatusError(GH_UNAVAILABLE).
  template <class Action>
  void pay(Shard& shard, const Bucket* in_use, std::size_t bytes, std::int64_t now_us, Action&& action);

  Hash hash_;
  Budget budget_;
  std::array<Shard, 64> shards_;
};

}  // namespace gatehouse::store_memory
