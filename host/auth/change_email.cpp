// SPDX-License-Identifier: Apache-2.0
#include "auth/change_email.h"

#include "accounts/field_error.h"

#include <vector>

namespace gatehouse::auth {

Result<void> ChangeEmail::run(std::string_view id, const accounts::EmailAddress& next, const Client& client,
                              const Call& call) const {
  const auto found = users_.get(call.tenant, id, call);
  if (!found) return found.error();
  if (!*found || (*found)->status != accounts::UserStatus::Active) return Error{Code::SessionRevoked};
  const auto& user = **found;
  if (next.normalized == user.email_normalized) {
    return accounts::field_error("/email", "EMAIL_UNCHANGED", "This is the account's address already.");
  }
  const auto owner = users_.find_by_email(call.tenant, next.normalized, call);
  if (!owner) return owner.error();
  if (*owner && taken_ == TakenAddress::Reveal) return Error{Code::DuplicateEmail};

  // The old mailbox hears of it either way: what it gets must not tell a taken address from a free one.
  mail::MailBatch mails;
  auto written = outbox_.notice(mails, mail::Template::AddressChangeRequested,
                                {user.id, user.email, {}, client.address, next.as_typed}, call);
  if (written && !*owner) {
    written = outbox_.link(
        mails, mail::Template::ConfirmAddress,
        {user.id, next.as_typed, user.email_normalized, client.address, user.email, user.password_changed_at}, false,
        call);
  }
  if (!written) return written.error();
  std::vector<providers::Write> writes;
  outbox_.append(writes, mails);
  // A conflict means that another request of this user has just asked for one.
  const auto done = events_.commit(std::move(writes), {}, call);
  if (!done) return done.error();
  if (*done) return Error{Code::Conflict};
  outbox_.committed(mails);
  return {};
}

}  // namespace gatehouse::auth
