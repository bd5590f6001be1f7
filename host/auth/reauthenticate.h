// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/gate.h"
#include "accounts/user_store.h"
#include "auth/failed_password.h"
#include "auth/lockout.h"
#include "auth/login.h"
#include "auth/password_check.h"
#include "auth/revocation.h"
#include "auth/session_opener.h"
#include "auth/user_commit.h"
#include "sessions/session_store.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::auth {

struct ReauthenticateRequest {
  std::string user;
  std::string session;  // the caller's
  Secret<std::string> password;
  Client client;
};

// A user who is logged in shows the password again (spec T7). The session ends and its successor begins in one commit,
// with the authentication's time of now, so that what was stolen before is of no use behind it. Runs in the hash lane;
// any worker. Errors: InvalidCredentials, AccountLocked, SessionRevoked, ProviderUnavailable, InDoubt, Internal.
class Reauthenticate {
 public:
  Reauthenticate(accounts::UserStore& users, const sessions::SessionStore& sessions, const crypto::PasswordHash& hash,
                 const SessionOpener& opener, const Revocation& revocation, const Lockout& lockout,
                 const FailedPassword& failed_password, accounts::GatePolicy gate_policy,
                 const events::EventLog& events)
      : users_(users),
        sessions_(sessions),
        hash_(hash),
        opener_(opener),
        revocation_(revocation),
        lockout_(lockout),
        failed_password_(failed_password),
        gate_policy_(gate_policy),
        events_(events) {}

  Result<LoggedIn> run(const ReauthenticateRequest& request, crypto::HashArena& arena, const Call& call) const;

 private:
  // Empty: a record changed since it was read. `doubt`: of a commit before, which may still arrive.
  Result<std::optional<LoggedIn>> store(const accounts::User& user, PasswordCheck& check,
                                        const ReauthenticateRequest& request, std::optional<Error>& doubt,
                                        const Call& call) const;

  // A commit in doubt is looked into, so that a session that was replaced is answered for, and one that was not is not.
  // Conflict: it is all as it was, which is said of one doubt only.
  Result<std::optional<providers::Conflict>> commit(std::vector<providers::Write> writes,
                                                    const events::EventBatch& batch, std::string_view former,
                                                    const sessions::Session& opened, const RevocationCause& cause,
                                                    const Renew& renew, std::optional<Error>& doubt,
                                                    const Call& call) const;

  accounts::UserStore& users_;
  const sessions::SessionStore& sessions_;
  const crypto::PasswordHash& hash_;
  const SessionOpener& opener_;
  const Revocation& revocation_;
  const Lockout& lockout_;
  const FailedPassword& failed_password_;
  accounts::GatePolicy gate_policy_;
  const events::EventLog& events_;
};

}  // namespace gatehouse::auth
