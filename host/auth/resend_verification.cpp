// SPDX-License-Identifier: Apache-2.0
#include "auth/resend_verification.h"

#include <vector>

namespace gatehouse::auth {

Result<void> ResendVerification::run(std::string_view email, const Client& client, const Call& call) const {
  const auto found = users_.find_by_email(call.tenant, email, call);
  if (!found) return found.error();
  const bool waits = *found && !(*found)->email_verified && (*found)->status == accounts::UserStatus::Active;
  if (!waits) {
    // The same questions to the same stores as for an account that waits.
    const auto nothing = outbox_.tickets().get(call.tenant, "-", mail::Purpose::VerifyEmail, call);
    if (!nothing) return nothing.error();
    return {};
  }
  const auto& user = **found;
  mail::MailBatch mails;
  // A contested sign-up has removed the password: a confirmed address would be of no use without one.
  const auto what = user.password_hash.empty() ? mail::Template::ChoosePassword : mail::Template::VerifyEmail;
  const auto link = outbox_.link(
      mails, what, {user.id, user.email, user.email_normalized, client.address, {}, user.password_changed_at}, false,
      call);
  if (!link) return link.error();
  std::vector<providers::Write> writes;
  outbox_.append(writes, mails);
  // A conflict means that another request has just sent one.
  const auto done = events_.commit(std::move(writes), {}, call);
  if (!done) return done.error();
  outbox_.committed(mails);
  return {};
}

}  // namespace gatehouse::auth
