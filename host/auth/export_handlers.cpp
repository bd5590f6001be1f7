// SPDX-License-Identifier: Apache-2.0
#include "auth/export_handlers.h"

#include "auth/common_handlers.h"
#include "auth/cursor.h"
#include "auth/identity.h"
#include "http/json_body.h"
#include "tokens/json_object.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse::auth {
namespace {

using http::JsonWriter;
using http::Request;
using http::Response;

// Members of payloads that say something about the user alone (docs/events.md). What a later type adds is left out
// until it stands here.
constexpr std::array<std::string_view, 4> shown_of_payloads = {"reason", "scope", "result", "fields"};

void member_or_null(JsonWriter& writer, std::string_view name, std::string_view text) {
  if (text.empty()) {
    writer.null(name);
  } else {
    writer.member(name, text);
  }
}

void member_or_null(JsonWriter& writer, std::string_view name, const std::optional<Time>& time) {
  member_or_null(writer, name, time ? to_rfc3339(*time) : std::string());
}

std::string_view state_name(sessions::Standing standing) noexcept {
  switch (standing) {
    case sessions::Standing::Alive: return "active";
    case sessions::Standing::Expired: return "expired";
    // Every session of the user has ended at once; its own record need not say so yet.
    case sessions::Standing::StaleEpoch:
    case sessions::Standing::Revoked: break;
  }
  return "revoked";
}

void write_account(JsonWriter& writer, const accounts::User& user) {
  writer.begin_object("user");
  write_identity(writer, identity_of(user));
  member_or_null(writer, "phone", user.phone);
  writer.member("status", accounts::user_status_name(user.status))
      .member("createdAt", to_rfc3339(user.created_at))
      .member("updatedAt", to_rfc3339(user.updated_at));
  member_or_null(writer, "passwordChangedAt", user.password_changed_at);
  member_or_null(writer, "lastLoginAt", user.last_login_at);
  member_or_null(writer, "lastLoginIp", user.last_login_ip);
  member_or_null(writer, "lastActiveAt", user.last_active_at);
  writer.member("loginCount", user.login_count).member("failedLoginAttempts", user.failed_login_attempts);
  member_or_null(writer, "lockedUntil", user.locked_until);
  writer.end_object();
}

void write_session(JsonWriter& writer, const sessions::Session& session, sessions::Standing standing, bool current) {
  writer.begin_object()
      .member("id", session.id)
      .member("state", state_name(standing))
      .member("current", current)
      .member("createdAt", to_rfc3339(session.created_at))
      .member("lastUsedAt", to_rfc3339(session.last_used_at))
      .member("authenticatedAt", to_rfc3339(session.auth_time))
      .member("expiresAt", to_rfc3339(sessions::ends_at(session)));
  member_or_null(writer, "revokedAt", session.revoked_at);
  member_or_null(writer, "revokedReason", session.revoked_reason);
  writer.member("rememberMe", session.remember)
      .member("deviceName", session.device_name)
      .member("ipAddress", session.ip)
      .member("userAgent", session.user_agent)
      .end_object();
}

// False: a payload that no event was ever stored with.
bool write_event(JsonWriter& writer, const events::PastEvent& event, std::string_view user) {
  const auto payload = tokens::read_json_object(event.payload);
  if (!payload) return false;
  const bool own = event.actor == user;
  writer.begin_object()
      .member("id", event.id)
      .member("type", event.type)
      .member("severity", event.severity)
      .member("time", to_rfc3339(event.time));
  member_or_null(writer, "session", event.session);
  // Anybody can type an address and a wrong password: whoever did is not the user's to know.
  member_or_null(writer, "actor", own ? "self" : event.actor.empty() ? "" : "other");
  member_or_null(writer, "ipAddress", own ? std::string_view(event.ip) : std::string_view());
  member_or_null(writer, "userAgent", own ? std::string_view(event.user_agent) : std::string_view());
  writer.begin_object("payload");
  for (const auto name : shown_of_payloads) {
    if (const auto* text = tokens::member<std::string>(*payload, name)) writer.member(name, *text);
  }
  writer.end_object().end_object();
  return true;
}

Result<std::string> body_of(const AccountPart& part, bool first, std::string_view next, const Request& request) {
  const auto& who = *request.principal;
  JsonWriter writer;
  writer.begin_object().member("exportedAt", to_rfc3339(request.now));
  if (first) write_account(writer, part.user);
  writer.begin_array("sessions");
  for (const auto& session : part.sessions) {
    const auto standing = sessions::standing(session, part.user.session_epoch, request.now);
    write_session(writer, session, standing, session.id == who.session);
  }
  writer.end_array().begin_array("events");
  for (const auto& event : part.events) {
    if (!write_event(writer, event, who.user)) {
      return Error{Code::Internal, "the store delivered an event whose payload is no JSON object"};
    }
  }
  writer.end_array();
  member_or_null(writer, "nextCursor", next);
  writer.end_object();
  return writer.take();
}

std::optional<Error> check_query(const Request& request) {
  if (request.query.empty() || (request.query.size() == 1 && request.query.front().first == "cursor")) {
    return std::nullopt;
  }
  return Error{Code::UnknownField, {}, {{"", "QUERY_MEMBER_UNKNOWN", "The query knows cursor, once."}}};
}

}  // namespace

Response ExportHandlers::run(const Request& request) const {
  if (auto wrong = check_query(request)) return Response::failure(std::move(*wrong));
  const auto& who = *request.principal;
  if (!is_recent(request)) return Response::failure({Code::ReauthenticationRequired});
  const auto call = request.call(who.tenant);
  const auto scope = "export|" + who.tenant + "|" + who.user;
  const auto position = open_cursor(request.query_value("cursor").value_or(""), scope, keys_, call);
  if (!position) return Response::failure(position.error());
  const bool first = position->empty();
  if (first) {
    if (auto limited = limits_.take(Action::Export, request.client_address, who.user, call)) {
      return Response::failure(std::move(*limited));
    }
  }
  const auto part = account_.run(who.user, who.session, *position, client_of(request, {}), call);
  if (!part) return Response::failure(part.error());
  const auto next = seal_cursor(part->next, scope, keys_, call);
  if (!next) return Response::failure(next.error());
  auto body = body_of(*part, first, *next, request);
  if (!body) return Response::failure(std::move(body.error()));
  auto response = Response::json(200, std::move(*body));
  response.headers.emplace_back("Content-Disposition", "attachment; filename=\"account.json\"");
  return response;
}

}  // namespace gatehouse::auth
