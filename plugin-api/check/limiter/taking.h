// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calling.h"
#include "instance.h"

#include <gatehouse/rate_limiter.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::check::limiter {

constexpr std::int64_t second_us = 1'000'000;

struct Attempt {
  std::string_view key;
  std::uint32_t limit = 3;
  std::int64_t window_us = 60 * second_us;
  std::int64_t now_us = usual_now_us;
};

struct Taken {
  gh_status status = GH_OK;
  bool allowed = false;
  std::uint32_t remaining = 0;
  std::int64_t retry_after_us = 0;
};

// A started limiter. Any thread.
class Limiter {
 public:
  explicit Limiter(Context& context, InstanceOptions options = {})
      : context_(context),
        instance_(context, std::move(options)),
        table_(instance_.table<gh_rate_limiter_v1>(GH_RATE_LIMITER_V1)) {}

  // Any status. With GH_OK the answer is one that can be, or the case fails.
  Taken try_take(const Attempt& attempt, std::chrono::nanoseconds timeout = std::chrono::seconds(30));
  // GH_OK, or the case fails.
  Taken take(const Attempt& attempt);
  gh_status reset(std::string_view key);
  // A key nobody had before: what the backend holds from earlier runs does not matter.
  std::string key(std::string_view name) const { return context_.run_word() + "/" + std::string(name); }

  Context& context() noexcept { return context_; }
  const gh_rate_limiter_v1& table() const noexcept { return table_; }
  gh_instance* self() const noexcept { return instance_.self(); }

 private:
  Context& context_;
  Instance instance_;
  const gh_rate_limiter_v1& table_;
};

}  // namespace gatehouse::check::limiter
