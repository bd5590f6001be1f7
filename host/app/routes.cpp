// SPDX-License-Identifier: Apache-2.0
#include "app/services.h"

#include "ops/error_pages.h"

namespace gatehouse::app {

using http::Access;
using http::Lane;
using http::Method;
using http::RateClass;

// Every route of the main listener that features serve: method, path, who may call, rate class, lane, body limit,
// handler.
std::vector<http::Route> Services::routes() const {
  constexpr std::size_t body = 64 * 1024;
  const auto& grants = auth_handlers_;
  const auto& sessions = session_handlers_;
  const auto& account = account_handlers_;
  const auto& exports = export_handlers_;
  const auto& mails = mail_handlers_;
  const auto& pages = mail_page_handlers_;
  const auto& discovery = discovery_handlers_;
  const auto to = [](const auto& handlers, auto method) {
    return [&handlers, method](const http::Request& request) { return (handlers.*method)(request); };
  };
  using auth::AccountHandlers;
  using auth::AuthHandlers;
  using auth::DiscoveryHandlers;
  using auth::ExportHandlers;
  using auth::MailHandlers;
  using auth::MailPageHandlers;
  using auth::SessionHandlers;

  // clang-format off
  return {
      {Method::Post,   "/signup",              Access::Anyone,      RateClass::Signup,  Lane::Hash, body, to(grants, &AuthHandlers::signup)},
      {Method::Post,   "/register",            Access::Anyone,      RateClass::Signup,  Lane::Hash, body, to(grants, &AuthHandlers::signup)},
      {Method::Post,   "/login",               Access::Anyone,      RateClass::Login,   Lane::Hash, body, to(grants, &AuthHandlers::login)},
      {Method::Post,   "/refresh",             Access::Anyone,      RateClass::Refresh, Lane::Fast, body, to(grants, &AuthHandlers::refresh)},
      {Method::Post,   "/logout",              Access::ExpiredUser, RateClass::Default, Lane::Fast, body, to(grants, &AuthHandlers::logout)},
      {Method::Get,    "/user",                Access::User,        RateClass::Default, Lane::Fast, 0,    to(sessions, &SessionHandlers::user)},
      {Method::Patch,  "/user",                Access::User,        RateClass::Default, Lane::Fast, body, to(account, &AccountHandlers::update)},
      {Method::Delete, "/user",                Access::User,        RateClass::Default, Lane::Fast, 0,    to(account, &AccountHandlers::remove)},
      {Method::Get,    "/user/export",         Access::User,        RateClass::Default, Lane::Fast, 0,    to(exports, &ExportHandlers::run)},
      {Method::Post,   "/change-password",     Access::User,        RateClass::Default, Lane::Hash, body, to(account, &AccountHandlers::change_password)},
      {Method::Post,   "/change-email",        Access::User,        RateClass::Default, Lane::Fast, body, to(account, &AccountHandlers::change_email)},
      {Method::Post,   "/reauthenticate",      Access::User,        RateClass::Default, Lane::Hash, body, to(account, &AccountHandlers::reauthenticate)},
      {Method::Get,    "/sessions",            Access::User,        RateClass::Default, Lane::Fast, 0,    to(sessions, &SessionHandlers::list)},
      {Method::Delete, "/sessions/{id}",       Access::User,        RateClass::Default, Lane::Fast, 0,    to(sessions, &SessionHandlers::revoke)},
      {Method::Post,   "/sessions/revoke-all", Access::User,        RateClass::Default, Lane::Fast, body, to(sessions, &SessionHandlers::revoke_all)},

      {Method::Get,    "/verify-email",        Access::Anyone,      RateClass::Mail,    Lane::Fast, 0,    to(pages, &MailPageHandlers::verify_email)},
      {Method::Post,   "/verify-email",        Access::Anyone,      RateClass::Mail,    Lane::Fast, body, to(mails, &MailHandlers::verify_email)},
      {Method::Post,   "/resend-verification", Access::Anyone,      RateClass::Mail,    Lane::Fast, body, to(mails, &MailHandlers::resend_verification)},
      {Method::Post,   "/forgot-password",     Access::Anyone,      RateClass::Mail,    Lane::Fast, body, to(mails, &MailHandlers::forgot_password)},
      {Method::Get,    "/reset-password",      Access::Anyone,      RateClass::Mail,    Lane::Fast, 0,    to(pages, &MailPageHandlers::reset_password)},
      {Method::Post,   "/reset-password",      Access::Anyone,      RateClass::Mail,    Lane::Hash, body, to(mails, &MailHandlers::reset_password)},

      {Method::Get, "//.well-known/jwks.json",            Access::Anyone, RateClass::None, Lane::Fast, 0, to(discovery, &DiscoveryHandlers::jwks)},
      {Method::Get, "//.well-known/openid-configuration", Access::Anyone, RateClass::None, Lane::Fast, 0, to(discovery, &DiscoveryHandlers::openid_configuration)},
      {Method::Get, "//errors/{code}",                    Access::Anyone, RateClass::None, Lane::Fast, 0, ops::error_page},
  };
  // clang-format on
}

}  // namespace gatehouse::app
