// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/rate_limiter.h>
#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/view.hpp>

#include <cstdint>
#include <string_view>

// "gatehouse.rate_limiter/1" in C++; the contract is in <gatehouse/rate_limiter.h>.
namespace gatehouse::sdk {

struct Take {
  std::string_view key;
  std::uint32_t limit = 0;
  std::int64_t window_us = 0;
};

struct Taken {
  bool allowed = false;
  std::uint32_t remaining = 0;
  std::int64_t retry_after_us = 0;
};

// Derive the plugin's class from Plugin and from this. Everything may be called from any thread at once. What is
// written to `taken` counts only with GH_OK.
class RateLimiter {
 public:
  virtual Status take(const Call& call, const Take& take, Taken& taken) = 0;
  virtual Status reset(const Call& call, std::string_view key) = 0;
  virtual Status ping(const Call& call) = 0;

 protected:
  ~RateLimiter() = default;
};

namespace detail {

template <class T>
struct RateLimiterTable {
  static RateLimiter& self(gh_instance* instance) noexcept { return *reinterpret_cast<T*>(instance); }

  static gh_status take(gh_instance* instance, const gh_call* call, const gh_take* take, gh_take_out* out) noexcept {
    if (take->struct_size < sizeof(gh_take) || out->struct_size < sizeof(gh_take_out)) return GH_INVALID;
    return guarded(call, [&](const Call& c) {
      Taken taken;
      Status status = self(instance).take(c, Take{view(take->key), take->limit, take->window_us}, taken);
      out->allowed = taken.allowed ? 1 : 0;
      out->remaining = taken.remaining;
      out->retry_after_us = taken.retry_after_us;
      return status;
    });
  }
  static gh_status reset(gh_instance* instance, const gh_call* call, gh_slice key) noexcept {
    return guarded(call, [&](const Call& c) { return self(instance).reset(c, view(key)); });
  }
  static gh_status ping(gh_instance* instance, const gh_call* call) noexcept {
    return guarded(call, [&](const Call& c) { return self(instance).ping(c); });
  }

  static constexpr gh_rate_limiter_v1 table = {sizeof(gh_rate_limiter_v1), 0, take, reset, ping};
};

}  // namespace detail
}  // namespace gatehouse::sdk
