// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "providers/limiter.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {
class Counter;
class MetricRegistry;
class Random;
}  // namespace gatehouse
namespace gatehouse::events {
class EventLog;
}
namespace gatehouse::providers {
class Keys;
}

namespace gatehouse::auth {

// "5 in 60 s".
struct RateLimit {
  std::uint32_t count = 0;  // 0: no limit
  std::chrono::seconds window{60};
};

struct RateLimits {
  bool enabled = true;
  RateLimit login{5, std::chrono::seconds{60}};
  RateLimit signup{3, std::chrono::seconds{300}};
  RateLimit refresh{60, std::chrono::seconds{60}};
  RateLimit resend{3, std::chrono::hours{1}};
  RateLimit forgot{5, std::chrono::hours{1}};
  RateLimit export_account{5, std::chrono::hours{1}};
  RateLimit invalid_token{100, std::chrono::seconds{60}};
  RateLimit other{100, std::chrono::seconds{60}};
};

// The actions limits are counted for; the names are part of bucket keys.
enum class Action : std::uint8_t { Login, Signup, Refresh, Resend, Forgot, Export, InvalidToken, Other };
inline constexpr std::size_t action_count = 8;

// Purpose of the MAC key that hides identifiers in bucket keys.
inline constexpr std::string_view identifier_purpose = "identifier";

// Remembers which buckets were refused, so that a flood of refusals does not become a flood of events. Fixed in size:
// when two buckets share a place, the later one is remembered. Any thread.
class Refusals {
 public:
  explicit Refusals(Random& random);
  // True for the first refusal of the bucket until `until`.
  bool is_first(std::string_view bucket, Time now, Time until);

 private:
  std::string seed_;  // so that nobody can choose buckets that share a place
  std::array<std::atomic<std::uint64_t>, 4096> places_{};
};

// Rate limits by action x client address x identifier x tenant (spec L1); mails to be sent again and
// exports of an account are counted by identifier alone, wherever they are asked for. A limiter that cannot answer
// denies. A bucket's first refusal is an event, each is counted in gatehouse_rate_limited_total{action}. Any thread.
class Limits {
 public:
  Limits(RateLimits limits, providers::Limiter& limiter, providers::Keys& keys, events::EventLog& events,
         Random& random, MetricRegistry& metrics);

  // Takes one. `identifier` is what the client claims to be (an address, a session), already normalised; empty: none.
  // Empty: go on. RateLimited with retry_after; ProviderUnavailable when nobody can count.
  std::optional<Error> take(Action action, std::string_view address, std::string_view identifier,
                            const Call& call) const;

 private:
  RateLimits limits_;
  providers::Limiter& limiter_;
  providers::Keys& keys_;
  events::EventLog& events_;
  std::array<Counter*, action_count> refused_;  // by action
  mutable Refusals refusals_;
};

// What counts as one client: an IPv4 address, or an IPv6 /64, since whoever has one address there has them all.
std::string limit_address(std::string_view canonical_address);

}  // namespace gatehouse::auth
