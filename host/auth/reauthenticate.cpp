// SPDX-License-Identifier: Apache-2.0
#include "auth/reauthenticate.h"

#include "auth/identity.h"

#include <utility>
#include <vector>

namespace gatehouse::auth {
namespace {

constexpr int attempts = 32;

}  // namespace

Result<LoggedIn> Reauthenticate::run(const ReauthenticateRequest& request, crypto::HashArena& arena,
                                     const Call& call) const {
  PasswordCheck check(hash_, lockout_, failed_password_, request.session);
  std::optional<Error> doubt;
  for (int i = 0; i < attempts; ++i) {
    const auto found = users_.get(call.tenant, request.user, call);
    if (!found) return found.error();
    if (!*found) return Error{Code::SessionRevoked};
    const auto& user = **found;
    const auto known = check.demand(user, request.password, request.client, arena, call);
    if (!known) return known.error();
    if (accounts::may_issue_tokens(user, user.session_epoch, gate_policy_) != accounts::GateOutcome::Allowed) {
      return Error{Code::SessionRevoked};
    }
    auto stored = store(user, check, request, doubt, call);
    if (!stored) return stored.error();
    if (*stored) return std::move(**stored);
  }
  return Error{Code::ProviderUnavailable, "a session record changed too often to be replaced"};
}

Result<std::optional<LoggedIn>> Reauthenticate::store(const accounts::User& user, PasswordCheck& check,
                                                      const ReauthenticateRequest& request, std::optional<Error>& doubt,
                                                      const Call& call) const {
  auto found = sessions_.get(call.tenant, user.id, request.session, call);
  if (!found) return found.error();
  if (!*found || sessions::standing(**found, user.session_epoch, call.now) != sessions::Standing::Alive) {
    return doubt.value_or(Error{Code::SessionRevoked});
  }
  auto former = std::move(**found);
  const auto client = successor_client(request.client, former);

  events::EventBatch batch;
  auto identity = identity_of(user);
  auto opened = opener_.prepare(identity, user.session_epoch, former.remember, client, batch, call);
  if (!opened) return opened.error();
  const RevocationCause cause{sessions::RevokeReason::Reauthenticated, events::Type::SessionRevoked, client, {}};
  const auto told = revocation_.prepare_end(former, cause, batch, call);
  if (!told) return told.error();

  auto former_values = sessions::encode(former);
  const auto session_values = sessions::encode(opened->session);
  std::vector<providers::Write> writes;
  check.append(writes, accounts::password_since(user));
  const auto of_former = writes.size();
  writes.push_back(sessions_.put(former, former_values));
  writes.push_back(sessions_.put(opened->session, session_values));
  // Where sessions live in another store, a refresh of the former may have come before its end.
  const auto renew = [&](std::vector<providers::Write>& again) {
    if (!revocation_.renew_end(former, user.session_epoch, cause.reason, call)) return false;
    former_values = sessions::encode(former);
    again[of_former] = sessions_.put(former, former_values);
    return true;
  };
  const auto done = commit(std::move(writes), batch, request.session, opened->session, cause, renew, doubt, call);
  if (!done) return done.error();
  if (*done) return std::optional<LoggedIn>{};
  revocation_.count_end(cause.reason);
  return std::optional(LoggedIn{std::move(opened->tokens), std::move(identity)});
}

Result<std::optional<providers::Conflict>> Reauthenticate::commit(std::vector<providers::Write> writes,
                                                                  const events::EventBatch& batch,
                                                                  std::string_view former,
                                                                  const sessions::Session& opened,
                                                                  const RevocationCause& cause, const Renew& renew,
                                                                  std::optional<Error>& doubt, const Call& call) const {
  auto done = events_.commit(writes, batch, call);
  if (done || done.error().code != Code::InDoubt) return done;
  const auto told = events_.stored(batch, call);
  auto there = sessions_.get(call.tenant, opened.user, opened.id, call);
  if (!told || !there) return done;
  if (!*told && !*there) {
    // Nothing but counters may have been stored.
    if (doubt || !renew(writes)) return done;
    doubt = done.error();
    return std::optional(providers::Conflict{});
  }
  const auto kind = *told ? events_.kind() : sessions_.kind();
  // Once more where the former cannot be renewed: it may have been ended by this very commit, which came late.
  if (!settle(events_, writes, batch, kind, call, renew) && !events_.settle(writes, batch, kind, call)) return done;
  if (!sessions_.may_be_undone()) return std::optional<providers::Conflict>{};
  // What was read may be undone: only a write of this call's own says whether it holds.
  if (!revocation_.end_session(opened.user, former, cause, call)) return done;
  there = sessions_.get(call.tenant, opened.user, opened.id, call);
  if (!there || !*there) return done;
  return std::optional<providers::Conflict>{};
}

}  // namespace gatehouse::auth
