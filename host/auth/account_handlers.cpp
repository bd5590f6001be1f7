// SPDX-License-Identifier: Apache-2.0
#include "auth/account_handlers.h"

#include "accounts/email.h"
#include "accounts/names.h"
#include "auth/field_errors.h"
#include "auth/identity.h"

#include <optional>
#include <string_view>
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

Client client_with_binding(const Request& request, FieldErrors& errors) {
  auto client = client_of(request, {});
  client.binding = errors.keep(header_digest(request, "x-client-id"));
  return client;
}

std::optional<std::string> name_member(FieldErrors& errors, const JsonBody& body, std::string_view member,
                                       std::string_view pointer) {
  const auto typed = body.string(member);
  if (!typed) return std::nullopt;
  return errors.keep(accounts::parse_name(*typed, pointer));
}

}  // namespace

Response AccountHandlers::update(const Request& request) const {
  auto body = JsonBody::read(request, {{"firstName"}, {"lastName"}, {"name"}, {"phone"}});
  if (!body) return Response::failure(std::move(body.error()));
  FieldErrors errors;
  ProfileChange change;
  change.first_name = name_member(errors, *body, "firstName", "/firstName");
  change.last_name = name_member(errors, *body, "lastName", "/lastName");
  change.name = name_member(errors, *body, "name", "/name");
  if (const auto phone = body->string("phone")) {
    change.phone = phone->empty() ? std::string() : errors.keep(accounts::parse_phone(*phone));
  }
  if (errors.any()) return Response::failure(errors.take());
  const auto& who = *request.principal;
  const auto user = update_.run(who.user, change, client_of(request, {}), request.call(who.tenant));
  return user ? user_answer(*user) : Response::failure(user.error());
}

Response AccountHandlers::remove(const Request& request) const {
  if (!is_recent(request)) return Response::failure({Code::ReauthenticationRequired});
  const auto& who = *request.principal;
  const auto done = remove_.run(who.user, who.session, client_of(request, {}), request.call(who.tenant));
  return done ? Response::empty() : Response::failure(done.error());
}

Response AccountHandlers::change_password(const Request& request) const {
  auto body = JsonBody::read(request, {{"currentPassword", JsonType::String, true, longest_password},
                                       {"newPassword", JsonType::String, true, longest_password}});
  if (!body) return Response::failure(std::move(body.error()));
  FieldErrors errors;
  ChangePasswordRequest change;
  change.client = client_with_binding(request, errors);
  if (errors.any()) return Response::failure(errors.take());
  if (!is_recent(request)) return Response::failure({Code::ReauthenticationRequired});
  const auto& who = *request.principal;
  const auto call = request.call(who.tenant);
  if (auto limited = limits_.take(Action::Login, request.client_address, who.user, call)) {
    return Response::failure(std::move(*limited));
  }
  change.user = who.user;
  change.session = who.session;
  change.current = body->secret("currentPassword");
  change.next = body->secret("newPassword");
  const auto done = change_password_.run(change, *request.hash_arena, call);
  return done ? token_answer(200, done->tokens, done->identity, request.now) : Response::failure(done.error());
}

Response AccountHandlers::change_email(const Request& request) const {
  auto body = JsonBody::read(request, {{"email", JsonType::String, true, longest_email}});
  if (!body) return Response::failure(std::move(body.error()));
  const auto email = accounts::parse_email(*body->string("email"));
  if (!email) return Response::failure(email.error());
  if (!is_recent(request)) return Response::failure({Code::ReauthenticationRequired});
  const auto& who = *request.principal;
  const auto call = request.call(who.tenant);
  // Two mails each time: counted as mails to be sent again are, for both mailboxes. Many accounts fill no more of
  // somebody's than one, and a taken address is counted like a free one.
  for (const std::string_view mailbox : {std::string_view(who.user), std::string_view(email->normalized)}) {
    if (auto limited = limits_.take(Action::Resend, request.client_address, mailbox, call)) {
      return Response::failure(std::move(*limited));
    }
  }
  const auto done = change_email_.run({who.user, who.session}, *email, client_of(request, {}), call);
  if (!done) return Response::failure(done.error());
  http::JsonWriter writer;
  writer.begin_object().member("status", "accepted").end_object();
  auto response = Response::json(202, writer.take());
  response.not_before = even_release(request.received, answers_.least, answers_.jitter, random_);
  return response;
}

Response AccountHandlers::reauthenticate(const Request& request) const {
  auto body = JsonBody::read(request, {{"password", JsonType::String, true, longest_password}});
  if (!body) return Response::failure(std::move(body.error()));
  FieldErrors errors;
  ReauthenticateRequest again;
  again.client = client_with_binding(request, errors);
  if (errors.any()) return Response::failure(errors.take());
  const auto& who = *request.principal;
  const auto call = request.call(who.tenant);
  if (auto limited = limits_.take(Action::Login, request.client_address, who.user, call)) {
    return Response::failure(std::move(*limited));
  }
  again.user = who.user;
  again.session = who.session;
  again.password = body->secret("password");
  const auto done = reauthenticate_.run(again, *request.hash_arena, call);
  return done ? token_answer(200, done->tokens, done->identity, request.now) : Response::failure(done.error());
}

}  // namespace gatehouse::auth
