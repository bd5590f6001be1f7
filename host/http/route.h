// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/request.h"
#include "http/response.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace gatehouse::http {

enum class Access : std::uint8_t {
  Anyone,
  User,         // a valid access token whose session is alive
  ExpiredUser,  // as User, but an access token that has only expired is let through (logout)
};

enum class Lane : std::uint8_t {
  Fast,  // on the thread that read the request
  Hash,  // queued whole to the password-hash workers
};

// Which rate limit applies before the handler runs; Request fields only (address, route). Limits that need the body
// (the identifier) are the handler's.
enum class RateClass : std::uint8_t { None, Default, Login, Signup, Refresh, Mail };

using Handler = std::function<Response(const Request&)>;

// One row of the route table in app/routes.cpp.
struct Route {
  Method method;
  std::string path;  // "/sessions/{id}" below each base path, or "//.well-known/jwks.json" at the root (two slashes)
  Access access;
  RateClass rate;
  Lane lane;
  std::size_t body_limit;  // bytes; 0: a body is refused
  Handler handler;
};

}  // namespace gatehouse::http
