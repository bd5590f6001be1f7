// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/metrics.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::plugins {

class Operation;

// How many calls came back with each status of the closed set, as one thread at a time counts them.
class CallStatuses {
 public:
  static constexpr std::size_t count = 10;
  void add(std::int32_t status) noexcept {
    auto& number = numbers_[static_cast<std::size_t>(status)];
    number.store(number.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  std::uint64_t of(std::int32_t status) const noexcept {
    return numbers_[static_cast<std::size_t>(status)].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::uint64_t>, count> numbers_{};
};

// What a call inside a plugin leaves on its caller's stack.
struct Frame {
  void* receiver = nullptr;  // who gets what the plugin's sinks deliver
  const Call* call = nullptr;
  std::string explanation;
};

// The place of one call inside a plugin. A plugin gets pointers into it as the `context` of every sink: a different one
// for each of 64 calls in a row, in memory that outlives the instance, so that a callback that comes after its call
// ended, or from another thread, is recognised instead of writing to a stack that is gone.
class alignas(256) CallSlot {
 public:
  void* context() noexcept { return &tokens_[generation_.load(std::memory_order_relaxed) % tokens_.size()]; }
  std::uint32_t generation() const noexcept { return generation_.load(std::memory_order_relaxed); }
  bool overdue() const noexcept { return overdue_.load(std::memory_order_relaxed) == generation(); }

  // The frame of the call that `context` was made for, or null when that call has ended or another thread runs it; that
  // is counted as a misuse.
  static Frame* frame_of(void* context) noexcept;

 private:
  friend class CallSlots;
  std::atomic<std::int64_t> deadline_ns_{0};  // 0: free
  std::atomic<std::uint32_t> generation_{0};
  std::atomic<std::uint32_t> overdue_{~0u};  // the generation that was reported as overdue
  std::atomic<const Operation*> operation_{nullptr};
  std::atomic<std::uintptr_t> thread_{0};
  std::atomic<Frame*> frame_{nullptr};
  Counter* misuse_ = nullptr;
  CallStatuses answered_;
  std::array<char, 64> tokens_{};
};
static_assert(sizeof(CallSlot) == alignof(CallSlot), "frame_of() finds the slot by rounding the context down");

// The bulkhead: as many calls run inside one instance as there are slots. Lock-free; one atomic read-modify-write a
// call.
class CallSlots {
 public:
  CallSlots(unsigned count, Counter& misuse);

  // Null: all are taken. `frame` and `operation` outlive the call.
  CallSlot* claim(std::int64_t deadline_ns, const Operation& operation, Frame& frame) noexcept;
  void release(CallSlot& slot) noexcept { slot.deadline_ns_.store(0, std::memory_order_release); }
  // The same for a call that came back with a status of the closed set.
  void release(CallSlot& slot, std::int32_t status) noexcept {
    slot.answered_.add(status);
    release(slot);
  }

  unsigned size() const noexcept { return count_; }
  unsigned busy() const noexcept;
  // What is running now.
  std::vector<const Operation*> operations() const;
  // Calls that came back with this status, ever.
  std::uint64_t answered(std::int32_t status) const noexcept;

  // The request id of the call this thread runs inside the plugin; empty outside one.
  std::string_view request_id_here() const noexcept;

  // What this thread runs inside the plugin and for which request; null outside a call. For signal handlers too.
  const Operation* operation_here(std::string_view* request_id) const noexcept;

  // Marks and reports each call that is overdue once: report(operation, deadline_ns). A call of `operation` is when its
  // deadline is limit_ns(operation) or before.
  template <class Limit, class Report>
  void find_overdue(Limit&& limit_ns, Report&& report) noexcept {
    for (unsigned i = 0; i < count_; ++i) {
      auto& slot = slots_[i];
      const auto generation = slot.generation_.load(std::memory_order_acquire);
      const auto deadline = slot.deadline_ns_.load(std::memory_order_acquire);
      if (deadline == 0) continue;
      const auto* operation = slot.operation_.load(std::memory_order_acquire);
      // Another call began meanwhile: what was read belongs to neither for sure.
      if (slot.generation_.load(std::memory_order_acquire) != generation || operation == nullptr) continue;
      if (deadline > limit_ns(*operation)) continue;
      if (slot.overdue_.exchange(generation, std::memory_order_relaxed) == generation) continue;
      report(*operation, deadline);
    }
  }

 private:
  unsigned count_;
  std::unique_ptr<CallSlot[]> slots_;
};

}  // namespace gatehouse::plugins
