// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user_store.h"
#include "auth/client.h"
#include "auth/lockout.h"
#include "events/event_log.h"
#include "mail/outbox.h"
#include "mail/tickets.h"
#include "sessions/session_store.h"

#include <string>

namespace gatehouse::auth {

// The holder of a mailed token owns the address it was mailed to: a new account's, or the new address of an old one,
// which then takes the place of the former (spec M1, A5) unless the password has changed, or all sessions or the one
// that asked for it have been ended since. The token is spent in the commit that says so: of any number of uses one
// succeeds. A new account's locks are lifted: its owner may have tried to log in too early. No session is opened. Any
// thread. Errors: InvalidVerificationToken (unknown, spent, replaced, expired: one answer), DuplicateEmail (somebody
// else has the new address by now), ProviderUnavailable, InDoubt, Internal.
class VerifyEmail {
 public:
  VerifyEmail(accounts::UserStore& users, const sessions::SessionStore& sessions, const mail::Outbox& outbox,
              const Lockout& lockout, const events::EventLog& events)
      : users_(users), sessions_(sessions), outbox_(outbox), lockout_(lockout), events_(events) {}

  // The address, as the account has it now. `call.tenant` is the token's.
  Result<std::string> run(const mail::PresentedToken& token, const Client& client, const Call& call) const;

 private:
  // Empty: the user record changed since it was read.
  Result<std::optional<std::string>> attempt(const mail::PresentedToken& token, const Client& client,
                                             const Call& call) const;
  // Clears the user's locks; the writes that store it.
  Result<LockoutTrial> lift_locks(accounts::User& user, const Client& client, events::EventBatch& batch,
                                  const Call& call) const;
  // Whether what was asked for may not be what the owner wants: there is a new password since, all sessions or the one
  // it was asked for in have ended but by age, or after a reauthentication in that one any session has.
  Result<bool> called_off(const accounts::User& user, const mail::Ticket& ticket, const Call& call) const;
  Result<void> take_new_address(accounts::User& user, const mail::Ticket& ticket, const Client& client,
                                mail::MailBatch& mails, events::EventBatch& batch, const Call& call) const;

  accounts::UserStore& users_;
  const sessions::SessionStore& sessions_;
  const mail::Outbox& outbox_;
  const Lockout& lockout_;
  const events::EventLog& events_;
};

}  // namespace gatehouse::auth
