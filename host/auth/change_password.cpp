// SPDX-License-Identifier: Apache-2.0
#include "auth/change_password.h"

#include "auth/identity.h"
#include "auth/user_commit.h"

#include <utility>
#include <vector>

namespace gatehouse::auth {
namespace {

constexpr int attempts = 32;

}  // namespace

Result<LoggedIn> ChangePassword::run(const ChangePasswordRequest& request, crypto::HashArena& arena,
                                     const Call& call) const {
  PasswordCheck check(hash_, lockout_, failed_password_, request.session);
  std::string hash;
  std::string replaces;
  for (int i = 0; i < attempts; ++i) {
    auto found = users_.get(call.tenant, request.user, call);
    if (!found) return found.error();
    if (!*found || (*found)->status != accounts::UserStatus::Active) return Error{Code::SessionRevoked};
    auto user = std::move(**found);
    const auto known = check.demand(user, request.current, request.client, arena, call);
    if (!known) return known.error();
    if (hash.empty() || user.password_hash != replaces) {
      auto made = new_password_.make(request.next, user, "/newPassword", arena);
      if (!made) return made.error();
      hash = std::move(*made);
      replaces = user.password_hash;
    }
    user.password_hash = hash;
    auto stored = store(std::move(user), check, request, call);
    if (!stored) return stored.error();
    if (*stored) return std::move(**stored);
  }
  return Error{Code::ProviderUnavailable, "a user record changed too often for a new password"};
}

Result<std::optional<LoggedIn>> ChangePassword::store(accounts::User user, PasswordCheck& check,
                                                      const ChangePasswordRequest& request, const Call& call) const {
  auto found = sessions_.get(call.tenant, user.id, request.session, call);
  if (!found) return found.error();
  if (!*found || sessions::standing(**found, user.session_epoch, call.now) != sessions::Standing::Alive) {
    return Error{Code::SessionRevoked};
  }
  auto former = std::move(**found);
  const auto client = successor_client(request.client, former);
  user.password_changed_at = accounts::next_password_since(user, call.now);
  user.updated_at = call.now;
  const auto former_epoch = user.session_epoch++;

  events::EventBatch batch;
  auto identity = identity_of(user);
  auto opened = opener_.prepare(identity, user.session_epoch, former.remember, client, batch, call);
  if (!opened) return opened.error();
  auto event = user_event(events::Type::UserPasswordChanged, user.id, client);
  event.session = opened->session.id;
  const RevocationCause cause{sessions::RevokeReason::PasswordChanged, events::Type::SessionRevoked, client, {}};
  auto told = events_.prepare(batch, std::move(event), call);
  if (told) told = revocation_.prepare_end(former, cause, batch, call);
  if (!told) return told.error();
  mail::MailBatch mails;
  const auto notice =
      outbox_.notice(mails, mail::Template::PasswordChanged, {user.id, user.email, {}, client.address, {}}, call);
  if (!notice) return notice.error();

  const auto user_values = accounts::encode_user(user);
  auto former_values = sessions::encode(former);
  const auto session_values = sessions::encode(opened->session);
  // The former's version is what keeps whoever ends it meanwhile from having another one opened behind their back.
  std::vector<providers::Write> writes;
  check.append(writes, accounts::password_since(user));
  writes.push_back(accounts::put_user(users_.kind(), user, user_values));
  const auto of_former = writes.size();
  writes.push_back(sessions_.put(former, former_values));
  writes.push_back(sessions_.put(opened->session, session_values));
  outbox_.append(writes, mails);
  // Where sessions live in another store, a refresh of the former may have come before its end.
  const auto renew = [&](std::vector<providers::Write>& again) {
    if (!revocation_.renew_end(former, former_epoch, cause.reason, call)) return false;
    former_values = sessions::encode(former);
    again[of_former] = sessions_.put(former, former_values);
    return true;
  };
  const auto done = commit_with_user(users_, events_, user, std::move(writes), batch, call, renew);
  if (!done) return done.error();
  if (*done) return std::optional<LoggedIn>{};
  outbox_.committed(mails);
  // The epoch has ended the others; what follows only makes their records say so.
  revocation_.count_end(cause.reason);
  static_cast<void>(revocation_.mark_ended(user.id, user.session_epoch, cause, call));
  return std::optional(LoggedIn{std::move(opened->tokens), std::move(identity)});
}

}  // namespace gatehouse::auth
