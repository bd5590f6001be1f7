// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::crypto {
class HashArena;
}

namespace gatehouse::http {

enum class Method : std::uint8_t { Get, Head, Post, Put, Patch, Delete, Options, Other };

std::string_view method_name(Method method) noexcept;

// Who is asking, as the authentication step found out. Plain data: the front knows nothing about sessions or users.
struct Principal {
  std::string tenant;
  std::string user;
  std::string session;
  std::string token_id;  // jti of the access token
  Time auth_time{};
  Time expires_at{};
  std::vector<std::string> roles;
  std::vector<std::string> permissions;
};

// One whole request, its body read within its limits. Lives from the first byte until the answer is built; handlers
// borrow from it. Header names are lower case, values are trimmed, without control characters other
// than a tab inside, and exactly as sent.
struct Request {
  Method method = Method::Other;
  std::string target;  // as sent
  std::string path;    // percent-decoded once; no empty, "." or ".." segment, no NUL
  std::vector<std::pair<std::string, std::string>> query;  // decoded once, in order
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  // wiped after the handler has run

  std::string client_address;  // through trusted proxies only; canonical text, IPv6 in RFC 5952 form
  std::string request_id;      // 32 hex digits: the trace id
  std::string traceparent;
  std::string base_path;                                        // "/auth" or "/api/auth": which mount was used
  std::vector<std::pair<std::string, std::string>> parameters;  // of the route: {id}

  std::optional<Principal> principal;       // set when the route demands one
  Steady received{};                        // when the last byte of the head was read
  Steady deadline{};                        // for the handler
  Time now{};                               // wall clock, read once a request
  crypto::HashArena* hash_arena = nullptr;  // set in the hash lane only
  WaitObserver* waits = nullptr;            // of the front thread that runs the handler; null in the hash lane

  // The value of the header, or empty; `name` in lower case. Repeated headers: the first (the front has refused the
  // repeats that matter).
  std::string_view header(std::string_view name) const noexcept;
  std::string_view parameter(std::string_view name) const noexcept;
  std::optional<std::string_view> query_value(std::string_view name) const noexcept;

  Call call(std::string_view tenant) const { return Call{deadline, now, request_id, traceparent, tenant, waits}; }
};

}  // namespace gatehouse::http
