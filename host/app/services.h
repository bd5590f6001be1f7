// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/gate.h"
#include "accounts/password_policy.h"
#include "accounts/user_store.h"
#include "auth/auth_handlers.h"
#include "auth/authenticate.h"
#include "auth/cursor.h"
#include "auth/discovery_handlers.h"
#include "auth/limits.h"
#include "auth/login.h"
#include "auth/refresh.h"
#include "auth/revocation.h"
#include "auth/session_handlers.h"
#include "auth/session_opener.h"
#include "auth/signup.h"
#include "auth/token_issuer.h"
#include "crypto/password_hash.h"
#include "events/event_log.h"
#include "http/route.h"
#include "http/server.h"
#include "providers/keys.h"
#include "providers/limiter.h"
#include "providers/storage.h"
#include "sessions/session_store.h"
#include "tokens/access_token.h"
#include "tokens/refresh_token.h"

#include <string>
#include <vector>

namespace gatehouse::app {

// Everything the features are configured with.
struct ServiceSettings {
  std::string public_url;
  tokens::AccessTokenConfig access_tokens;
  sessions::SessionPolicy sessions;
  auth::OnReuse on_reuse = auth::OnReuse::RevokeUser;
  accounts::GatePolicy gate;
  accounts::PasswordProfile password_profile = accounts::PasswordProfile::Classic;
  crypto::HashParameters hash;
  auth::RateLimits limits;
  auth::AuthHandlersConfig handlers;
  events::EventLogConfig events;
};

// The kinds of the schema in their order; a kind's ordinal is its KindId. Append only.
enum KindOrdinal : providers::KindId { user_kind_id, session_kind_id, event_kind_id };
std::vector<providers::KindDef> schema();

// The features, built by constructor in order and destroyed in reverse. What it is built on outlives it.
class Services {
 public:
  Services(ServiceSettings settings, providers::Storage& storage, providers::Keys& keys, providers::Limiter& limiter,
           const Clock& clock, Random& random, Log& log, MetricRegistry& metrics);

  // Makes sure every key is there, reads the signing keys, starts the event writer. Throws std::runtime_error in words.
  void start(const Call& call);
  // Writes what is queued. Idempotent.
  void stop();

  // The steps of the pipeline that the features provide; the hash lane is the caller's.
  http::Steps steps() const;
  // The table of routes: app/routes.cpp.
  std::vector<http::Route> routes() const;

  tokens::AccessTokens& access_tokens() noexcept { return access_tokens_; }

 private:
  std::optional<Error> authenticate(http::Request& request, std::string_view bearer, bool allow_expired) const;
  std::optional<Error> admit(const http::Request& request, http::RateClass rate) const;

  ServiceSettings settings_;
  providers::Keys& keys_;
  tokens::AccessTokens access_tokens_;
  tokens::RefreshTokens refresh_tokens_;
  events::EventLog events_;
  accounts::UserStore users_;
  sessions::SessionStore sessions_;
  crypto::PasswordHash hash_;
  auth::TokenIssuer issuer_;
  auth::Revocation revocation_;
  auth::SessionOpener opener_;
  auth::Limits limits_;
  auth::Authenticate authenticate_;
  auth::Signup signup_;
  auth::Login login_;
  auth::Refresh refresh_;
  auth::AuthHandlers auth_handlers_;
  auth::SessionHandlers session_handlers_;
  auth::DiscoveryHandlers discovery_handlers_;
};

}  // namespace gatehouse::app
