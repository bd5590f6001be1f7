// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/email.h"
#include "accounts/user_store.h"
#include "auth/client.h"
#include "events/event_log.h"
#include "mail/outbox.h"
#include "sessions/session_store.h"

#include <cstdint>
#include <string_view>

namespace gatehouse::auth {

// Whether a user who asks for a taken address is told so.
enum class TakenAddress : std::uint8_t { Reveal, Hide };

// Another address for an account (spec A5): a link goes to the new one, a notice to the old one, and nothing changes
// before the link is used (verify_email.h); it makes the link of an earlier request void. A link is void as well once
// the user's session_epoch has risen: whoever ends all sessions, the caller's spared or not, has called off what was
// asked for in one of them; and once the session it was asked for in has been ended by anything but a reauthentication,
// or any session after one. With Hide nothing the asker can see depends on whether somebody has the address. Any
// thread. Errors: ValidationFailed (it is the present one), DuplicateEmail (with Reveal), SessionRevoked,
// ProviderUnavailable, InDoubt, Internal.
class ChangeEmail {
 public:
  struct Asker {
    std::string_view user;
    std::string_view session;  // alive when the request was let in
  };

  ChangeEmail(accounts::UserStore& users, const sessions::SessionStore& sessions, const mail::Outbox& outbox,
              const events::EventLog& events, TakenAddress taken)
      : users_(users), sessions_(sessions), outbox_(outbox), events_(events), taken_(taken) {}

  Result<void> run(const Asker& who, const accounts::EmailAddress& next, const Client& client, const Call& call) const;

 private:
  // False: another request of this user came in between.
  Result<bool> store(const accounts::User& user, std::string_view session, const accounts::EmailAddress& next,
                     bool is_taken, const Client& client, const Call& call) const;

  accounts::UserStore& users_;
  const sessions::SessionStore& sessions_;
  const mail::Outbox& outbox_;
  const events::EventLog& events_;
  TakenAddress taken_;
};

}  // namespace gatehouse::auth
