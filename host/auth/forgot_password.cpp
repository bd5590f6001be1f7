// SPDX-License-Identifier: Apache-2.0
#include "auth/forgot_password.h"

#include "auth/session_opener.h"

#include <utility>
#include <vector>

namespace gatehouse::auth {

Result<void> ForgotPassword::run(std::string_view email, const Client& client, const Call& call) const {
  const auto found = users_.find_by_email(call.tenant, email, call);
  if (!found) return found.error();
  const bool active = *found && (*found)->status == accounts::UserStatus::Active;
  // An account that is not there is asked about in the same stores, and leaves an event as well.
  const std::string_view user = active ? std::string_view((*found)->id) : std::string_view("-");
  const auto former = outbox_.tickets().get(call.tenant, user, mail::Purpose::ResetPassword, call);
  if (!former) return former.error();
  const bool recent = active && *former && call.now < (*former)->created_at + one_reset_mail_in;
  // As reset_password.cpp sees it: a link that another password or address has made void is no reason to send none.
  const bool is_good = recent && (*former)->email == (*found)->email_normalized &&
                       (*former)->password_changed_at == (*found)->password_changed_at;

  mail::MailBatch mails;
  if (active && !is_good) {
    const auto link = outbox_.link(
        mails, mail::Template::ResetPassword,
        {user, (*found)->email, (*found)->email_normalized, client.address, {}, (*found)->password_changed_at}, false,
        call);
    if (!link) return link.error();
  }
  events::EventBatch batch;
  auto event = user_event(events::Type::PasswordResetRequested, active ? user : std::string_view(), client);
  event.actor.clear();
  const auto told = events_.prepare(batch, std::move(event), call);
  if (!told) return told.error();
  std::vector<providers::Write> writes;
  outbox_.append(writes, mails);
  // A conflict means that another request has just sent one.
  const auto done = events_.commit(std::move(writes), batch, call);
  if (!done) return done.error();
  if (!*done) outbox_.committed(mails);
  return {};
}

}  // namespace gatehouse::auth
