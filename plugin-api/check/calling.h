// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "context.h"

#include <gatehouse/abi.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::check {

// The time of calls that are not about time: no clock of any machine is near it, so a plugin that asks one is wrong.
constexpr std::int64_t usual_now_us = 2'000'000'000'000'000;  // the year 2033

struct CallOptions {
  std::int64_t now_us = usual_now_us;
  std::chrono::nanoseconds timeout = std::chrono::seconds(30);
  std::string_view tenant = "tenant";
};

struct CallSlot;

// One call into the plugin: the gh_call it carries, and a look at how the plugin behaves meanwhile. A sentence or a
// result that comes after done(), from another thread, or with bytes that cannot be, fails the case, as does a status
// outside the closed set. One thread; on the stack.
//
//   Calling calling(context, "rate_limiter.take");
//   const gh_status status = calling.done(table.take(instance.self(), calling.call(), &take, &out));
class Calling {
 public:
  // `operation` is a literal. `receiver` is what receiver_of() gives sinks.
  Calling(Context& context, const char* operation, CallOptions options = {}, void* receiver = nullptr);
  ~Calling();
  Calling(const Calling&) = delete;
  Calling& operator=(const Calling&) = delete;

  const gh_call* call() const noexcept { return &call_; }
  // The context to put into a sink.
  void* sink_context() const noexcept { return slot_; }
  // The call has come back.
  gh_status done(gh_status status);
  // What the plugin explained, or nothing. After done().
  const std::string& words() const noexcept { return words_; }
  Context& context() const noexcept { return context_; }

  // For a sink: the receiver of the call that is running. Fails the case when that has ended or another thread runs it.
  template <class T>
  static T& receiver_of(void* sink_context) {
    return *static_cast<T*>(live_receiver(sink_context));
  }

 private:
  void close() noexcept;
  static void* live_receiver(void* sink_context);
  static void explain(void* slot, gh_slice sentence) noexcept;

  Context& context_;
  const char* const operation_;
  CallSlot* const slot_;
  bool open_ = true;
  gh_call call_{};
  std::string words_;
};

// The name of a status, for sentences: "GH_CONFLICT"; of any other number, the number.
std::string status_name(gh_status status);

// Fails unless the bytes can be there and, for a text, are UTF-8. `what` begins the sentence.
void check_slice(Context& context, gh_slice slice, std::string_view what, bool is_text);

inline std::string_view view(gh_slice slice) { return {reinterpret_cast<const char*>(slice.data), slice.size}; }
inline gh_slice slice(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Takes bytes a plugin delivers during `calling`, which is made with this object as its receiver.
class BytesReceived {
 public:
  gh_bytes_sink sink(const Calling& calling) noexcept { return {calling.sink_context(), put}; }
  const std::string& bytes() const noexcept { return bytes_; }
  int times() const noexcept { return times_; }

 private:
  static void put(void* context, gh_slice bytes);
  std::string bytes_;
  int times_ = 0;
};

}  // namespace gatehouse::check
