// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace gatehouse::plugins {
class Instance;
class Operation;
}  // namespace gatehouse::plugins

namespace gatehouse::providers {

struct Admission {
  bool allowed = false;
  std::uint32_t remaining = 0;
  std::chrono::microseconds retry_after{0};
};

// Sliding-window counters in a rate_limiter plugin. Any thread.
// Errors: ProviderUnavailable, Internal: no answer, and the caller denies.
class Limiter {
 public:
  // The instance is assigned gatehouse.rate_limiter/1 and outlives this. Throws plugins::LoadError otherwise.
  explicit Limiter(plugins::Instance& instance);
  Result<Admission> take(std::string_view key, std::uint32_t limit, std::chrono::microseconds window, const Call& call);
  Result<void> reset(std::string_view key, const Call& call);
  Result<void> ping(const Call& call);

 private:
  plugins::Instance& instance_;
  const plugins::Operation& take_;
  const plugins::Operation& reset_;
  const plugins::Operation& ping_;
};

}  // namespace gatehouse::providers
