// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/revocation.h"
#include "http/request.h"
#include "http/response.h"
#include "providers/keys.h"

#include <cstdint>
#include <string>

namespace gatehouse::auth {

// GET /auth/user, GET and DELETE /auth/sessions, POST /auth/sessions/revoke-all: what a user sees and does with what is
// their own. Other users' sessions do not exist here: 404. Any thread.
class SessionHandlers {
 public:
  SessionHandlers(accounts::UserStore& users, const sessions::SessionStore& sessions, const Revocation& revocation,
                  providers::Keys& keys)
      : users_(users), sessions_(sessions), revocation_(revocation), keys_(keys) {}

  http::Response user(const http::Request& request) const;
  http::Response list(const http::Request& request) const;
  http::Response revoke(const http::Request& request) const;
  http::Response revoke_all(const http::Request& request) const;

 private:
  // The next page that has a session which is alive, or the last: a page of ended ones only tells nobody anything.
  Result<sessions::SessionStore::Listed> alive_page(const http::Principal& who, const accounts::UserGate& user,
                                                    std::uint32_t limit, std::string cursor, const Call& call) const;

  accounts::UserStore& users_;
  const sessions::SessionStore& sessions_;
  const Revocation& revocation_;
  providers::Keys& keys_;
};

}  // namespace gatehouse::auth
