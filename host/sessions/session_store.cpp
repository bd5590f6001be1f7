// SPDX-License-Identifier: Apache-2.0
#include "sessions/session_store.h"

namespace gatehouse::sessions {

Result<std::optional<Session>> SessionStore::get(std::string_view tenant, std::string_view user, std::string_view id,
                                                 const Call& call) const {
  std::optional<Session> session;
  const auto found =
      storage_.get(kind_, {tenant, user, id}, call, [&](providers::RecordReader& record) { session = decode(record); });
  if (!found) return found.error();
  if (*found && !session) return Error{Code::Internal, "the store delivered a malformed session record"};
  return session;
}

Result<SessionStore::Listed> SessionStore::list(std::string_view tenant, std::string_view user, std::uint32_t limit,
                                                std::string_view cursor, const Call& call) const {
  providers::Query query{
      .kind = kind_, .index = sessions_by_user, .tenant = tenant, .equals = {providers::Value::text(user)}};
  query.limit = limit;
  query.cursor = cursor;
  Listed listed;
  bool malformed = false;
  const auto page = storage_.find(query, call, [&](providers::RecordReader& record) {
    auto session = decode(record);
    if (session) {
      listed.sessions.push_back(std::move(*session));
    } else {
      malformed = true;
    }
  });
  if (!page) return page.error();
  if (malformed) return Error{Code::Internal, "the store delivered a malformed session record"};
  listed.next_cursor = page->next_cursor;
  return listed;
}

providers::Write SessionStore::put(const Session& session, const std::vector<providers::Value>& values) const {
  return {.op = providers::Write::Op::Put,
          .kind = kind_,
          .key = {session.tenant, session.user, session.id},
          .expected_version = session.version,
          .values = values};
}

providers::Write SessionStore::erase(const Session& session) const {
  return {.op = providers::Write::Op::Delete,
          .kind = kind_,
          .key = {session.tenant, session.user, session.id},
          .expected_version = session.version,
          .values = {}};
}

}  // namespace gatehouse::sessions
