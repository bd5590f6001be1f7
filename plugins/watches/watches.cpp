// SPDX-License-Identifier: Apache-2.0
#include "watches/watches.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

namespace gatehouse::watches {

void Watches::Change::put(const sdk::ChangeSink& sink) const noexcept {
  const std::string_view parts(key);
  const gh_key raw{sdk::slice(parts.substr(0, tenant_size)), sdk::slice(parts.substr(tenant_size, partition_size)),
                   sdk::slice(parts.substr(tenant_size + partition_size))};
  if (deleted) {
    sink.erased(kind, raw, version);
  } else {
    sink.put(kind, raw, version);
  }
}

bool Watches::Watch::wants(std::uint32_t kind) const noexcept {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

void Watches::Watch::miss() noexcept {
  changes.clear();
  missed = true;
  told.notify_all();
}

std::uint64_t Watches::add(std::vector<std::uint32_t> kinds) {
  auto watch = std::make_shared<Watch>();
  watch->kinds = std::move(kinds);
  const std::lock_guard lock(mutex_);
  if (watches_.size() == most_watches) {
    throw sdk::StatusError(GH_UNAVAILABLE, "there are 64 watches already, and no room for another");
  }
  watch->id = ++last_id_;
  watches_.push_back(watch);
  count_.store(watches_.size(), std::memory_order_relaxed);
  return watch->id;
}

sdk::Status Watches::remove(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto watch = find(id);
  if (!watch) return {GH_NOT_FOUND, "there is no such watch"};
  watches_.erase(std::find(watches_.begin(), watches_.end(), watch));
  count_.store(watches_.size(), std::memory_order_relaxed);
  watch->ended = true;
  watch->told.notify_all();
  return {};
}

sdk::Status Watches::wait(const sdk::Call& call, std::uint64_t id, const sdk::ChangeSink& sink) {
  std::vector<Change> changes;
  bool missed = false;
  {
    std::unique_lock lock(mutex_);
    const auto watch = find(id);
    if (!watch) return {GH_NOT_FOUND, "there is no such watch"};
    while (!watch->ended && !watch->missed && watch->changes.empty()) {
      const std::int64_t left_ns = call.deadline_ns() - host_.monotonic_ns();
      if (left_ns <= 0) return {};
      watch->told.wait_for(lock, std::chrono::nanoseconds(left_ns));
    }
    if (watch->ended) return {GH_NOT_FOUND, "the watch has ended"};
    changes.swap(watch->changes);
    missed = std::exchange(watch->missed, false);
  }
  if (missed) sink.missed();
  for (const Change& change : changes) change.put(sink);
  return {};
}

void Watches::tell(std::uint32_t kind, const gh_key& key, std::int64_t version, bool deleted) noexcept {
  const std::lock_guard lock(mutex_);
  for (const auto& watch : watches_) {
    if (!watch->wants(kind)) continue;
    if (watch->changes.size() == most_changes) {
      watch->miss();
      continue;
    }
    try {
      const auto tenant = sdk::view(key.tenant);
      const auto partition = sdk::view(key.partition);
      std::string parts;
      parts.reserve(tenant.size() + partition.size() + sdk::view(key.id).size());
      parts.append(tenant).append(partition).append(sdk::view(key.id));
      watch->changes.push_back({kind, deleted, version, std::move(parts), tenant.size(), partition.size()});
      watch->told.notify_all();
    } catch (const std::bad_alloc&) {
      watch->miss();
    }
  }
}

void Watches::miss() noexcept {
  const std::lock_guard lock(mutex_);
  for (const auto& watch : watches_) watch->miss();
}

std::shared_ptr<Watches::Watch> Watches::find(std::uint64_t id) const noexcept {
  const auto at = std::find_if(watches_.begin(), watches_.end(), [&](const auto& watch) { return watch->id == id; });
  return at == watches_.end() ? nullptr : *at;
}

}  // namespace gatehouse::watches
