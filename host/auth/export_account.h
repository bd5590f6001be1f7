// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user_store.h"
#include "auth/client.h"
#include "events/event_history.h"
#include "events/event_log.h"
#include "sessions/session_store.h"

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::auth {

// A bounded part of what is kept about one user: whole records, secrets too. What of them is shown is the caller's
// business.
struct AccountPart {
  accounts::User user;                      // as it is now
  std::vector<sessions::Session> sessions;  // oldest first, ended ones that are still kept included
  std::vector<events::PastEvent> events;    // newest first, after the last session
  std::string next;                         // where the next part begins; empty: this was the last
};

// What is kept about a user, for the user (spec A6; GDPR articles 15 and 20): the account, then the sessions, then the
// events, part by part, so that no answer grows with the length of a history. Over all parts no record is there twice,
// and none is left out that was there when the export began and still is when its part is read. Any thread. Errors:
// SessionRevoked (the account is gone), ValidationFailed (`position`), ProviderUnavailable, InDoubt, Internal.
class ExportAccount {
 public:
  ExportAccount(accounts::UserStore& users, const sessions::SessionStore& sessions, const events::EventHistory& history,
                events::EventLog& events)
      : users_(users), sessions_(sessions), history_(history), events_(events) {}

  // `position`: `next` of the part before, or empty for the first one, which is told as an event of `session`: nothing
  // is handed out that is not recorded.
  Result<AccountPart> run(std::string_view user, std::string_view session, std::string_view position,
                          const Client& client, const Call& call) const;

 private:
  Result<void> add_sessions(AccountPart& part, std::string_view cursor, const Call& call) const;
  Result<void> add_events(AccountPart& part, std::string_view cursor, const Call& call) const;

  accounts::UserStore& users_;
  const sessions::SessionStore& sessions_;
  const events::EventHistory& history_;
  events::EventLog& events_;
};

}  // namespace gatehouse::auth
