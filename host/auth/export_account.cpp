// SPDX-License-Identifier: Apache-2.0
#include "auth/export_account.h"

#include "auth/session_opener.h"

#include <cstdint>
#include <utility>

namespace gatehouse::auth {
namespace {

// Sessions and events together: at most some 300 kB of JSON, with the longest user agents.
constexpr std::uint32_t records_a_part = 200;

// A position is one of these and the store's cursor in that list, which is empty at the list's beginning.
constexpr char in_sessions = 's';
constexpr char in_events = 'e';

std::string position_in(char list, std::string_view cursor) { return std::string(1, list).append(cursor); }

}  // namespace

Result<AccountPart> ExportAccount::run(std::string_view user, std::string_view session, std::string_view position,
                                       const Client& client, const Call& call) const {
  const char list = position.empty() ? in_sessions : position.front();
  if (list != in_sessions && list != in_events) return Error{Code::ValidationFailed, "an export has no such part"};
  auto found = users_.get(call.tenant, user, call);
  if (!found) return found.error();
  if (!*found || (*found)->status == accounts::UserStatus::Deleted) return Error{Code::SessionRevoked};
  AccountPart part;
  part.user = std::move(**found);

  const auto cursor = position.substr(position.empty() ? 0 : 1);
  const auto added = list == in_sessions ? add_sessions(part, cursor, call) : add_events(part, cursor, call);
  if (!added) return added.error();
  if (!position.empty()) return part;

  auto told = user_event(events::Type::UserDataExported, user, client);
  told.session = session;
  const auto written = events_.write(std::move(told), call);
  if (!written) return written.error();
  return part;
}

Result<void> ExportAccount::add_sessions(AccountPart& part, std::string_view cursor, const Call& call) const {
  auto page = sessions_.list(call.tenant, part.user.id, records_a_part, cursor, call);
  if (!page) return page.error();
  part.sessions = std::move(page->sessions);
  if (!page->next_cursor.empty()) {
    part.next = position_in(in_sessions, page->next_cursor);
    return {};
  }
  if (part.sessions.size() >= records_a_part) {
    part.next = position_in(in_events, {});
    return {};
  }
  return add_events(part, {}, call);
}

Result<void> ExportAccount::add_events(AccountPart& part, std::string_view cursor, const Call& call) const {
  const auto room = records_a_part - static_cast<std::uint32_t>(part.sessions.size());
  auto page = history_.of_subject(call.tenant, part.user.id, room, cursor, call);
  if (!page) return page.error();
  part.events = std::move(page->events);
  if (!page->next_cursor.empty()) part.next = position_in(in_events, page->next_cursor);
  return {};
}

}  // namespace gatehouse::auth
