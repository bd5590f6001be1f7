// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/common_handlers.h"
#include "auth/limits.h"
#include "auth/login.h"
#include "auth/refresh.h"
#include "auth/revocation.h"
#include "auth/signup.h"
#include "http/request.h"
#include "http/response.h"

#include <chrono>

namespace gatehouse::auth {

struct AuthHandlersConfig {
  Tenants tenants;
  bool signup_enabled = true;
  bool reveal_existing = true;
  std::chrono::milliseconds login_min_response{500};
  std::chrono::milliseconds login_max_jitter{50};
};

// POST /auth/signup, login, refresh, logout: JSON in, one use case, JSON out. Any thread; signup and login in the hash
// lane.
class AuthHandlers {
 public:
  AuthHandlers(AuthHandlersConfig config, const Signup& signup, const Login& login, const Refresh& refresh,
               const Revocation& revocation, const Limits& limits, Random& random)
      : config_(std::move(config)),
        signup_(signup),
        login_(login),
        refresh_(refresh),
        revocation_(revocation),
        limits_(limits),
        random_(random) {}

  http::Response signup(const http::Request& request) const;
  http::Response login(const http::Request& request) const;
  http::Response refresh(const http::Request& request) const;
  http::Response logout(const http::Request& request) const;

 private:
  http::Response login_now(const http::Request& request) const;
  // When the answer to a login, or to a discreet signup, may leave: the same moment for every outcome, give or take the
  // jitter.
  Steady login_release(const http::Request& request) const;

  AuthHandlersConfig config_;
  const Signup& signup_;
  const Login& login_;
  const Refresh& refresh_;
  const Revocation& revocation_;
  const Limits& limits_;
  Random& random_;
};

}  // namespace gatehouse::auth
