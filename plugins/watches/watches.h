// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/host.hpp>
#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/store_watch.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::watches {

// The keeping half of "gatehouse.store_watch/1": who watches which kinds, and what happened since each of them asked
// last. How the store learns of changes is its own. Any thread.
class Watches {
 public:
  // What is kept for a host that does not read; beyond, it has missed some. About 200 bytes each.
  static constexpr std::size_t most_changes = 4096;
  static constexpr std::size_t most_watches = 64;

  explicit Watches(const sdk::Host& host) noexcept : host_(host) {}
  Watches(const Watches&) = delete;
  Watches& operator=(const Watches&) = delete;

  // Whether anybody wants to know; without a lock, for the path of every commit. Who begins to watch sees to it that
  // commits which did not see that any more have ended.
  bool any() const noexcept { return count_.load(std::memory_order_relaxed) != 0; }

  // Throws sdk::StatusError(GH_UNAVAILABLE): there are too many.
  std::uint64_t add(std::vector<std::uint32_t> kinds);
  // As the slots of the interface.
  sdk::Status remove(std::uint64_t watch);
  sdk::Status wait(const sdk::Call& call, std::uint64_t watch, const sdk::ChangeSink& sink);

  // Keep a change for all who watch its kind. Who cannot be told for want of memory has missed it.
  void tell(std::uint32_t kind, const gh_key& key, std::int64_t version, bool deleted) noexcept;
  // All have missed some.
  void miss() noexcept;

 private:
  struct Change {
    std::uint32_t kind;
    bool deleted;
    std::int64_t version;
    std::string key;  // its three parts, one after another
    std::size_t tenant_size;
    std::size_t partition_size;
    void put(const sdk::ChangeSink& sink) const noexcept;
  };
  struct Watch {
    std::uint64_t id = 0;
    std::vector<std::uint32_t> kinds;
    std::vector<Change> changes;
    bool missed = false;
    bool ended = false;
    std::condition_variable told;
    bool wants(std::uint32_t kind) const noexcept;
    void miss() noexcept;
  };

  // The lock is held.
  std::shared_ptr<Watch> find(std::uint64_t id) const noexcept;

  const sdk::Host host_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Watch>> watches_;  // guarded by mutex_, and so is what they hold
  std::uint64_t last_id_ = 0;                    // guarded by mutex_
  std::atomic<std::size_t> count_{0};
};

}  // namespace gatehouse::watches
