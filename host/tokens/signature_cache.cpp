// SPDX-License-Identifier: Apache-2.0
#include "tokens/signature_cache.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace gatehouse::tokens {
namespace {

constexpr std::size_t max_ways = 8;
constexpr std::size_t max_shards = 64;

}  // namespace

SignatureCache::SignatureCache(std::size_t entries)
    : ways_(std::min(entries, max_ways)), sets_per_shard_(0), shards_([entries, this] {
        const auto sets = ways_ == 0 ? 0 : entries / ways_;
        return std::min(std::max<std::size_t>(sets, 1), max_shards);
      }()) {
  if (ways_ != 0) sets_per_shard_ = entries / ways_ / shards_.size();
}

SignatureCache::Set SignatureCache::set_of(const crypto::Digest& token) noexcept {
  std::uint64_t number = 0;
  std::memcpy(&number, token.data(), sizeof number);
  const auto shard = number % shards_.size();
  const auto set = number / shards_.size() % sets_per_shard_;
  return {shards_[shard], set * ways_};
}

SignatureCache::Entry SignatureCache::find(const crypto::Digest& token) {
  if (sets_per_shard_ == 0) return nullptr;
  const auto set = set_of(token);
  const std::lock_guard lock(set.shard.mutex);
  if (set.shard.places.empty()) return nullptr;
  for (auto& place : std::span(set.shard.places).subspan(set.begin, ways_)) {
    if (place.entry && place.token == token) {
      place.used = ++set.shard.clock;
      return place.entry;
    }
  }
  return nullptr;
}

void SignatureCache::insert(const crypto::Digest& token, Entry entry) {
  if (sets_per_shard_ == 0) return;
  const auto set = set_of(token);
  const std::lock_guard lock(set.shard.mutex);
  if (set.shard.places.empty()) set.shard.places.resize(sets_per_shard_ * ways_);
  const auto places = std::span(set.shard.places).subspan(set.begin, ways_);
  // The same token from another thread, else a free place, else the one unused for longest.
  auto at =
      std::find_if(places.begin(), places.end(), [&token](const Place& p) { return p.entry && p.token == token; });
  if (at == places.end()) {
    at = std::min_element(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.used < b.used; });
  }
  *at = Place{token, std::move(entry), ++set.shard.clock};
}

void SignatureCache::erase_if(const std::function<bool(const VerifiedToken&)>& gone) {
  for (auto& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (auto& place : shard.places) {
      if (place.entry && gone(*place.entry)) place = Place{};
    }
  }
}

std::size_t SignatureCache::size() const {
  std::size_t count = 0;
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    count += static_cast<std::size_t>(
        std::count_if(shard.places.begin(), shard.places.end(), [](const Place& p) { return p.entry != nullptr; }));
  }
  return count;
}

}  // namespace gatehouse::tokens
