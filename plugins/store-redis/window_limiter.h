// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend.h"
#include "layout.h"

#include <gatehouse/sdk/rate_limiter.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::store_redis {

// "gatehouse.rate_limiter/1" on Redis, shared by all hosts: exact. A bucket is a sorted set of the times of its last
// `limit` events, judged and written by one script; it goes by itself when it can refuse nobody any more. Any thread.
class WindowLimiter {
 public:
  // `run`: bytes no other process uses, so that events of one microsecond stay apart.
  WindowLimiter(Backend& backend, const Layout& layout, std::string run)
      : backend_(backend), layout_(layout), run_(std::move(run)) {}

  sdk::Status take(const sdk::Call& call, const sdk::Take& take, sdk::Taken& taken);
  sdk::Status reset(const sdk::Call& call, std::string_view key);

 private:
  Backend& backend_;
  const Layout& layout_;
  const std::string run_;
  std::atomic<std::uint64_t> events_{0};
};

}  // namespace gatehouse::store_redis
