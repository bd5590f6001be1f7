// SPDX-License-Identifier: Apache-2.0
#include "auth/limits.h"

#include "base/encoding.h"
#include "events/event_log.h"
#include "providers/keys.h"

#include <arpa/inet.h>
#include <array>
#include <cstring>

namespace gatehouse::auth {
namespace {

std::string_view action_name(Action action) noexcept {
  switch (action) {
    case Action::Login: return "login";
    case Action::Signup: return "signup";
    case Action::Refresh: return "refresh";
    case Action::Other: return "default";
  }
  return "default";
}

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

std::optional<Error> Limits::take(Action action, std::string_view address, std::string_view identifier,
                                  const Call& call) const {
  if (!limits_.enabled) return std::nullopt;
  const auto& limit = action == Action::Login     ? limits_.login
                      : action == Action::Signup  ? limits_.signup
                      : action == Action::Refresh ? limits_.refresh
                                                  : limits_.other;
  if (limit.count == 0) return std::nullopt;

  std::string key(action_name(action));
  key.append("|").append(call.tenant).append("|").append(limit_address(address)).append("|");
  if (!identifier.empty()) {
    // A limiter may be a shared service: it is not told who logs in where.
    const auto digest = keys_.mac(identifier_purpose, 0, identifier, call);
    if (!digest) return digest.error();
    key.append(hex_encode(digest->view().substr(0, 16)));
  }
  const auto admission = limiter_.take(key, limit.count, limit.window, call);
  if (!admission) return Error{Code::ProviderUnavailable, admission.error().detail, {}, std::chrono::seconds{1}};
  if (admission->allowed) return std::nullopt;

  events::Event event;
  event.type = events::Type::RateLimitExceeded;
  event.ip = address;
  event.payload = R"({"action":")" + std::string(action_name(action)) + R"("})";
  events_.enqueue(std::move(event), call);
  Error refused{Code::RateLimited, {}};
  refused.retry_after = std::chrono::ceil<std::chrono::milliseconds>(admission->retry_after);
  return refused;
}

}  // namespace gatehouse::auth
