// SPDX-License-Identifier: Apache-2.0
#include "auth/limits.h"

#include "base/encoding.h"
#include "base/metrics.h"
#include "base/random.h"
#include "events/event_log.h"
#include "providers/keys.h"

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <functional>

namespace gatehouse::auth {
namespace {

std::string_view action_name(Action action) noexcept {
  switch (action) {
    case Action::Login: return "login";
    case Action::Signup: return "signup";
    case Action::Refresh: return "refresh";
    case Action::Resend: return "resend";
    case Action::Forgot: return "forgot";
    case Action::Export: return "export";
    case Action::InvalidToken: return "invalid_token";
    case Action::Other: return "default";
  }
  return "default";
}

const RateLimit& limit_of(const RateLimits& limits, Action action) noexcept {
  switch (action) {
    case Action::Login: return limits.login;
    case Action::Signup: return limits.signup;
    case Action::Refresh: return limits.refresh;
    case Action::Resend: return limits.resend;
    case Action::Forgot: return limits.forgot;
    case Action::Export: return limits.export_account;
    case Action::InvalidToken: return limits.invalid_token;
    case Action::Other: break;
  }
  return limits.other;
}

// What one client could spend in another's name, or from many addresses, is counted wherever it is asked for.
bool counts_everywhere(Action action) noexcept { return action == Action::Resend || action == Action::Export; }

}  // namespace

std::string limit_address(std::string_view canonical_address) {
  std::array<std::uint8_t, 16> bytes{};
  const std::string text(canonical_address);
  if (text.find(':') == std::string::npos || inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  std::memset(bytes.data() + 8, 0, 8);
  std::array<char, INET6_ADDRSTRLEN> network{};
  inet_ntop(AF_INET6, bytes.data(), network.data(), network.size());
  return std::string(network.data()) + "/64";
}

// Without randomness the seed is empty: events may then be lost to a client that knows the hash, nothing else.
Refusals::Refusals(Random& random) : seed_(16, '\0') {
  std::array<std::uint8_t, 16> bytes{};
  if (random.fill(bytes)) seed_.assign(bytes.begin(), bytes.end());
}

bool Refusals::is_first(std::string_view bucket, Time now, Time until) {
  const auto seconds = [](Time time) {
    return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(time.time_since_epoch()).count());
  };
  const std::uint64_t hash = std::hash<std::string>{}(seed_ + std::string(bucket));
  const auto tag = hash & 0xFFFF'FFFF'0000'0000U;
  auto& place = places_[hash % places_.size()];
  auto seen = place.load(std::memory_order_relaxed);
  if ((seen & 0xFFFF'FFFF'0000'0000U) == tag && static_cast<std::uint32_t>(seen) >= seconds(now)) return false;
  return place.compare_exchange_strong(seen, tag | seconds(until), std::memory_order_relaxed);
}

Limits::Limits(RateLimits limits, providers::Limiter& limiter, providers::Keys& keys, events::EventLog& events,
               Random& random, MetricRegistry& metrics)
    : limits_(limits), limiter_(limiter), keys_(keys), events_(events), refusals_(random) {
  for (std::size_t i = 0; i < action_count; ++i) {
    const std::string name(action_name(static_cast<Action>(i)));
    refused_[i] = &metrics.counter("gatehouse_rate_limited_total", "Requests over a rate limit", {{"action", name}});
  }
}

std::optional<Error> Limits::take(Action action, std::string_view address, std::string_view identifier,
                                  const Call& call) const {
  if (!limits_.enabled) return std::nullopt;
  const auto& limit = limit_of(limits_, action);
  if (limit.count == 0) return std::nullopt;

  std::string key(action_name(action));
  key.append("|")
      .append(call.tenant)
      .append("|")
      .append(counts_everywhere(action) ? std::string() : limit_address(address))
      .append("|");
  if (!identifier.empty()) {
    // A limiter may be a shared service: it is not told who logs in where.
    const auto digest = keys_.mac(identifier_purpose, 0, identifier, call);
    if (!digest) return digest.error();
    key.append(hex_encode(digest->view().substr(0, 16)));
  }
  const auto admission = limiter_.take(key, limit.count, limit.window, call);
  if (!admission) return Error{Code::ProviderUnavailable, admission.error().detail, {}, std::chrono::seconds{1}};
  if (admission->allowed) return std::nullopt;

  refused_[static_cast<std::size_t>(action)]->add();
  if (refusals_.is_first(key, call.now, call.now + admission->retry_after)) {
    events::Event event;
    event.type = events::Type::RateLimitExceeded;
    event.ip = address;
    event.payload = R"({"action":")" + std::string(action_name(action)) + R"("})";
    events_.enqueue(std::move(event), call);
  }
  Error refused{Code::RateLimited, {}};
  refused.retry_after = std::chrono::ceil<std::chrono::milliseconds>(admission->retry_after);
  return refused;
}

}  // namespace gatehouse::auth
