// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

namespace gatehouse::check {

class Context;

// What a plugin's callbacks find during one call. Never freed, so that one that comes late finds a place that says no.
struct alignas(64) CallSlot {
  std::atomic<bool> open{false};
  std::atomic<std::thread::id> thread{};
  Context* context = nullptr;
  const char* operation = nullptr;
  void* receiver = nullptr;
  std::string words;
};

// A few thousand of them, used in turn: long after a call has ended its place is still its own.
class CallRing {
 public:
  static constexpr std::size_t size = 4096;

  CallSlot& claim() noexcept {
    for (;;) {
      auto& slot = slots_[next_.fetch_add(1, std::memory_order_relaxed) % slots_.size()];
      bool free = false;
      if (slot.open.compare_exchange_strong(free, true, std::memory_order_acquire)) return slot;
    }
  }

  std::size_t place_of(const CallSlot& slot) const noexcept { return static_cast<std::size_t>(&slot - slots_.data()); }

 private:
  std::atomic<std::uint64_t> next_{0};
  std::array<CallSlot, size> slots_{};
};

}  // namespace gatehouse::check
