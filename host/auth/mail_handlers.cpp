// SPDX-License-Identifier: Apache-2.0
#include "auth/mail_handlers.h"

#include "accounts/email.h"
#include "mail/tickets.h"

#include <utility>

namespace gatehouse::auth {
namespace {

using http::JsonBody;
using http::JsonType;
using http::Request;
using http::Response;

constexpr std::size_t longest_email = 320;
constexpr std::size_t longest_token = 512;
// Longer than any policy allows, so that the policy's own message is the one people see.
constexpr std::size_t longest_password = 1024;

}  // namespace

Response MailHandlers::verify_email(const Request& request) const {
  auto body = JsonBody::read(request, {{"token", JsonType::String, true, longest_token}});
  if (!body) return Response::failure(std::move(body.error()));
  const auto token = mail::Tickets::parse(body->secret("token"));
  if (!token) return Response::failure({Code::InvalidVerificationToken});
  const auto done = verify_.run(*token, client_of(request, {}), request.call(token->tenant));
  if (!done) return Response::failure(done.error());
  http::JsonWriter writer;
  writer.begin_object().member("status", "verified").member("email", *done).end_object();
  return Response::json(200, writer.take());
}

Response MailHandlers::resend_verification(const Request& request) const {
  return about_address(request, Action::Resend, resend_);
}

Response MailHandlers::forgot_password(const Request& request) const {
  return about_address(request, Action::Forgot, forgot_);
}

Response MailHandlers::reset_password(const Request& request) const {
  auto body = JsonBody::read(request, {{"token", JsonType::String, true, longest_token},
                                       {"password", JsonType::String, true, longest_password}});
  if (!body) return Response::failure(std::move(body.error()));
  const auto token = mail::Tickets::parse(body->secret("token"));
  if (!token) return Response::failure({Code::InvalidResetToken});
  const auto done = reset_.run(*token, body->secret("password"), client_of(request, {}), *request.hash_arena,
                               request.call(token->tenant));
  return done ? Response::empty() : Response::failure(done.error());
}

template <class Story>
Response MailHandlers::about_address(const Request& request, Action action, const Story& story) const {
  auto body = JsonBody::read(request, {{"email", JsonType::String, true, longest_email}, {"tenantId"}});
  if (!body) return Response::failure(std::move(body.error()));
  const auto tenant = tenant_of(request, &*body, config_.tenants);
  if (!tenant) return Response::failure(tenant.error());
  const auto email = accounts::parse_email(*body->string("email"));
  if (!email) return Response::failure(email.error());
  const auto call = request.call(*tenant);
  if (auto limited = limits_.take(action, request.client_address, email->normalized, call)) {
    return Response::failure(std::move(*limited));
  }
  const auto done = story.run(email->normalized, client_of(request, {}), call);
  if (!done) {
    auto error = done.error();
    // What may have happened would say that there was something to do.
    if (error.code == Code::InDoubt) error.code = Code::ProviderUnavailable;
    return Response::failure(std::move(error));
  }
  http::JsonWriter writer;
  writer.begin_object().member("status", "accepted").end_object();
  auto response = Response::json(202, writer.take());
  response.not_before = even_release(request.received, config_.answers.least, config_.answers.jitter, random_);
  return response;
}

}  // namespace gatehouse::auth
