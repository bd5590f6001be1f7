// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user_store.h"
#include "auth/client.h"
#include "auth/lockout.h"
#include "auth/new_password.h"
#include "auth/revocation.h"
#include "events/event_log.h"
#include "mail/outbox.h"
#include "mail/tickets.h"

#include <optional>
#include <string>

namespace gatehouse::auth {

// A new password for the holder of a mailed token (spec M2). In one commit the token is spent, the password stands,
// every session has ended, the address counts as verified, locks of the account are lifted and the owner's notice is on
// its way; nobody is logged in.
// Runs in the hash lane; any worker. Errors: InvalidResetToken (unknown, spent, replaced, expired, older than the
// present password: one answer); PasswordPolicy and SamePassword, which spend nothing; ProviderUnavailable, InDoubt,
// Internal.
class ResetPassword {
 public:
  ResetPassword(accounts::UserStore& users, const NewPassword& new_password, const mail::Outbox& outbox,
                const Revocation& revocation, const Lockout& lockout, const events::EventLog& events)
      : users_(users),
        new_password_(new_password),
        outbox_(outbox),
        revocation_(revocation),
        lockout_(lockout),
        events_(events) {}

  // `call.tenant` is the token's.
  Result<void> run(const mail::PresentedToken& token, const Secret<std::string>& password, const Client& client,
                   crypto::HashArena& arena, const Call& call) const;

 private:
  struct Account {
    mail::Ticket ticket;
    accounts::User user;
  };
  Result<Account> account_of(const mail::PresentedToken& token, const Call& call) const;
  // The user's new epoch; empty: a record changed since it was read.
  Result<std::optional<std::int64_t>> store(Account account, const Client& client, const Call& call) const;

  accounts::UserStore& users_;
  const NewPassword& new_password_;
  const mail::Outbox& outbox_;
  const Revocation& revocation_;
  const Lockout& lockout_;
  const events::EventLog& events_;
};

}  // namespace gatehouse::auth
