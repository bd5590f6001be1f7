// SPDX-License-Identifier: Apache-2.0
#include "auth/change_email.h"

#include "accounts/field_error.h"

#include <vector>

namespace gatehouse::auth {
namespace {

constexpr int attempts = 32;

}  // namespace

Result<void> ChangeEmail::run(const Asker& who, const accounts::EmailAddress& next, const Client& client,
                              const Call& call) const {
  const auto found = users_.get(call.tenant, who.user, call);
  if (!found) return found.error();
  if (!*found || (*found)->status != accounts::UserStatus::Active) return Error{Code::SessionRevoked};
  const auto& user = **found;
  // The link is good for the epoch read just now: it has to be that of the session which asks for it.
  const auto session = sessions_.get(call.tenant, who.user, who.session, call);
  if (!session) return session.error();
  if (!*session || sessions::standing(**session, user.session_epoch, call.now) != sessions::Standing::Alive) {
    return Error{Code::SessionRevoked};
  }
  if (next.normalized == user.email_normalized) {
    return accounts::field_error("/email", "EMAIL_UNCHANGED", "This is the account's address already.");
  }
  const auto owner = users_.find_by_email(call.tenant, next.normalized, call);
  if (!owner) return owner.error();
  if (*owner && taken_ == TakenAddress::Reveal) return Error{Code::DuplicateEmail};
  for (int i = 0; i < attempts; ++i) {
    const auto done = store(user, who.session, next, owner->has_value(), client, call);
    if (!done) return done.error();
    if (*done) return {};
  }
  return Error{Code::ProviderUnavailable, "another address was asked for too often at once"};
}

Result<bool> ChangeEmail::store(const accounts::User& user, std::string_view session,
                                const accounts::EmailAddress& next, bool is_taken, const Client& client,
                                const Call& call) const {
  // Whoever asks must not tell a taken address from a free one: the old mailbox hears of both, and both make the link
  // of an earlier request void.
  mail::MailBatch mails;
  auto written = outbox_.notice(mails, mail::Template::AddressChangeRequested,
                                {user.id, user.email, {}, client.address, next.as_typed}, call);
  if (!written) return written.error();
  const mail::Recipient to{user.id,
                           next.as_typed,
                           user.email_normalized,
                           client.address,
                           user.email,
                           user.password_changed_at,
                           user.session_epoch,
                           session};
  written = is_taken ? outbox_.decoy(mails, mail::Template::ConfirmAddress, to, call)
                     : outbox_.link(mails, mail::Template::ConfirmAddress, to, false, call);
  if (!written) return written.error();
  std::vector<providers::Write> writes;
  outbox_.append(writes, mails);
  const auto done = events_.commit(std::move(writes), {}, call);
  if (!done) return done.error();
  if (*done) return false;
  outbox_.committed(mails);
  return true;
}

}  // namespace gatehouse::auth
