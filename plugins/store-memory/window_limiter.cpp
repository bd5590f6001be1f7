// SPDX-License-Identifier: Apache-2.0
#include "window_limiter.h"

#include <gatehouse/sdk/status.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace gatehouse::store_memory {
namespace {

constexpr std::size_t max_key_bytes = 256;
// Chains a take looks at for dead buckets. A take makes one bucket at most, and there is about one a chain: every
// bucket is looked at long before as many new ones have come.
constexpr std::size_t chains_per_take = 4;
constexpr std::size_t chains_when_full = 256;

// At the ends of time nothing wraps around.
std::int64_t plus(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t sum;
  if (__builtin_add_overflow(a, b, &sum)) return b > 0 ? INT64_MAX : INT64_MIN;
  return sum;
}
std::int64_t minus(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t difference;
  if (__builtin_sub_overflow(a, b, &difference)) return b < 0 ? INT64_MAX : INT64_MIN;
  return difference;
}

// How long until an event of `stamp` is `span` old; 0 when it is.
std::int64_t wait(std::int64_t stamp, std::int64_t span, std::int64_t now_us) noexcept {
  if (now_us < stamp) return plus(span, minus(stamp, now_us));
  const std::uint64_t age = static_cast<std::uint64_t>(now_us) - static_cast<std::uint64_t>(stamp);
  const auto wanted = static_cast<std::uint64_t>(span);
  return age >= wanted ? 0 : static_cast<std::int64_t>(wanted - age);
}

// It can refuse nobody any more, not even a call that comes late.
bool is_dead(const Bucket& bucket, std::int64_t now_us) noexcept {
  if (bucket.stamps.size() == 0) return true;
  return wait(bucket.stamps.newest(), plus(bucket.window_us, WindowLimiter::lateness_us), now_us) == 0;
}

void check_key(std::string_view key) {
  if (key.empty() || key.size() > max_key_bytes) {
    throw sdk::StatusError(GH_INVALID, "a bucket's key is not 1 to 256 bytes long");
  }
}

void check(const sdk::Take& take) {
  check_key(take.key);
  if (take.limit < 1) throw sdk::StatusError(GH_INVALID, "a limit is less than 1");
  if (take.window_us < 1) throw sdk::StatusError(GH_INVALID, "a window is shorter than a microsecond");
}

}  // namespace

sdk::Status WindowLimiter::take(const sdk::Call& call, const sdk::Take& take, sdk::Taken& taken) {
  check(take);
  const std::int64_t now = call.now_us();
  const std::uint64_t hash = hash_(take.key);
  Shard& shard = shard_of(hash);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  sweep(shard, nullptr, chains_per_take, now);
  Bucket* bucket = shard.buckets.find(hash, take.key);
  if (bucket != nullptr && bucket->stamps.size() > 0) {
    StampRing& stamps = bucket->stamps;
    bucket->window_us = take.window_us;
    if (stamps.newest() > plus(now, lateness_us)) stamps.clamp(now);
    if (stamps.size() >= take.limit) {
      const std::int64_t retry_after = wait(stamps[stamps.size() - take.limit], take.window_us, now);
      if (retry_after > 0) {
        taken = {false, 0, retry_after};
        return {};
      }
    }
  }
  const Bucket& filled = remember(shard, hash, take, now, bucket);
  const std::size_t inside = filled.stamps.later_than(minus(now, take.window_us));
  taken = {true, take.limit - static_cast<std::uint32_t>(std::min<std::size_t>(inside, take.limit)), 0};
  return {};
}

const Bucket& WindowLimiter::remember(Shard& shard, std::uint64_t hash, const sdk::Take& take, std::int64_t now_us,
                                      Bucket* bucket) {
  if (bucket != nullptr) {
    bucket->stamps.keep(take.limit - 1);
    pay(shard, bucket, bucket->stamps.growth(), now_us, [&] { bucket->stamps.insert(now_us); });
    return *bucket;
  }
  const std::size_t cost = Bucket::bytes_when_new(take.key) + StampRing().growth();
  pay(shard, nullptr, cost, now_us, [&] {
    auto fresh = std::make_unique<Bucket>();
    fresh->key = take.key;
    fresh->hash = hash;
    fresh->window_us = take.window_us;
    fresh->stamps.insert(now_us);
    bucket = &shard.buckets.insert(std::move(fresh));
  });
  return *bucket;
}

template <class Action>
void WindowLimiter::pay(Shard& shard, const Bucket* in_use, std::size_t bytes, std::int64_t now_us, Action&& action) {
  const auto cost = static_cast<std::int64_t>(bytes);
  bool paid = budget_.take(cost);
  if (!paid) {
    sweep(shard, in_use, chains_when_full, now_us);
    paid = budget_.take(cost);
  }
  if (!paid) throw sdk::StatusError(GH_UNAVAILABLE, "the rate limiter's memory is full: raise limiter_max_bytes");
  try {
    action();
  } catch (...) {
    budget_.take(-cost);
    throw;
  }
}

void WindowLimiter::sweep(Shard& shard, const Bucket* in_use, std::size_t chains, std::int64_t now_us) noexcept {
  std::size_t freed = 0;
  shard.buckets.sweep(
      chains, [&](const Bucket& bucket) { return &bucket != in_use && is_dead(bucket, now_us); },
      [&](const Bucket& bucket) { freed += bucket.bytes(); });
  budget_.take(-static_cast<std::int64_t>(freed));
}

sdk::Status WindowLimiter::reset(const sdk::Call&, std::string_view key) {
  check_key(key);
  const std::uint64_t hash = hash_(key);
  Shard& shard = shard_of(hash);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  const auto gone = shard.buckets.erase(hash, key);
  if (gone) budget_.take(-static_cast<std::int64_t>(gone->bytes()));
  return {};
}

std::size_t WindowLimiter::bucket_count() {
  std::size_t count = 0;
  for (Shard& shard : shards_) {
    const std::lock_guard<std::mutex> lock(shard.mutex);
    count += shard.buckets.size();
  }
  return count;
}

}  // namespace gatehouse::store_memory
