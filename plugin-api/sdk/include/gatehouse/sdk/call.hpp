// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>
#include <gatehouse/sdk/view.hpp>

#include <cstdint>
#include <string_view>

namespace gatehouse::sdk {

// What came with a call: who asks, until when, and what time it is. Borrowed for the call.
class Call {
 public:
  explicit Call(const gh_call& call) noexcept : call_(call) {}

  // The host's wall clock. It alone decides what has expired; a plugin reads no clock of its own for that.
  std::int64_t now_us() const noexcept { return call_.now_us; }
  // On the clock of Host::monotonic_ns(). Bound every wait by it: what is still running then gives up with GH_TIMEOUT,
  // or with GH_IN_DOUBT when it may have happened.
  std::int64_t deadline_ns() const noexcept { return call_.deadline_ns; }
  std::string_view request_id() const noexcept { return view(call_.request_id); }
  std::string_view traceparent() const noexcept { return view(call_.traceparent); }
  std::string_view tenant() const noexcept { return view(call_.tenant); }

  // One sentence for the operator's log on why the answer is not GH_OK. Never a secret. A Status with a sentence does
  // the same.
  void explain(std::string_view sentence) const noexcept {
    if (call_.explain != nullptr) call_.explain(call_.explain_context, slice(sentence));
  }

  const gh_call& raw() const noexcept { return call_; }

 private:
  const gh_call& call_;
};

}  // namespace gatehouse::sdk
