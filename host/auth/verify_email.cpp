// SPDX-License-Identifier: Apache-2.0
#include "auth/verify_email.h"

#include "accounts/email.h"
#include "auth/session_opener.h"
#include "auth/user_commit.h"

#include <utility>
#include <vector>

namespace gatehouse::auth {
namespace {

constexpr int attempts = 32;
constexpr std::uint32_t page_size = 100;

Error invalid() { return {Code::InvalidVerificationToken}; }

}  // namespace

Result<std::string> VerifyEmail::run(const mail::PresentedToken& token, const Client& client, const Call& call) const {
  if (token.purpose != mail::Purpose::VerifyEmail && token.purpose != mail::Purpose::ChangeEmail) return invalid();
  for (int i = 0; i < attempts; ++i) {
    auto outcome = attempt(token, client, call);
    if (!outcome) return outcome.error();
    if (*outcome) return std::move(**outcome);
  }
  return Error{Code::ProviderUnavailable, "a user record changed too often to be verified"};
}

Result<std::optional<std::string>> VerifyEmail::attempt(const mail::PresentedToken& token, const Client& client,
                                                        const Call& call) const {
  const auto ticket = outbox_.tickets().check(token, call);
  if (!ticket) return ticket.error();
  if (!*ticket) return invalid();
  auto found = users_.get(token.tenant, token.user, call);
  if (!found) return found.error();
  if (!*found) return invalid();
  auto user = std::move(**found);
  if (user.status != accounts::UserStatus::Active || user.email_normalized != (*ticket)->email) return invalid();
  if (token.purpose == mail::Purpose::VerifyEmail && user.email_verified) return invalid();
  if (token.purpose == mail::Purpose::ChangeEmail) {
    const auto off = called_off(user, **ticket, call);
    if (!off) return off.error();
    if (*off) return invalid();
  }

  mail::MailBatch mails;
  events::EventBatch batch;
  if (token.purpose == mail::Purpose::ChangeEmail) {
    const auto taken = take_new_address(user, **ticket, client, mails, batch, call);
    if (!taken) return taken.error();
  }
  std::optional<LockoutTrial> lifted;
  if (token.purpose == mail::Purpose::VerifyEmail) {
    auto trial = lift_locks(user, client, batch, call);
    if (!trial) return trial.error();
    lifted = std::move(*trial);
  }
  user.email_verified = true;
  user.updated_at = call.now;
  const auto told = events_.prepare(batch, user_event(events::Type::EmailVerified, user.id, client), call);
  if (!told) return told.error();

  const auto values = accounts::encode_user(user);
  // The user first: where tickets live in another store, what the user's record says afterwards voids the token too.
  std::vector<providers::Write> writes{accounts::put_user(users_.kind(), user, values),
                                       mail::spend(outbox_.tickets().kind(), **ticket)};
  outbox_.append(writes, mails);
  if (lifted) lifted->append(writes);
  const auto done = commit_with_user(users_, events_, user, std::move(writes), batch, call);
  if (!done) return done.error();
  if (*done) {
    if ((*done)->write == 1) return invalid();
    if ((*done)->unique_index) return Error{Code::DuplicateEmail};
    return std::optional<std::string>{};
  }
  outbox_.committed(mails);
  return std::optional(std::move(user.email));
}

Result<LockoutTrial> VerifyEmail::lift_locks(accounts::User& user, const Client& client, events::EventBatch& batch,
                                             const Call& call) const {
  auto trial = lockout_.begin(
      {.email = user.email_normalized, .address = client.address, .password_since = accounts::password_since(user)},
      call);
  if (!trial) return trial.error();
  if (trial->has_locks() || (user.locked_until && call.now < *user.locked_until)) {
    auto unlocked = user_event(events::Type::UserAccountUnlocked, user.id, client);
    unlocked.payload = R"({"reason":"email_verified"})";
    const auto told = events_.prepare(batch, std::move(unlocked), call);
    if (!told) return told.error();
  }
  trial->clear();
  user.failed_login_attempts = 0;
  user.locked_until.reset();
  return trial;
}

Result<bool> VerifyEmail::called_off(const accounts::User& user, const mail::Ticket& ticket, const Call& call) const {
  if (user.password_changed_at != ticket.password_changed_at) return true;
  const auto asked_in = mail::session_of(ticket);
  if (ticket.session_epoch != std::optional(user.session_epoch) || asked_in.empty()) return true;
  const auto session = sessions_.get(ticket.tenant, ticket.user, asked_in, call);
  if (!session) return session.error();
  // A record outlives its session by a day; why an older one ended, nobody knows any more.
  if (!*session) return true;
  if (!(*session)->revoked) return false;
  using enum sessions::RevokeReason;
  // Its successor has the same holder. Which one that is the record does not say, so that the end of any session since
  // calls the change off.
  if ((*session)->revoked_reason != sessions::reason_text(Reauthenticated)) return true;
  std::string cursor;
  do {
    auto page = sessions_.list(ticket.tenant, ticket.user, page_size, cursor, call);
    if (!page) return page.error();
    for (const auto& other : page->sessions) {
      const bool ended = other.revoked && other.revoked_reason != sessions::reason_text(Reauthenticated);
      if (ended && other.revoked_at >= std::optional(ticket.created_at)) return true;
    }
    cursor = std::move(page->next_cursor);
  } while (!cursor.empty());
  return false;
}

Result<void> VerifyEmail::take_new_address(accounts::User& user, const mail::Ticket& ticket, const Client& client,
                                           mail::MailBatch& mails, events::EventBatch& batch, const Call& call) const {
  auto address = accounts::parse_email(ticket.new_email);
  if (!address) return Error{Code::Internal, "a ticket holds what is no address"};
  const auto former = std::exchange(user.email, std::move(address->as_typed));
  user.email_normalized = std::move(address->normalized);
  const auto notice =
      outbox_.notice(mails, mail::Template::AddressChanged, {user.id, former, {}, client.address, user.email}, call);
  if (!notice) return notice.error();
  auto event = user_event(events::Type::UserUpdated, user.id, client);
  event.payload = R"({"fields":"email"})";
  return events_.prepare(batch, std::move(event), call);
}

}  // namespace gatehouse::auth
