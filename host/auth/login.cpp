// SPDX-License-Identifier: Apache-2.0
#include "auth/login.h"

#include "auth/identity.h"

#include <utility>
#include <vector>

namespace gatehouse::auth {
namespace {

constexpr int attempts = 64;

Counter& logins(MetricRegistry& metrics, std::string_view result) {
  return metrics.counter("gatehouse_logins_total", "Logins by outcome", {{"result", std::string(result)}});
}

bool is_refusal(Code code) {
  return code == Code::InvalidCredentials || code == Code::EmailNotVerified || code == Code::AccountLocked;
}

Claimant claimant(const accounts::User* user, const LoginRequest& request) {
  Claimant who{.email = request.email, .address = request.client.address};
  if (user != nullptr) who.password_since = accounts::password_since(*user);
  return who;
}

}  // namespace

Login::Login(accounts::UserStore& users, const sessions::SessionStore& sessions, const crypto::PasswordHash& hash,
             const SessionOpener& opener, const Revocation& revocation, const Lockout& lockout,
             const FailedPassword& failed_password, events::EventLog& events, accounts::GatePolicy gate_policy,
             Unverified unverified, MetricRegistry& metrics)
    : users_(users),
      sessions_(sessions),
      hash_(hash),
      opener_(opener),
      revocation_(revocation),
      lockout_(lockout),
      failed_password_(failed_password),
      events_(events),
      gate_policy_(gate_policy),
      unverified_(unverified),
      succeeded_(logins(metrics, "success")),
      refused_(logins(metrics, "refused")),
      failed_(logins(metrics, "unavailable")) {}

Result<LoggedIn> Login::run(const LoginRequest& request, crypto::HashArena& arena, const Call& call) const {
  auto outcome = attempt(request, arena, call);
  if (outcome) {
    succeeded_.add();
  } else {
    (is_refusal(outcome.error().code) ? refused_ : failed_).add();
  }
  return outcome;
}

Result<LoggedIn> Login::attempt(const LoginRequest& request, crypto::HashArena& arena, const Call& call) const {
  std::string verified_hash;
  std::string new_hash;
  for (int i = 0; i < attempts; ++i) {
    auto found = users_.find_by_email(call.tenant, request.email, call);
    if (!found) return found.error();
    // Before a password is looked at, and again after each conflict: of guesses at the same time no more are answered
    // than one after the other would be.
    auto trial = lockout_.begin(claimant(*found ? &**found : nullptr, request), call);
    if (!trial) return trial.error();
    if (auto refused = trial->refusal()) {
      lockout_.count_refusal();
      return std::move(*refused);
    }
    if (!*found) {
      hash_.dummy(request.password, arena);
      return fail(nullptr, Code::InvalidCredentials, *trial, request, call);
    }
    auto user = std::move(**found);

    // Hashing once is enough while a busy user's record changes under us, as long as the hash itself stays.
    if (verified_hash.empty() || user.password_hash != verified_hash) {
      const auto verified = hash_.verify(request.password, user.password_hash, arena);
      if (!verified.matches) return fail(&user, Code::InvalidCredentials, *trial, request, call);
      verified_hash = user.password_hash;
      if (verified.needs_rehash) {
        auto fresh = hash_.make(request.password, arena);
        if (!fresh) return fresh.error();
        new_hash = std::move(*fresh);
      }
    }
    if (unverified_ == Unverified::Hidden && !user.email_verified) {
      return fail(&user, Code::InvalidCredentials, *trial, request, call);
    }
    switch (accounts::may_issue_tokens(user, user.session_epoch, gate_policy_)) {
      case accounts::GateOutcome::Allowed: break;
      case accounts::GateOutcome::Unverified: return fail(&user, Code::EmailNotVerified, *trial, request, call);
      default: return fail(&user, Code::InvalidCredentials, *trial, request, call);
    }
    if (!new_hash.empty()) user.password_hash = new_hash;
    auto opened = open_session(std::move(user), *trial, request, call);
    if (!opened) return opened.error();
    if (*opened) return std::move(**opened);
  }
  return Error{Code::ProviderUnavailable, "a user record changed too often to log in"};
}

Result<LoggedIn> Login::fail(const accounts::User* user, Code code, LockoutTrial& trial, const LoginRequest& request,
                             const Call& call) const {
  auto event =
      user_event(events::Type::UserLoginFailed, user == nullptr ? std::string_view() : user->id, request.client);
  event.actor.clear();
  return failed_password_.record(user, claimant(user, request), trial, std::move(event), code, call);
}

Result<std::optional<LoggedIn>> Login::open_session(accounts::User user, LockoutTrial& trial,
                                                    const LoginRequest& request, const Call& call) const {
  ++user.login_count;
  user.failed_login_attempts = 0;
  if (user.locked_until && *user.locked_until <= call.now) user.locked_until.reset();
  user.last_login_at = call.now;
  user.last_login_ip = request.client.address;
  user.last_active_at = call.now;
  user.updated_at = call.now;

  events::EventBatch batch;
  auto identity = identity_of(user);
  auto opened = opener_.prepare(identity, user.session_epoch, request.remember, request.client, batch, call);
  if (!opened) return opened.error();
  auto logged_in = user_event(events::Type::UserLoggedIn, user.id, request.client);
  logged_in.session = opened->session.id;
  auto prepared = events_.prepare(batch, std::move(logged_in), call);
  if (prepared && trial.served()) prepared = failed_password_.tell_served(batch, user.id, request.client, call);
  if (!prepared) return prepared.error();

  const auto user_values = accounts::encode_user(user);
  const auto session_values = sessions::encode(opened->session);
  std::vector<providers::Write> writes;
  trial.succeed();
  trial.append(writes);
  writes.push_back(accounts::put_user(users_.kind(), user, user_values));
  writes.push_back(sessions_.put(opened->session, session_values));
  const auto done = events_.commit(std::move(writes), batch, call);
  if (!done) return done.error();
  if (*done) return std::optional<LoggedIn>{};

  const auto limited = revocation_.enforce_limit(opened->session, opener_.policy().max_per_user, request.client, call);
  if (!limited) return limited.error();
  return std::optional(LoggedIn{std::move(opened->tokens), std::move(identity)});
}

}  // namespace gatehouse::auth
