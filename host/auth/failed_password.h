// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user_store.h"
#include "auth/client.h"
#include "auth/lockout.h"
#include "events/event_log.h"

namespace gatehouse::auth {

// What a password that does not let in leaves behind: the lockout counters, the failure's event, the events of locks it
// led to and the numbers in the user's record, in one commit. An unknown name has all of it but the record. Any thread.
class FailedPassword {
 public:
  FailedPassword(accounts::UserStore& users, events::EventLog& events, const Lockout& lockout)
      : users_(users), events_(events), lockout_(lockout) {}

  // The error to answer with: `code`; AccountLocked when others have failed meanwhile so often that nobody may learn
  // whether this password was right; ProviderUnavailable, InDoubt or Internal when it could not be counted.
  // `user`: null for an unknown name. `trial` is of `who`.
  Error record(const accounts::User* user, const Claimant& who, LockoutTrial& trial, events::Event event, Code code,
               const Call& call) const;

  // The event that a lock has run out: with the first attempt afterwards, whatever becomes of it.
  Result<void> tell_served(events::EventBatch& batch, std::string_view user, const Client& client,
                           const Call& call) const;

 private:
  Result<void> tell_locked(events::EventBatch& batch, const LockoutTrial& trial, const events::Event& cause,
                           const Call& call) const;
  // False: a record changed since it was read.
  Result<bool> store(const accounts::User* user, LockoutTrial& trial, const events::Event& event,
                     const Call& call) const;

  accounts::UserStore& users_;
  events::EventLog& events_;
  const Lockout& lockout_;
};

}  // namespace gatehouse::auth
