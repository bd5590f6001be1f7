// SPDX-License-Identifier: Apache-2.0
#include "auth/signup.h"

#include "auth/identity.h"
#include "base/random.h"

#include <array>
#include <utility>
#include <vector>

namespace gatehouse::auth {
namespace {

constexpr std::string_view product_word = "gatehouse";
// What an account is until somebody gives it more.
constexpr std::string_view first_role = "user";
constexpr std::string_view first_user_type = "user";

Counter& signups(MetricRegistry& metrics, std::string_view result) {
  return metrics.counter("gatehouse_signups_total", "Signups by outcome", {{"result", std::string(result)}});
}

std::string display_name(const SignupRequest& request) {
  if (!request.name.empty()) return request.name;
  if (request.first_name.empty() || request.last_name.empty()) return request.first_name + request.last_name;
  return request.first_name + " " + request.last_name;
}

}  // namespace

Signup::Signup(accounts::UserStore& users, const sessions::SessionStore& sessions, const crypto::PasswordHash& hash,
               const SessionOpener& opener, const events::EventLog& events, const Limits& limits,
               const mail::Outbox& outbox, accounts::PasswordProfile policy, accounts::GatePolicy gate_policy,
               FirstSession first_session, Random& random, MetricRegistry& metrics)
    : users_(users),
      sessions_(sessions),
      hash_(hash),
      opener_(opener),
      events_(events),
      limits_(limits),
      outbox_(outbox),
      policy_(policy),
      gate_policy_(gate_policy),
      first_session_(first_session),
      random_(random),
      succeeded_(signups(metrics, "success")),
      refused_(signups(metrics, "refused")),
      failed_(signups(metrics, "unavailable")) {}

Result<SignedUp> Signup::run(const SignupRequest& request, crypto::HashArena& arena, const Call& call) const {
  auto outcome = attempt(request, arena, call);
  if (outcome) {
    succeeded_.add();
  } else {
    const auto code = outcome.error().code;
    const bool refusal = code == Code::PasswordPolicy || code == Code::DuplicateEmail || code == Code::RateLimited;
    (refusal ? refused_ : failed_).add();
  }
  return outcome;
}

Result<SignedUp> Signup::attempt(const SignupRequest& request, crypto::HashArena& arena, const Call& call) const {
  const std::array words{product_word, call.tenant};
  const auto allowed =
      accounts::check_password(policy_, request.password, {.email = request.email.normalized, .words = words});
  if (!allowed) return allowed.error();
  // Only now: who mistypes a password three times is not locked out.
  if (auto limited = limits_.take(Action::Signup, request.client.address, {}, call)) return std::move(*limited);

  // Nobody is to fill somebody else's mailbox. A new address counts as well: what is left for resend-verification would
  // tell it from a taken one.
  const bool discreet = first_session_ == FirstSession::None;
  const bool too_many_mails =
      discreet && limits_.take(Action::Resend, request.client.address, request.email.normalized, call).has_value();

  // Before the address is looked at: a taken one and a free one cost the same time.
  auto hash = hash_.make(request.password, arena);
  if (!hash) return hash.error();

  accounts::User user;
  user.id = make_uuid7(random_, call.now);
  if (user.id.empty()) return Error{Code::Internal, "no randomness for a user id"};
  user.tenant = call.tenant;
  user.email = request.email.as_typed;
  user.email_normalized = request.email.normalized;
  user.password_hash = std::move(*hash);
  user.first_name = request.first_name;
  user.last_name = request.last_name;
  user.name = display_name(request);
  user.phone = request.phone;
  user.role = first_role;
  user.user_type = first_user_type;
  user.created_at = call.now;
  user.updated_at = call.now;
  user.password_changed_at = call.now;
  const bool opens_session =
      first_session_ == FirstSession::Open &&
      accounts::may_issue_tokens(user, user.session_epoch, gate_policy_) == accounts::GateOutcome::Allowed;
  if (opens_session) {
    user.last_login_at = call.now;
    user.last_login_ip = request.client.address;
    user.last_active_at = call.now;
    user.login_count = 1;
  }

  events::EventBatch batch;
  auto identity = identity_of(user);
  const auto created = events_.prepare(batch, user_event(events::Type::UserCreated, user.id, request.client), call);
  if (!created) return created.error();
  const auto user_values = accounts::encode_user(user);
  std::vector<providers::Write> writes{accounts::put_user(users_.kind(), user, user_values)};

  std::optional<OpenedSession> opened;
  std::vector<providers::Value> session_values;
  if (opens_session) {
    auto prepared = opener_.prepare(identity, user.session_epoch, request.remember, request.client, batch, call);
    if (!prepared) return prepared.error();
    opened = std::move(*prepared);
    session_values = sessions::encode(opened->session);
    writes.push_back(sessions_.put(opened->session, session_values));
  }
  mail::MailBatch mails;
  const auto link = outbox_.link(mails, mail::Template::VerifyEmail,
                                 {user.id, user.email, user.email_normalized, request.client.address, {}}, true, call);
  if (!link) return link.error();
  outbox_.append(writes, mails);
  const auto done = events_.commit(std::move(writes), batch, call);
  if (!done) return done.error();
  if (*done) {
    const bool taken = (*done)->write == 0 && (*done)->unique_index.has_value();
    // The answer must not say that a mail was one too many.
    if (taken && discreet && !too_many_mails) {
      const auto told = tell_owner(request, call);
      if (!told) return told.error();
    }
    return Error{taken ? Code::DuplicateEmail : Code::Internal, taken ? "" : "a fresh id was taken"};
  }
  outbox_.committed(mails);
  SignedUp signed_up{std::nullopt, std::move(identity)};
  if (opened) signed_up.tokens = std::move(opened->tokens);
  return signed_up;
}

Result<void> Signup::tell_owner(const SignupRequest& request, const Call& call) const {
  const auto owner = users_.find_by_email(call.tenant, request.email.normalized, call);
  if (!owner) return owner.error();
  if (!*owner) return {};
  mail::MailBatch mails;
  const auto notice = outbox_.notice(mails, mail::Template::AccountExists,
                                     {(*owner)->id, (*owner)->email, {}, request.client.address, {}}, call);
  if (!notice) return notice.error();
  std::vector<providers::Write> writes;
  outbox_.append(writes, mails);
  const auto done = events_.commit(std::move(writes), {}, call);
  if (!done) return done.error();
  outbox_.committed(mails);
  return {};
}

}  // namespace gatehouse::auth
