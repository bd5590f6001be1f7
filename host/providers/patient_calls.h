// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/error.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

namespace gatehouse::providers {

// Calls of a command that has time: what a store could not do because it was away is done again until `patience` has
// passed. One thread.
class PatientCalls {
 public:
  // Waits; false: it is to stop, at once. A wait of zero only asks.
  using Wait = std::function<bool(std::chrono::milliseconds)>;

  PatientCalls(const Clock& clock, Wait wait) : clock_(clock), wait_(std::move(wait)) {}

  static constexpr std::chrono::seconds patience{30};

  // `now`: as of which records are seen; otherwise the moment of the call.
  Call call(std::string_view tenant, std::optional<Time> now = {}) const {
    return {clock_.steady() + patience, now.value_or(clock_.now()), "command", {}, tenant};
  }

  // Asked often: between records. Stays true.
  bool stopped() {
    if (!stopped_) stopped_ = !wait_(std::chrono::milliseconds::zero());
    return stopped_;
  }

  // `ask` gives a Result<..>. What may have happened (InDoubt) is never asked again.
  template <class Ask>
  auto again(const Ask& ask) -> decltype(ask()) {
    const auto until = clock_.steady() + patience;
    auto pause = std::chrono::milliseconds{100};
    for (;;) {
      auto answer = ask();
      if (answer || answer.error().code != Code::ProviderUnavailable || clock_.steady() >= until) return answer;
      if (stopped_ || !wait_(pause)) {
        stopped_ = true;
        return answer;
      }
      pause = std::min(2 * pause, std::chrono::milliseconds{2'000});
    }
  }

  const Clock& clock() const noexcept { return clock_; }

 private:
  const Clock& clock_;
  Wait wait_;
  bool stopped_ = false;
};

}  // namespace gatehouse::providers
