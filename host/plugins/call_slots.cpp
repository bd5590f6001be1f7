// SPDX-License-Identifier: Apache-2.0
#include "plugins/call_slots.h"

#include <algorithm>

#include <pthread.h>

namespace gatehouse::plugins {
namespace {

std::uintptr_t this_thread() noexcept { return static_cast<std::uintptr_t>(::pthread_self()); }

}  // namespace

Frame* CallSlot::frame_of(void* context) noexcept {
  auto* slot = reinterpret_cast<CallSlot*>(reinterpret_cast<std::uintptr_t>(context) & ~(alignof(CallSlot) - 1));
  const bool live = slot->deadline_ns_.load(std::memory_order_relaxed) != 0 && slot->context() == context &&
                    slot->thread_.load(std::memory_order_relaxed) == this_thread();
  if (live) return slot->frame_.load(std::memory_order_relaxed);
  slot->misuse_->add();
  return nullptr;
}

CallSlots::CallSlots(unsigned count, Counter& misuse)
    : count_(std::max(count, 1u)), slots_(std::make_unique<CallSlot[]>(count_)) {
  for (unsigned i = 0; i < count_; ++i) slots_[i].misuse_ = &misuse;
}

CallSlot* CallSlots::claim(std::int64_t deadline_ns, const Operation& operation, Frame& frame) noexcept {
  const auto thread = this_thread();
  // Threads begin to look at different places, so that they rarely meet on one cache line.
  const auto hash = static_cast<std::uint32_t>((thread * 0x9E3779B97F4A7C15u) >> 32);
  auto at = static_cast<unsigned>((std::uint64_t{hash} * count_) >> 32);
  const auto deadline = std::max<std::int64_t>(deadline_ns, 1);
  for (unsigned tried = 0; tried < count_; ++tried, at = at + 1 == count_ ? 0 : at + 1) {
    auto& slot = slots_[at];
    std::int64_t free = 0;
    if (slot.deadline_ns_.load(std::memory_order_relaxed) != 0 ||
        !slot.deadline_ns_.compare_exchange_strong(free, deadline)) {
      continue;
    }
    slot.operation_.store(&operation, std::memory_order_relaxed);
    slot.thread_.store(thread, std::memory_order_relaxed);
    slot.frame_.store(&frame, std::memory_order_relaxed);
    slot.generation_.store(slot.generation() + 1, std::memory_order_release);
    return &slot;
  }
  return nullptr;
}

unsigned CallSlots::busy() const noexcept {
  unsigned taken = 0;
  for (unsigned i = 0; i < count_; ++i) taken += slots_[i].deadline_ns_.load() != 0 ? 1u : 0u;
  return taken;
}

std::vector<const Operation*> CallSlots::operations() const {
  std::vector<const Operation*> running;
  for (unsigned i = 0; i < count_; ++i) {
    const auto* operation = slots_[i].operation_.load(std::memory_order_acquire);
    if (slots_[i].deadline_ns_.load() != 0 && operation != nullptr) running.push_back(operation);
  }
  return running;
}

std::uint64_t CallSlots::answered(std::int32_t status) const noexcept {
  std::uint64_t sum = 0;
  for (unsigned i = 0; i < count_; ++i) sum += slots_[i].answered_.of(status);
  return sum;
}

std::string_view CallSlots::request_id_here() const noexcept {
  std::string_view request_id;
  operation_here(&request_id);
  return request_id;
}

const Operation* CallSlots::operation_here(std::string_view* request_id) const noexcept {
  const auto thread = this_thread();
  for (unsigned i = 0; i < count_; ++i) {
    const auto& slot = slots_[i];
    if (slot.deadline_ns_.load(std::memory_order_acquire) == 0) continue;
    if (slot.thread_.load(std::memory_order_relaxed) != thread) continue;
    const auto* frame = slot.frame_.load(std::memory_order_relaxed);
    if (frame != nullptr && frame->call != nullptr) *request_id = frame->call->request_id;
    return slot.operation_.load(std::memory_order_relaxed);
  }
  return nullptr;
}

}  // namespace gatehouse::plugins
