// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user_store.h"
#include "auth/client.h"
#include "events/event_log.h"
#include "mail/outbox.h"
#include "sessions/session_store.h"

#include <optional>
#include <string_view>

namespace gatehouse::auth {

// The end of an account by its owner (spec A6). First the user's other sessions are deleted; then, in one commit, the
// caller's is, what is known about the person is gone from the user's record, the tokens that were mailed are void and
// a last mail is on its way. So whatever fails in between, the owner can ask again, and nothing stays of an account
// that is gone, with two exceptions: what waits in the outbox keeps its address until it is sent or expires, and where
// sessions live in another store than users, so does a session that is opened or renewed at that very moment.
// The id stays, and with it what events say about it; addresses and user agents in events stay until these expire.
// Any thread. Errors: SessionRevoked, ProviderUnavailable, InDoubt, Internal.
class DeleteAccount {
 public:
  DeleteAccount(accounts::UserStore& users, const sessions::SessionStore& sessions, const mail::Outbox& outbox,
                const events::EventLog& events)
      : users_(users), sessions_(sessions), outbox_(outbox), events_(events) {}

  // `session` is the caller's.
  Result<void> run(std::string_view user, std::string_view session, const Client& client, const Call& call) const;

 private:
  // False: a record changed since it was read.
  Result<bool> attempt(std::string_view user, std::string_view session, const Client& client, const Call& call) const;
  // The one that is spared, when it is there; every other one is deleted.
  Result<std::optional<sessions::Session>> erase_sessions(std::string_view user, std::string_view spared,
                                                          const Call& call) const;

  accounts::UserStore& users_;
  const sessions::SessionStore& sessions_;
  const mail::Outbox& outbox_;
  const events::EventLog& events_;
};

}  // namespace gatehouse::auth
