// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/gate.h"
#include "accounts/password_policy.h"
#include "accounts/user_store.h"
#include "auth/account_handlers.h"
#include "auth/auth_handlers.h"
#include "auth/authenticate.h"
#include "auth/change_email.h"
#include "auth/change_password.h"
#include "auth/cursor.h"
#include "auth/delete_account.h"
#include "auth/discovery_handlers.h"
#include "auth/export_account.h"
#include "auth/export_handlers.h"
#include "auth/failed_password.h"
#include "auth/forgot_password.h"
#include "auth/limits.h"
#include "auth/lockout.h"
#include "auth/login.h"
#include "auth/mail_handlers.h"
#include "auth/mail_page_handlers.h"
#include "auth/new_password.h"
#include "auth/reauthenticate.h"
#include "auth/refresh.h"
#include "auth/resend_verification.h"
#include "auth/reset_password.h"
#include "auth/revocation.h"
#include "auth/session_handlers.h"
#include "auth/session_opener.h"
#include "auth/signup.h"
#include "auth/token_issuer.h"
#include "auth/update_profile.h"
#include "auth/verify_email.h"
#include "crypto/password_hash.h"
#include "events/event_history.h"
#include "events/event_log.h"
#include "http/route.h"
#include "http/server.h"
#include "mail/backlog.h"
#include "mail/delivery.h"
#include "mail/outbox.h"
#include "mail/templates.h"
#include "mail/tickets.h"
#include "providers/keys.h"
#include "providers/limiter.h"
#include "providers/mailer.h"
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
  auth::LockoutPolicy lockout;
  auth::AuthHandlersConfig handlers;
  events::EventLogConfig events;
  auth::EvenAnswers mail_answers;
  mail::OutboxConfig outbox;
  mail::DeliveryConfig delivery;
  std::string mail_templates;  // the operator's folder, or empty
};

// The kinds of the schema in their order; a kind's ordinal is its KindId. Append only.
enum KindOrdinal : providers::KindId {
  user_kind_id,
  session_kind_id,
  event_kind_id,
  ticket_kind_id,
  mail_job_kind_id,
  lockout_kind_id
};
std::vector<providers::KindDef> schema();

// The features, built by constructor in order and destroyed in reverse. What it is built on outlives it.
class Services {
 public:
  Services(ServiceSettings settings, providers::Storage& storage, providers::Keys& keys, providers::Limiter& limiter,
           std::vector<providers::Mailer*> transports, const Clock& clock, Random& random, Log& log,
           MetricRegistry& metrics);

  // Makes sure every key is there, reads the signing keys, starts the event writer and the mail
  // workers. Throws std::runtime_error in words.
  void start(const Call& call);
  // Writes what is queued; mails that wait stay in the store. Idempotent.
  void stop();

  // The steps of the pipeline that the features provide; the hash lane is the caller's.
  http::Steps steps() const;
  // The table of routes: app/routes.cpp.
  std::vector<http::Route> routes() const;

  tokens::AccessTokens& access_tokens() noexcept { return access_tokens_; }
  mail::Delivery& delivery() noexcept { return delivery_; }
  mail::Backlog& mail_backlog() noexcept { return backlog_; }
  events::EventLog& events() noexcept { return events_; }

 private:
  std::optional<Error> authenticate(http::Request& request, std::string_view bearer, bool allow_expired) const;
  std::optional<Error> admit(const http::Request& request, http::RateClass rate) const;

  ServiceSettings settings_;
  providers::Keys& keys_;
  tokens::AccessTokens access_tokens_;
  tokens::RefreshTokens refresh_tokens_;
  events::EventLog events_;
  events::EventHistory history_;
  accounts::UserStore users_;
  sessions::SessionStore sessions_;
  crypto::PasswordHash hash_;
  auth::TokenIssuer issuer_;
  auth::Revocation revocation_;
  auth::SessionOpener opener_;
  auth::Limits limits_;
  auth::Lockout lockout_;
  auth::FailedPassword failed_password_;
  mail::Tickets tickets_;
  mail::Outbox outbox_;
  mail::Templates templates_;
  mail::Delivery delivery_;
  mail::Backlog backlog_;
  auth::SessionReader session_reader_;
  auth::Authenticate authenticate_;
  auth::Signup signup_;
  auth::Login login_;
  auth::Refresh refresh_;
  auth::VerifyEmail verify_email_;
  auth::ResendVerification resend_verification_;
  auth::NewPassword new_password_;
  auth::ForgotPassword forgot_password_;
  auth::ResetPassword reset_password_;
  auth::ChangePassword change_password_;
  auth::ChangeEmail change_email_;
  auth::Reauthenticate reauthenticate_;
  auth::UpdateProfile update_profile_;
  auth::DeleteAccount delete_account_;
  auth::ExportAccount export_account_;
  auth::AuthHandlers auth_handlers_;
  auth::SessionHandlers session_handlers_;
  auth::MailHandlers mail_handlers_;
  auth::AccountHandlers account_handlers_;
  auth::ExportHandlers export_handlers_;
  auth::MailPageHandlers mail_page_handlers_;
  auth::DiscoveryHandlers discovery_handlers_;
};

}  // namespace gatehouse::app
