// SPDX-License-Identifier: Apache-2.0
#include "auth/reset_password.h"

#include "auth/session_opener.h"
#include "auth/user_commit.h"

#include <utility>
#include <vector>

namespace gatehouse::auth {
namespace {

constexpr int attempts = 32;

Error invalid() { return {Code::InvalidResetToken}; }

}  // namespace

Result<void> ResetPassword::run(const mail::PresentedToken& token, const Secret<std::string>& password,
                                const Client& client, crypto::HashArena& arena, const Call& call) const {
  if (token.purpose != mail::Purpose::ResetPassword) return invalid();
  std::string hash;
  std::string replaces;
  for (int i = 0; i < attempts; ++i) {
    // Before the hash: what is not a token costs no more than reading it.
    auto account = account_of(token, call);
    if (!account) return account.error();
    if (hash.empty() || account->user.password_hash != replaces) {
      auto made = new_password_.make(password, account->user, "/password", arena);
      if (!made) return made.error();
      hash = std::move(*made);
      replaces = account->user.password_hash;
    }
    account->user.password_hash = hash;
    const auto user = account->user.id;
    const auto epoch = store(std::move(*account), client, call);
    if (!epoch) return epoch.error();
    if (!*epoch) continue;
    // The epoch has ended the sessions; what follows only makes their records say so.
    static_cast<void>(revocation_.mark_ended(
        user, **epoch, {sessions::RevokeReason::PasswordChanged, events::Type::SessionRevoked, client, {}}, call));
    return {};
  }
  return Error{Code::ProviderUnavailable, "a user record changed too often for a new password"};
}

Result<ResetPassword::Account> ResetPassword::account_of(const mail::PresentedToken& token, const Call& call) const {
  auto ticket = outbox_.tickets().check(token, call);
  if (!ticket) return ticket.error();
  if (!*ticket) return invalid();
  auto user = users_.get(token.tenant, token.user, call);
  if (!user) return user.error();
  if (!*user || (*user)->status != accounts::UserStatus::Active) return invalid();
  const bool other_address = (*user)->email_normalized != (*ticket)->email;
  const bool outdated = (*user)->password_changed_at != (*ticket)->password_changed_at;
  if (other_address || outdated) return invalid();
  return Account{std::move(**ticket), std::move(**user)};
}

Result<std::optional<std::int64_t>> ResetPassword::store(Account account, const Client& client,
                                                         const Call& call) const {
  auto& user = account.user;
  events::EventBatch batch;
  auto told = events_.prepare(batch, user_event(events::Type::PasswordResetCompleted, user.id, client), call);
  if (told && !user.email_verified) {
    told = events_.prepare(batch, user_event(events::Type::EmailVerified, user.id, client), call);
  }
  // Who reads the owner's mail is the owner: what others have guessed does not count any more, and this device is
  // known.
  auto trial = lockout_.begin({.email = user.email_normalized, .address = client.address}, call);
  if (!trial) return trial.error();
  const bool was_locked = trial->has_locks() || (user.locked_until && call.now < *user.locked_until);
  if (told && was_locked) {
    auto unlocked = user_event(events::Type::UserAccountUnlocked, user.id, client);
    unlocked.payload = R"({"reason":"password_reset"})";
    told = events_.prepare(batch, std::move(unlocked), call);
  }
  if (!told) return told.error();
  user.password_changed_at = accounts::next_password_since(user, call.now);
  trial->clear();
  trial->renew(*user.password_changed_at);
  trial->succeed();
  user.updated_at = call.now;
  user.email_verified = true;
  user.failed_login_attempts = 0;
  user.locked_until.reset();
  ++user.session_epoch;

  mail::MailBatch mails;
  const auto notice =
      outbox_.notice(mails, mail::Template::PasswordChanged, {user.id, user.email, {}, client.address, {}}, call);
  if (!notice) return notice.error();
  const auto values = accounts::encode_user(user);
  // The user first: where tickets live in another store, the password's new time voids the token too.
  std::vector<providers::Write> writes{accounts::put_user(users_.kind(), user, values),
                                       mail::spend(outbox_.tickets().kind(), account.ticket)};
  outbox_.append(writes, mails);
  trial->append(writes);
  const auto done = commit_with_user(users_, events_, user, std::move(writes), batch, call);
  if (!done) return done.error();
  if (*done && (*done)->write == 1) return invalid();
  if (*done) return std::optional<std::int64_t>{};
  outbox_.committed(mails);
  return std::optional(user.session_epoch);
}

}  // namespace gatehouse::auth
