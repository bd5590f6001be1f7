// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/gate.h"
#include "auth/session_reader.h"
#include "auth/token_issuer.h"
#include "tokens/access_token.h"

#include <string_view>

namespace gatehouse::auth {

// A caller whose token, session and account are all in order at this moment.
struct Caller {
  tokens::AccessClaims claims;
  Identity identity;
};

// Decides whether an access token is good now: the token itself, then its session's record, then its user's. Nothing of
// the last two is cached, so a revocation acts on the next request. Any thread.
// Errors: TokenInvalid, TokenExpired, SessionRevoked, ProviderUnavailable, Internal.
class Authenticate {
 public:
  Authenticate(providers::Storage& storage, tokens::AccessTokens& tokens, const SessionReader& reader,
               const sessions::SessionStore& sessions, sessions::RotationPolicy rotation,
               accounts::GatePolicy gate_policy)
      : storage_(storage),
        tokens_(tokens),
        reader_(reader),
        sessions_(sessions),
        rotation_(rotation),
        gate_policy_(gate_policy) {}

  // `allow_expired` is for logout: the token's own expiry does not count, its session's does.
  Result<Caller> run(std::string_view bearer, bool allow_expired, const Call& call) const;

 private:
  // The client has proved that it got the newest tokens: from now on the generation before is a spent one.
  void confirm(sessions::Session session, std::string_view token_id, const Call& call) const;

  providers::Storage& storage_;
  tokens::AccessTokens& tokens_;
  const SessionReader& reader_;
  const sessions::SessionStore& sessions_;
  sessions::RotationPolicy rotation_;
  accounts::GatePolicy gate_policy_;
};

}  // namespace gatehouse::auth
