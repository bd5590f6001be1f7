// SPDX-License-Identifier: Apache-2.0
#include "auth/auth_handlers.h"

#include "accounts/names.h"
#include "auth/even_answers.h"
#include "auth/field_errors.h"

#include <utility>

namespace gatehouse::auth {
namespace {

using http::JsonBody;
using http::JsonType;
using http::Request;
using http::Response;

constexpr std::size_t longest_email = 320;
// Longer than any policy allows, so that the policy's own message is the one people see.
constexpr std::size_t longest_password = 1024;
constexpr std::size_t longest_refresh_token = 4096;

std::string optional_name(FieldErrors& errors, const JsonBody& body, std::string_view member,
                          std::string_view pointer) {
  const auto typed = body.string(member);
  return typed ? errors.keep(accounts::parse_name(*typed, pointer)) : std::string();
}

}  // namespace

Response AuthHandlers::signup(const Request& request) const {
  if (!config_.signup_enabled) return Response::failure({Code::NotFound});
  auto body = JsonBody::read(request, {{"email", JsonType::String, true, longest_email},
                                       {"password", JsonType::String, true, longest_password},
                                       {"firstName"},
                                       {"lastName"},
                                       {"name"},
                                       {"phone"},
                                       {"tenantId"},
                                       {"deviceName"},
                                       {"rememberMe", JsonType::Boolean}});
  if (!body) return Response::failure(std::move(body.error()));
  const auto tenant = tenant_of(request, &*body, config_.tenants);
  if (!tenant) return Response::failure(tenant.error());

  FieldErrors errors;
  SignupRequest signup;
  signup.email = errors.keep(accounts::parse_email(*body->string("email")));
  signup.first_name = optional_name(errors, *body, "firstName", "/firstName");
  signup.last_name = optional_name(errors, *body, "lastName", "/lastName");
  signup.name = optional_name(errors, *body, "name", "/name");
  if (const auto phone = body->string("phone")) signup.phone = errors.keep(accounts::parse_phone(*phone));
  signup.client = client_of(request, optional_name(errors, *body, "deviceName", "/deviceName"));
  signup.client.binding = errors.keep(header_digest(request, "x-client-id"));
  if (errors.any()) return Response::failure(errors.take());
  signup.password = body->secret("password");
  signup.remember = body->boolean("rememberMe", false);

  auto done = signup_.run(signup, *request.hash_arena, request.call(*tenant));
  const bool hidden = !config_.reveal_existing && !done && done.error().code == Code::DuplicateEmail;
  if (!done && !hidden) return Response::failure(std::move(done.error()));
  if (done && done->tokens) return token_answer(201, *done->tokens, done->identity, request.now);
  http::JsonWriter writer;
  writer.begin_object().member("status", "accepted").end_object();
  auto response = Response::json(202, writer.take());
  // What a taken address costs beside a free one is not for the client to measure.
  if (!config_.reveal_existing) response.not_before = login_release(request);
  return response;
}

Steady AuthHandlers::login_release(const Request& request) const {
  return even_release(request.received, config_.login_min_response, config_.login_max_jitter, random_);
}

Response AuthHandlers::login(const Request& request) const {
  auto response = login_now(request);
  // Answers that say nothing about an account need no disguise.
  const bool about_account = !response.error || response.error->code == Code::InvalidCredentials ||
                             response.error->code == Code::EmailNotVerified ||
                             response.error->code == Code::AccountLocked;
  if (about_account) response.not_before = login_release(request);
  return response;
}

Response AuthHandlers::login_now(const Request& request) const {
  auto body = JsonBody::read(request, {{"email", JsonType::String, true, longest_email},
                                       {"password", JsonType::String, true, longest_password},
                                       {"tenantId"},
                                       {"deviceName"},
                                       {"rememberMe", JsonType::Boolean}});
  if (!body) return Response::failure(std::move(body.error()));
  const auto tenant = tenant_of(request, &*body, config_.tenants);
  if (!tenant) return Response::failure(tenant.error());

  FieldErrors errors;
  const auto email = errors.keep(accounts::parse_email(*body->string("email")));
  LoginRequest login;
  login.client = client_of(request, optional_name(errors, *body, "deviceName", "/deviceName"));
  login.client.binding = errors.keep(header_digest(request, "x-client-id"));
  if (errors.any()) return Response::failure(errors.take());

  const auto call = request.call(*tenant);
  if (auto limited = limits_.take(Action::Login, request.client_address, email.normalized, call)) {
    return Response::failure(std::move(*limited));
  }
  login.email = email.normalized;
  login.password = body->secret("password");
  login.remember = body->boolean("rememberMe", false);
  auto done = login_.run(login, *request.hash_arena, call);
  if (!done) return Response::failure(std::move(done.error()));
  return token_answer(200, done->tokens, done->identity, request.now);
}

Response AuthHandlers::refresh(const Request& request) const {
  auto body = JsonBody::read(request, {{"refreshToken", JsonType::String, true, longest_refresh_token}});
  if (!body) return Response::failure(std::move(body.error()));
  RefreshRequest refresh;
  FieldErrors errors;
  refresh.attempt = errors.keep(header_digest(request, "idempotency-key"));
  refresh.client = client_of(request, {});
  refresh.client.binding = errors.keep(header_digest(request, "x-client-id"));
  if (errors.any()) return Response::failure(errors.take());
  refresh.token = body->secret("refreshToken");

  const auto untrusted_call = request.call({});
  auto token = refresh_.open(refresh.token, untrusted_call);
  if (!token) {
    // Genuine tokens are counted by session; only guesses are counted by address alone, and apart from what whoever
    // shares the address does without a token.
    if (auto limited = limits_.take(Action::InvalidToken, request.client_address, {}, untrusted_call)) {
      return Response::failure(std::move(*limited));
    }
    return Response::failure(std::move(token.error()));
  }
  const auto call = request.call(token->id.tenant);
  if (auto limited = limits_.take(Action::Refresh, request.client_address, token->id.session, call)) {
    return Response::failure(std::move(*limited));
  }
  auto done = refresh_.run(*token, refresh, call);
  if (!done) return Response::failure(std::move(done.error()));
  return token_answer(200, done->tokens, done->identity, request.now);
}

Response AuthHandlers::logout(const Request& request) const {
  auto body = JsonBody::read(request, {{"everywhere", JsonType::Boolean}});
  if (!body) return Response::failure(std::move(body.error()));
  const auto& who = *request.principal;
  const auto call = request.call(who.tenant);
  RevocationCause cause{sessions::RevokeReason::Logout, events::Type::UserLoggedOut, client_of(request, {}),
                        who.session};
  if (body->boolean("everywhere", false)) {
    cause.reason = sessions::RevokeReason::LogoutEverywhere;
    const auto all = revocation_.end_all(who.user, std::nullopt, cause, call);
    if (!all) return Response::failure(all.error());
    return Response::empty();
  }
  const auto one = revocation_.end_session(who.user, who.session, cause, call);
  if (!one) return Response::failure(one.error());
  return Response::empty();
}

}  // namespace gatehouse::auth
