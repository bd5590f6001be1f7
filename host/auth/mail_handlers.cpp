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

Response accepted() {
  http::JsonWriter writer;
  writer.begin_object().member("status", "accepted").end_object();
  return Response::json(202, writer.take());
}

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

Response MailHandlers::resend_verification(const Request& request) const { return even(request, resend_now(request)); }

Response MailHandlers::resend_now(const Request& request) const {
  auto body = JsonBody::read(request, {{"email", JsonType::String, true, longest_email}, {"tenantId"}});
  if (!body) return Response::failure(std::move(body.error()));
  const auto tenant = tenant_of(request, &*body, config_.tenants);
  if (!tenant) return Response::failure(tenant.error());
  const auto email = accounts::parse_email(*body->string("email"));
  if (!email) return Response::failure(email.error());
  const auto call = request.call(*tenant);
  if (auto limited = limits_.take(Action::Resend, request.client_address, email->normalized, call)) {
    return Response::failure(std::move(*limited));
  }
  const auto done = resend_.run(email->normalized, client_of(request, {}), call);
  return done ? accepted() : Response::failure(done.error());
}

Response MailHandlers::even(const Request& request, Response response) const {
  if (!response.error) {
    response.not_before = even_release(request.received, config_.answers.least, config_.answers.jitter, random_);
  }
  return response;
}

}  // namespace gatehouse::auth
