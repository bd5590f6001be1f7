// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user_store.h"
#include "auth/client.h"
#include "events/event_log.h"
#include "mail/outbox.h"
#include "sessions/session_store.h"

#include <string_view>

namespace gatehouse::auth {

// The end of an account by its owner (spec A6). In one commit every session has ended, what is known about the person
// is gone from the user's record, the tokens that were mailed are void and a last mail is on its way; then the records
// of the sessions are deleted. The id stays, and with it what events say about it; addresses and user agents in events
// stay until these expire. Any thread. Errors: SessionRevoked, ProviderUnavailable, InDoubt, Internal.
class DeleteAccount {
 public:
  DeleteAccount(accounts::UserStore& users, const sessions::SessionStore& sessions, const mail::Outbox& outbox,
                const events::EventLog& events)
      : users_(users), sessions_(sessions), outbox_(outbox), events_(events) {}

  Result<void> run(std::string_view user, const Client& client, const Call& call) const;

 private:
  // False: the user's record, or a ticket, changed since it was read.
  Result<bool> attempt(std::string_view user, const Client& client, const Call& call) const;
  Result<void> erase_sessions(std::string_view user, const Call& call) const;

  accounts::UserStore& users_;
  const sessions::SessionStore& sessions_;
  const mail::Outbox& outbox_;
  const events::EventLog& events_;
};

}  // namespace gatehouse::auth
