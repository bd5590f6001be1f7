// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user_store.h"
#include "auth/failed_password.h"
#include "auth/lockout.h"
#include "auth/login.h"
#include "auth/new_password.h"
#include "auth/password_check.h"
#include "auth/revocation.h"
#include "auth/session_opener.h"
#include "mail/outbox.h"
#include "sessions/session_store.h"

#include <string>

namespace gatehouse::auth {

struct ChangePasswordRequest {
  std::string user;
  std::string session;  // the caller's
  Secret<std::string> current;
  Secret<std::string> next;
  Client client;
};

// Another password for a user who knows the present one (spec A5). In one commit the password stands, every session has
// ended, the caller's has a successor and the owner's notice is on its way. Runs in the hash lane; any worker.
// Errors: InvalidCredentials (the present password is another), AccountLocked, PasswordPolicy, SamePassword,
// SessionRevoked, ProviderUnavailable, InDoubt, Internal.
class ChangePassword {
 public:
  ChangePassword(accounts::UserStore& users, const sessions::SessionStore& sessions, const crypto::PasswordHash& hash,
                 const NewPassword& new_password, const SessionOpener& opener, const Revocation& revocation,
                 const mail::Outbox& outbox, const Lockout& lockout, const FailedPassword& failed_password,
                 const events::EventLog& events)
      : users_(users),
        sessions_(sessions),
        hash_(hash),
        new_password_(new_password),
        opener_(opener),
        revocation_(revocation),
        outbox_(outbox),
        lockout_(lockout),
        failed_password_(failed_password),
        events_(events) {}

  Result<LoggedIn> run(const ChangePasswordRequest& request, crypto::HashArena& arena, const Call& call) const;

 private:
  // Empty: a record changed since it was read.
  Result<std::optional<LoggedIn>> store(accounts::User user, PasswordCheck& check, const ChangePasswordRequest& request,
                                        const Call& call) const;

  accounts::UserStore& users_;
  const sessions::SessionStore& sessions_;
  const crypto::PasswordHash& hash_;
  const NewPassword& new_password_;
  const SessionOpener& opener_;
  const Revocation& revocation_;
  const mail::Outbox& outbox_;
  const Lockout& lockout_;
  const FailedPassword& failed_password_;
  const events::EventLog& events_;
};

}  // namespace gatehouse::auth
