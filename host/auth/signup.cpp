// SPDX-License-Identifier: Apache-2.0
#include "auth/signup.h"

#include "auth/identity.h"
#include "base/random.h"

#include <array>
#include <utility>
#include <vector>

namespace gatehouse::auth {
namespace {

constexpr int attempts = 32;
constexpr std::string_view product_word = "gatehouse";
// What an account is until somebody gives it more.
constexpr std::string_view first_role = "user";
constexpr std::string_view first_user_type = "user";

Counter& signups(MetricRegistry& metrics, std::string_view result) {
  return metrics.counter("gatehouse_signups_total", "Signups by outcome", {{"result", std::string(result)}});
}

// Neither confirmed nor ever logged in to: nothing in the account is known to be anybody's. A sign-up that opened a
// session counts as a login.
bool may_be_a_strangers(const accounts::User& user) {
  return !user.email_verified && user.status == accounts::UserStatus::Active && user.login_count == 0;
}

std::string display_name(const SignupRequest& request) {
  if (!request.name.empty()) return request.name;
  if (request.first_name.empty() || request.last_name.empty()) return request.first_name + request.last_name;
  return request.first_name + " " + request.last_name;
}

}  // namespace

Signup::Signup(accounts::UserStore& users, const sessions::SessionStore& sessions, const crypto::PasswordHash& hash,
               const SessionOpener& opener, const events::EventLog& events, const Limits& limits,
               const mail::Outbox& outbox, const Lockout& lockout, accounts::PasswordProfile policy,
               accounts::GatePolicy gate_policy, FirstSession first_session, Random& random, MetricRegistry& metrics)
    : users_(users),
      sessions_(sessions),
      hash_(hash),
      opener_(opener),
      events_(events),
      limits_(limits),
      outbox_(outbox),
      lockout_(lockout),
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
    if (taken && discreet) {
      const auto told = settle_with_owner(request, too_many_mails, arena, call);
      if (!told) return told.error();
    }
    return Error{taken ? Code::DuplicateEmail : Code::Internal, taken ? "" : "a fresh id was taken"};
  }
  outbox_.committed(mails);
  // As a taken address costs, where the password is compared.
  if (discreet) hash_.dummy(request.password, arena);
  if (opened) {
    lockout_.remember({.email = user.email_normalized,
                       .address = request.client.address,
                       .password_since = accounts::password_since(user)},
                      call);
  }
  SignedUp signed_up{std::nullopt, std::move(identity)};
  if (opened) signed_up.tokens = std::move(opened->tokens);
  return signed_up;
}

Result<void> Signup::settle_with_owner(const SignupRequest& request, bool too_many_mails, crypto::HashArena& arena,
                                       const Call& call) const {
  std::string verified_hash;
  for (int i = 0; i < attempts; ++i) {
    auto found = users_.find_by_email(call.tenant, request.email.normalized, call);
    if (!found) return found.error();
    if (!*found) return {};
    auto& user = **found;
    const bool waits = !user.email_verified && user.status == accounts::UserStatus::Active;
    if (i == 0) {
      if (!waits) {
        hash_.dummy(request.password, arena);
      } else if (hash_.verify(request.password, user.password_hash, arena).matches) {
        verified_hash = user.password_hash;
      }
    }
    const bool is_the_same = !verified_hash.empty() && user.password_hash == verified_hash;
    const bool contested = may_be_a_strangers(user) && !is_the_same;
    const bool loses_password = contested && !user.password_hash.empty();
    // The answer must not say that a mail was one too many.
    if (too_many_mails && !loses_password) return {};

    mail::MailBatch mails;
    events::EventBatch batch;
    std::vector<providers::Write> writes;
    accounts::UserValues values;
    if (loses_password) {
      const auto removed = remove_password(user, batch, request.client, call);
      if (!removed) return removed.error();
      values = accounts::encode_user(user);
      writes.push_back(accounts::put_user(users_.kind(), user, values));
    }
    if (!too_many_mails) {
      const auto what = contested              ? mail::Template::ChoosePassword
                        : waits && is_the_same ? mail::Template::VerifyEmail
                                               : mail::Template::AccountExists;
      const auto written = write_to_owner(mails, user, what, request.client.address, call);
      if (!written) return written.error();
    }
    outbox_.append(writes, mails);
    const auto done = events_.commit(std::move(writes), batch, call);
    if (!done) return done.error();
    if (*done && loses_password) continue;
    if (!*done) outbox_.committed(mails);
    return {};
  }
  return Error{Code::ProviderUnavailable, "a user record changed too often to settle whose it is"};
}

Result<void> Signup::remove_password(accounts::User& user, events::EventBatch& batch, const Client& client,
                                     const Call& call) const {
  user.password_hash.clear();
  std::string erased = "password";
  // Whoever wrote them is as unconfirmed as the address.
  const auto erase = [&](const char* field, std::string& text) {
    if (!std::exchange(text, {}).empty()) erased.append(",").append(field);
  };
  erase("first_name", user.first_name);
  erase("last_name", user.last_name);
  erase("name", user.name);
  erase("phone", user.phone);
  user.password_changed_at = accounts::next_password_since(user, call.now);
  user.updated_at = call.now;
  ++user.session_epoch;
  auto event = user_event(events::Type::UserUpdated, user.id, client);
  event.actor.clear();
  event.payload = R"({"fields":")" + erased + R"("})";
  return events_.prepare(batch, std::move(event), call);
}

Result<void> Signup::write_to_owner(mail::MailBatch& mails, const accounts::User& user, mail::Template what,
                                    std::string_view ip, const Call& call) const {
  if (!mail::purpose_of(what)) return outbox_.notice(mails, what, {user.id, user.email, {}, ip, {}}, call);
  return outbox_.link(mails, what, {user.id, user.email, user.email_normalized, ip, {}, user.password_changed_at},
                      false, call);
}

}  // namespace gatehouse::auth
