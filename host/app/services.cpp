// SPDX-License-Identifier: Apache-2.0
#include "app/services.h"

#include <utility>

namespace gatehouse::app {

std::vector<providers::KindDef> schema() {
  return {accounts::user_kind(), sessions::session_kind(), events::event_kind(),
          mail::ticket_kind(),   mail::mail_job_kind(),    auth::lockout_kind()};
}

Services::Services(ServiceSettings settings, providers::Storage& storage, providers::Keys& keys,
                   providers::Limiter& limiter, std::vector<providers::Mailer*> transports, const Clock& clock,
                   Random& random, Log& log, MetricRegistry& metrics)
    : settings_(std::move(settings)),
      keys_(keys),
      access_tokens_(settings_.access_tokens, keys),
      refresh_tokens_(keys),
      events_(settings_.events, storage, event_kind_id, clock, random, log, metrics),
      history_(storage, event_kind_id),
      users_(storage, user_kind_id),
      sessions_(storage, session_kind_id),
      hash_(settings_.hash, random, clock, metrics),
      issuer_(access_tokens_, refresh_tokens_, random),
      revocation_(users_, sessions_, events_, metrics),
      opener_(settings_.sessions, issuer_, events_, random),
      limits_(settings_.limits, limiter, keys, events_, random, metrics),
      lockout_(settings_.lockout, storage, lockout_kind_id, keys, metrics),
      failed_password_(users_, events_, lockout_),
      tickets_(storage, ticket_kind_id, keys, random),
      outbox_(settings_.outbox, tickets_, mail_job_kind_id, random),
      templates_(settings_.mail_templates),
      delivery_(settings_.delivery, storage, mail_job_kind_id, tickets_, templates_, std::move(transports), clock, log,
                metrics),
      backlog_(settings_.delivery.tenants, storage, mail_job_kind_id, metrics),
      session_reader_(storage, sessions_, users_),
      authenticate_(storage, access_tokens_, session_reader_, sessions_, settings_.sessions.rotation, settings_.gate),
      signup_(users_, sessions_, hash_, opener_, events_, limits_, outbox_, lockout_, settings_.password_profile,
              settings_.gate, settings_.handlers.reveal_existing ? auth::FirstSession::Open : auth::FirstSession::None,
              random, metrics),
      login_(users_, sessions_, hash_, opener_, revocation_, lockout_, failed_password_, events_, settings_.gate,
             settings_.handlers.reveal_existing ? auth::Unverified::AsTheGateSays : auth::Unverified::Hidden, metrics),
      refresh_(session_reader_, sessions_, refresh_tokens_, issuer_, revocation_, events_, settings_.sessions,
               settings_.gate, settings_.on_reuse, metrics),
      verify_email_(users_, sessions_, outbox_, lockout_, events_),
      resend_verification_(users_, outbox_, events_),
      new_password_(settings_.password_profile, hash_),
      forgot_password_(users_, outbox_, events_),
      reset_password_(users_, new_password_, outbox_, revocation_, lockout_, events_),
      change_password_(users_, sessions_, hash_, new_password_, opener_, revocation_, outbox_, lockout_,
                       failed_password_, events_),
      change_email_(users_, sessions_, outbox_, events_,
                    settings_.handlers.reveal_existing ? auth::TakenAddress::Reveal : auth::TakenAddress::Hide),
      reauthenticate_(users_, sessions_, hash_, opener_, revocation_, lockout_, failed_password_, settings_.gate,
                      events_),
      update_profile_(users_, events_),
      delete_account_(users_, sessions_, outbox_, events_),
      export_account_(users_, sessions_, history_, events_),
      auth_handlers_(settings_.handlers, signup_, login_, refresh_, revocation_, limits_, random),
      session_handlers_(users_, sessions_, revocation_, keys),
      mail_handlers_({settings_.handlers.tenants, settings_.mail_answers}, verify_email_, resend_verification_,
                     forgot_password_, reset_password_, limits_, random),
      account_handlers_(update_profile_, delete_account_, change_password_, change_email_, reauthenticate_, limits_,
                        settings_.mail_answers, random),
      export_handlers_(export_account_, limits_, keys),
      discovery_handlers_(access_tokens_, settings_.public_url) {
  outbox_.on_committed([this] { delivery_.wake(); });
}

void Services::start(const Call& call) {
  using providers::Algorithm;
  keys_.ensure(tokens::access_purpose, settings_.access_tokens.algorithm, call);
  keys_.ensure(tokens::refresh_purpose, Algorithm::HmacSha256, call);
  keys_.ensure(auth::identifier_purpose, Algorithm::HmacSha256, call);
  keys_.ensure(auth::cursor_purpose, Algorithm::HmacSha256, call);
  keys_.ensure(mail::token_purpose, Algorithm::HmacSha256, call);
  const auto loaded = access_tokens_.reload_keys(call);
  if (!loaded) throw std::runtime_error("the signing keys cannot be used: " + loaded.error().detail);
  events_.start();
  delivery_.start();
}

void Services::stop() {
  delivery_.stop();
  events_.stop();
}

http::Steps Services::steps() const {
  http::Steps steps;
  steps.authenticate = [this](http::Request& request, std::string_view bearer, bool allow_expired) {
    return authenticate(request, bearer, allow_expired);
  };
  steps.admit = [this](const http::Request& request, http::RateClass rate) { return admit(request, rate); };
  return steps;
}

std::optional<Error> Services::authenticate(http::Request& request, std::string_view bearer, bool allow_expired) const {
  const auto untrusted_call = request.call({});
  auto caller = authenticate_.run(bearer, allow_expired, untrusted_call);
  if (!caller) {
    // As with refresh tokens, only guesses are counted by address alone.
    if (caller.error().code == Code::TokenInvalid) {
      auto limited = limits_.take(auth::Action::InvalidToken, request.client_address, {}, untrusted_call);
      if (limited) return limited;
    }
    return std::move(caller.error());
  }
  auto& claims = caller->claims;
  if (auto limited =
          limits_.take(auth::Action::Other, request.client_address, claims.session, request.call(claims.tenant))) {
    return limited;
  }
  http::Principal principal;
  principal.tenant = std::move(claims.tenant);
  principal.user = std::move(claims.subject);
  principal.session = std::move(claims.session);
  principal.token_id = std::move(claims.token_id);
  principal.auth_time = claims.auth_time;
  principal.expires_at = claims.expires_at;
  principal.roles = {std::move(caller->identity.role)};
  principal.permissions = std::move(caller->identity.permissions);
  request.principal = std::move(principal);
  return std::nullopt;
}

std::optional<Error> Services::admit(const http::Request& request, http::RateClass rate) const {
  const auto take = [&](auth::Action action) {
    return limits_.take(action, request.client_address, {}, request.call({}));
  };
  switch (rate) {
    // What bounds the work of reading them; their own limits count once they are known to be well-formed.
    case http::RateClass::Signup:
    case http::RateClass::Login:
    case http::RateClass::Mail: return take(auth::Action::Other);
    // Counted by session: when the token has been opened, or by authenticate.
    case http::RateClass::Refresh:
    case http::RateClass::Default:
    case http::RateClass::None: return std::nullopt;
  }
  return Error{Code::Internal, "a route has an unknown rate class"};
}

}  // namespace gatehouse::app
