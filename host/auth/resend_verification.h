// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user_store.h"
#include "auth/client.h"
#include "events/event_log.h"
#include "mail/outbox.h"

#include <string_view>

namespace gatehouse::auth {

// Sends the verification mail again where there is an account whose address waits for it, or the one to choose a
// password where it has none; for any other address it does nothing and answers the same. The former mail's link is
// void then. Any thread. Errors: ProviderUnavailable, InDoubt, Internal.
class ResendVerification {
 public:
  ResendVerification(accounts::UserStore& users, const mail::Outbox& outbox, const events::EventLog& events)
      : users_(users), outbox_(outbox), events_(events) {}

  // `email`: EmailAddress::normalized.
  Result<void> run(std::string_view email, const Client& client, const Call& call) const;

 private:
  accounts::UserStore& users_;
  const mail::Outbox& outbox_;
  const events::EventLog& events_;
};

}  // namespace gatehouse::auth
