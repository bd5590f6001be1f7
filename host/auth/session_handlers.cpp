// SPDX-License-Identifier: Apache-2.0
#include "auth/session_handlers.h"

#include "auth/common_handlers.h"
#include "auth/cursor.h"
#include "base/encoding.h"
#include "http/json_body.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::auth {
namespace {

using http::JsonType;
using http::Request;
using http::Response;

constexpr std::uint32_t default_page = 50;
constexpr std::uint32_t largest_page = 100;
// Of pages for one answer. Ended sessions are kept for a day: somebody who logs in and out all the time has more of
// them than one request has to read.
constexpr int most_reads = 20;

// Lists know two members; a third, or one twice, is a mistake that would otherwise go unseen.
std::optional<Error> check_page_query(const Request& request) {
  constexpr std::array<std::string_view, 2> known = {"limit", "cursor"};
  for (auto at = request.query.begin(); at != request.query.end(); ++at) {
    const auto same = [&](const auto& member) { return member.first == at->first; };
    if (std::find(known.begin(), known.end(), at->first) == known.end()) {
      const auto near = nearest_word(at->first, known.data(), known.size());
      const auto detail = near.empty() ? std::string("The query knows limit and cursor.")
                                       : "Did you mean \"" + std::string(near) + "\"?";
      return Error{Code::UnknownField, {}, {{"", "QUERY_MEMBER_UNKNOWN", detail}}};
    }
    if (std::find_if(request.query.begin(), at, same) != at) {
      return Error{Code::ValidationFailed, {}, {{"/" + at->first, "QUERY_MEMBER_REPEATED", "It is there twice."}}};
    }
  }
  return std::nullopt;
}

Result<std::uint32_t> page_limit(const Request& request) {
  const auto text = request.query_value("limit");
  if (!text) return default_page;
  std::uint32_t limit = 0;
  const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (failed != std::errc{} || end != text->data() + text->size() || limit < 1 || limit > largest_page) {
    return Error{Code::ValidationFailed, {}, {{"/limit", "LIMIT_INVALID", "A whole number from 1 to 100."}}};
  }
  return limit;
}

void write_session(http::JsonWriter& writer, const sessions::Session& session, bool current) {
  writer.begin_object()
      .member("id", session.id)
      .member("current", current)
      .member("createdAt", to_rfc3339(session.created_at))
      .member("lastUsedAt", to_rfc3339(session.last_used_at))
      .member("authenticatedAt", to_rfc3339(session.auth_time))
      .member("expiresAt", to_rfc3339(sessions::ends_at(session)))
      .member("rememberMe", session.remember)
      .member("deviceName", session.device_name)
      .member("ipAddress", session.ip)
      .member("userAgent", session.user_agent)
      .end_object();
}

}  // namespace

Response SessionHandlers::user(const Request& request) const {
  const auto& who = *request.principal;
  const auto user = users_.get(who.tenant, who.user, request.call(who.tenant));
  if (!user) return Response::failure(user.error());
  if (!*user) return Response::failure({Code::SessionRevoked});
  return user_answer(**user);
}

Result<sessions::SessionStore::Listed> SessionHandlers::alive_page(const http::Principal& who,
                                                                   const accounts::UserGate& user, std::uint32_t limit,
                                                                   std::string cursor, const Call& call) const {
  for (int reads = 1;; ++reads) {
    auto page = sessions_.list(who.tenant, who.user, limit, cursor, call);
    if (!page) return page;
    std::erase_if(page->sessions, [&](const sessions::Session& session) {
      return sessions::standing(session, user.session_epoch, call.now) != sessions::Standing::Alive;
    });
    if (!page->sessions.empty() || page->next_cursor.empty() || reads == most_reads) return page;
    cursor = std::move(page->next_cursor);
  }
}

Response SessionHandlers::list(const Request& request) const {
  const auto& who = *request.principal;
  const auto call = request.call(who.tenant);
  if (auto wrong = check_page_query(request)) return Response::failure(std::move(*wrong));
  const auto limit = page_limit(request);
  if (!limit) return Response::failure(limit.error());
  const auto scope = "sessions|" + who.tenant + "|" + who.user;
  const auto cursor = open_cursor(request.query_value("cursor").value_or(""), scope, keys_, call);
  if (!cursor) return Response::failure(cursor.error());
  const auto user = users_.get_gate(who.tenant, who.user, call);
  if (!user) return Response::failure(user.error());
  if (!*user) return Response::failure({Code::SessionRevoked});
  const auto page = alive_page(who, **user, *limit, *cursor, call);
  if (!page) return Response::failure(page.error());
  const auto next = seal_cursor(page->next_cursor, scope, keys_, call);
  if (!next) return Response::failure(next.error());

  http::JsonWriter writer;
  writer.begin_object().begin_array("data");
  for (const auto& session : page->sessions) write_session(writer, session, session.id == who.session);
  writer.end_array();
  if (next->empty()) {
    writer.null("nextCursor");
  } else {
    writer.member("nextCursor", *next);
  }
  writer.end_object();
  return Response::json(200, writer.take());
}

Response SessionHandlers::revoke(const Request& request) const {
  const auto& who = *request.principal;
  const auto id = request.parameter("id");
  if (id.empty() || id.size() > 128) return Response::failure({Code::NotFound});
  const RevocationCause cause{sessions::RevokeReason::RevokedByUser, events::Type::SessionRevoked,
                              client_of(request, {}), std::string(id)};
  const auto ended = revocation_.end_session(who.user, id, cause, request.call(who.tenant));
  if (!ended) return Response::failure(ended.error());
  return *ended ? Response::empty() : Response::failure({Code::NotFound});
}

Response SessionHandlers::revoke_all(const Request& request) const {
  auto body = http::JsonBody::read(request, {{"exceptCurrent", JsonType::Boolean}});
  if (!body) return Response::failure(std::move(body.error()));
  const auto& who = *request.principal;
  std::optional<std::string_view> spared;
  if (body->boolean("exceptCurrent", false)) spared = who.session;
  const RevocationCause cause{
      sessions::RevokeReason::RevokedByUser, events::Type::SessionRevoked, client_of(request, {}), {}};
  const auto ended = revocation_.end_all(who.user, spared, cause, request.call(who.tenant));
  if (!ended) return Response::failure(ended.error());
  http::JsonWriter writer;
  writer.begin_object().member("revoked", static_cast<std::int64_t>(*ended)).end_object();
  return Response::json(200, writer.take());
}

}  // namespace gatehouse::auth
