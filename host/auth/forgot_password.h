// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user_store.h"
#include "auth/client.h"
#include "events/event_log.h"
#include "mail/outbox.h"

#include <chrono>
#include <string_view>

namespace gatehouse::auth {

// How long a second request sends nothing new (spec M2): the first mail's link goes on working. One that a new password
// or address has made void since does not count.
inline constexpr std::chrono::minutes one_reset_mail_in{15};

// Mails the link to a new password where there is such an account; for any other address it does as much and answers
// the same. The request is an event either way. Any thread. Errors: ProviderUnavailable, InDoubt, Internal.
class ForgotPassword {
 public:
  ForgotPassword(accounts::UserStore& users, const mail::Outbox& outbox, const events::EventLog& events)
      : users_(users), outbox_(outbox), events_(events) {}

  // `email`: EmailAddress::normalized.
  Result<void> run(std::string_view email, const Client& client, const Call& call) const;

 private:
  accounts::UserStore& users_;
  const mail::Outbox& outbox_;
  const events::EventLog& events_;
};

}  // namespace gatehouse::auth
