// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/client.h"
#include "auth/token_issuer.h"
#include "events/event_log.h"
#include "sessions/session.h"

namespace gatehouse::auth {

// A session that is ready to be committed, and the tokens the client gets once it is.
struct OpenedSession {
  sessions::Session session;
  TokenPair tokens;
};

// Prepares a new session for every grant that opens one: signup and login. Nothing is stored here. Any thread.
class SessionOpener {
 public:
  SessionOpener(sessions::SessionPolicy policy, const TokenIssuer& issuer, const events::EventLog& events,
                Random& random)
      : policy_(policy), issuer_(issuer), events_(events), random_(random) {}

  // `user_epoch` is the epoch the grant was decided under: a revoke-all that comes between makes the session stillborn.
  // Adds session_created to the batch. Errors: ProviderUnavailable, Internal.
  Result<OpenedSession> prepare(const Identity& identity, std::int64_t user_epoch, bool remember, const Client& client,
                                events::EventBatch& batch, const Call& call) const;

  const sessions::SessionPolicy& policy() const noexcept { return policy_; }

 private:
  sessions::SessionPolicy policy_;
  const TokenIssuer& issuer_;
  const events::EventLog& events_;
  Random& random_;
};

// The client of a session that takes the place of `former`: under its name, and bound to the same device unless the
// request names one. Who sends X-Client-Id at login and at refreshes only is no other device.
Client successor_client(Client client, const sessions::Session& former);

// An event of `type` about a user, with the client's particulars.
events::Event user_event(events::Type type, std::string_view user, const Client& client);

}  // namespace gatehouse::auth
