// SPDX-License-Identifier: Apache-2.0
#include "calling.h"

#include "base/encoding.h"
#include "call_ring.h"

#include <utility>

namespace gatehouse::check {
namespace {

constexpr std::uint64_t longest_sentence = 64 * 1024;
constexpr std::uint64_t longest_delivery = 64 << 20;

// The slot a callback names, when it may: its call runs and this thread runs it.
CallSlot& live_slot(void* slot_context) {
  auto& slot = *static_cast<CallSlot*>(slot_context);
  const std::string name = slot.operation;
  if (!slot.open.load(std::memory_order_acquire)) {
    slot.context->fail("a callback of " + name + " came after the call had ended; pointers are valid until it returns");
  }
  if (slot.thread.load(std::memory_order_relaxed) != std::this_thread::get_id()) {
    slot.context->fail("a callback of " + name +
                       " came from another thread than the call's; results come from the "
                       "thread that was called");
  }
  return slot;
}

std::int64_t now_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

static_assert(CallRing::size == Progress::most_running, "a call has the same place in both");

Progress::Running& running(Context& context, const CallSlot& slot) {
  return context.progress().running[context.calls().place_of(slot)];
}

}  // namespace

Calling::Calling(Context& context, const char* operation, CallOptions options, void* receiver)
    : context_(context), operation_(operation), slot_(&context.calls().claim()) {
  slot_->thread.store(std::this_thread::get_id(), std::memory_order_relaxed);
  slot_->context = &context;
  slot_->operation = operation;
  slot_->receiver = receiver;
  slot_->words.clear();
  call_.struct_size = sizeof(call_);
  const std::int64_t began_ns = now_ns();
  call_.deadline_ns = began_ns + options.timeout.count();
  call_.now_us = options.now_us;
  call_.request_id = slice("check-0001");
  call_.traceparent = slice("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  call_.tenant = slice(options.tenant);
  call_.explain_context = slot_;
  call_.explain = explain;
  context.entering(operation);
  auto& noted = running(context, *slot_);
  noted.operation.store(operation, std::memory_order_relaxed);
  noted.since_ns.store(began_ns, std::memory_order_relaxed);
}

Calling::~Calling() { close(); }

void Calling::close() noexcept {
  if (!std::exchange(open_, false)) return;
  running(context_, *slot_).since_ns.store(0, std::memory_order_relaxed);
  context_.progress().last_end_ns.store(now_ns(), std::memory_order_relaxed);
  slot_->open.store(false, std::memory_order_release);
}

gh_status Calling::done(gh_status status) {
  words_ = slot_->words;
  close();
  if (status < GH_OK || status > GH_INTERNAL) {
    context_.fail(std::string(operation_) + " answered " + std::to_string(status) +
                  ", which is no gh_status; the set is closed");
  }
  return status;
}

void* Calling::live_receiver(void* sink_context) { return live_slot(sink_context).receiver; }

void Calling::explain(void* slot_context, gh_slice sentence) noexcept {
  auto& slot = live_slot(slot_context);
  check_slice(*slot.context, sentence, std::string(slot.operation) + " explained with a sentence that", true);
  if (sentence.size == 0 || sentence.size > longest_sentence) {
    slot.context->fail(std::string(slot.operation) + " explained with a sentence of " + std::to_string(sentence.size) +
                       " bytes");
  }
  slot.words = view(sentence);
}

void check_slice(Context& context, gh_slice slice, std::string_view what, bool is_text) {
  if (slice.size > longest_delivery)
    context.fail(std::string(what) + " claims " + std::to_string(slice.size) + " bytes");
  if (slice.data == nullptr && slice.size > 0) context.fail(std::string(what) + " has a size and no bytes");
  if (is_text && !is_utf8(view(slice))) context.fail(std::string(what) + " is not UTF-8");
}

void BytesReceived::put(void* context, gh_slice bytes) {
  auto& self = Calling::receiver_of<BytesReceived>(context);
  check_slice(*static_cast<CallSlot*>(context)->context, bytes, "what was delivered", false);
  self.bytes_.append(view(bytes));
  ++self.times_;
}

std::string status_name(gh_status status) {
  switch (status) {
    case GH_OK: return "GH_OK";
    case GH_NOT_FOUND: return "GH_NOT_FOUND";
    case GH_CONFLICT: return "GH_CONFLICT";
    case GH_INVALID: return "GH_INVALID";
    case GH_UNAVAILABLE: return "GH_UNAVAILABLE";
    case GH_TIMEOUT: return "GH_TIMEOUT";
    case GH_IN_DOUBT: return "GH_IN_DOUBT";
    case GH_UNSUPPORTED: return "GH_UNSUPPORTED";
    case GH_DENIED: return "GH_DENIED";
    case GH_INTERNAL: return "GH_INTERNAL";
    default: return std::to_string(status);
  }
}

}  // namespace gatehouse::check
