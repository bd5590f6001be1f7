// SPDX-License-Identifier: Apache-2.0
#include "app/services.h"

#include <utility>

namespace gatehouse::app {

std::vector<providers::KindDef> schema() {
  return {accounts::user_kind(), sessions::session_kind(), events::event_kind()};
}

Services::Services(ServiceSettings settings, providers::Storage& storage, providers::Keys& keys,
                   providers::Limiter& limiter, const Clock& clock, Random& random, Log& log, MetricRegistry& metrics)
    : settings_(std::move(settings)),
      keys_(keys),
      access_tokens_(settings_.access_tokens, keys),
      refresh_tokens_(keys),
      events_(settings_.events, storage, event_kind_id, clock, random, log, metrics),
      users_(storage, user_kind_id),
      sessions_(storage, session_kind_id),
      hash_(settings_.hash, random, clock, metrics),
      issuer_(access_tokens_, refresh_tokens_, random),
      revocation_(users_, sessions_, events_, metrics),
      opener_(settings_.sessions, issuer_, events_, random),
      limits_(settings_.limits, limiter, keys, events_, random, metrics),
      authenticate_(storage, access_tokens_, users_, sessions_, settings_.sessions.rotation, settings_.gate),
      signup_(users_, sessions_, hash_, opener_, events_, limits_, settings_.password_profile, settings_.gate,
              settings_.handlers.reveal_existing ? auth::FirstSession::Open : auth::FirstSession::None, random,
              metrics),
      login_(users_, sessions_, hash_, opener_, revocation_, events_, settings_.gate, metrics),
      refresh_(users_, sessions_, refresh_tokens_, issuer_, revocation_, events_, settings_.sessions, settings_.gate,
               settings_.on_reuse, metrics),
      auth_handlers_(settings_.handlers, signup_, login_, refresh_, revocation_, limits_, random),
      session_handlers_(users_, sessions_, revocation_, keys),
      discovery_handlers_(access_tokens_, settings_.public_url) {}

void Services::start(const Call& call) {
  using providers::Algorithm;
  keys_.ensure(tokens::access_purpose, settings_.access_tokens.algorithm, call);
  keys_.ensure(tokens::refresh_purpose, Algorithm::HmacSha256, call);
  keys_.ensure(auth::identifier_purpose, Algorithm::HmacSha256, call);
  keys_.ensure(auth::cursor_purpose, Algorithm::HmacSha256, call);
  const auto loaded = access_tokens_.reload_keys(call);
  if (!loaded) throw std::runtime_error("the signing keys cannot be used: " + loaded.error().detail);
  events_.start();
}

void Services::stop() { events_.stop(); }

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
      if (auto limited = limits_.take(auth::Action::Other, request.client_address, {}, untrusted_call)) return limited;
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
    case http::RateClass::Login: return take(auth::Action::Other);
    // Counted by session: when the token has been opened, or by authenticate.
    case http::RateClass::Refresh:
    case http::RateClass::Default:
    case http::RateClass::None: return std::nullopt;
  }
  return Error{Code::Internal, "a route has an unknown rate class"};
}

}  // namespace gatehouse::app
