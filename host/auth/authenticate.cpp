// SPDX-License-Identifier: Apache-2.0
#include "auth/authenticate.h"

#include "auth/identity.h"

#include <utility>

namespace gatehouse::auth {

Result<Caller> Authenticate::run(std::string_view bearer, bool allow_expired, const Call& call) const {
  auto claims = tokens_.verify(bearer, call, allow_expired);
  if (!claims) return claims.error();

  auto found = reader_.read(claims->tenant, claims->subject, claims->session, call);
  if (!found) return found.error();
  if (!found->session) return Error{Code::SessionRevoked, {}};
  auto& session = *found->session;

  const auto& user = found->user;
  if (!user) return user.error();
  if (!*user) return Error{Code::SessionRevoked, {}};
  switch (sessions::standing(session, (*user)->session_epoch, call.now)) {
    case sessions::Standing::Alive: break;
    case sessions::Standing::Expired: return Error{Code::TokenExpired, {}};
    default: return Error{Code::SessionRevoked, {}};
  }
  if (accounts::may_issue_tokens(**user, session.user_epoch, gate_policy_) != accounts::GateOutcome::Allowed) {
    return Error{Code::SessionRevoked, {}};
  }

  if (rotation_.late.count() > 0 && !session.rotation.confirmed) confirm(std::move(session), claims->token_id, call);
  auto identity = identity_of(**user, claims->tenant, claims->subject);
  return Caller{std::move(*claims), std::move(identity)};
}

void Authenticate::confirm(sessions::Session session, std::string_view token_id, const Call& call) const {
  if (TokenIssuer::generation_of(token_id) != session.rotation.generation) return;
  session.rotation.confirmed = true;
  const auto values = sessions::encode(session);
  const providers::Write write = sessions_.put(session, values);
  // Best effort: whoever wrote first knows better, and the next request with this token tries again.
  static_cast<void>(storage_.commit(std::span(&write, 1), call));
}

}  // namespace gatehouse::auth
