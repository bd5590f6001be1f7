// SPDX-License-Identifier: Apache-2.0
#include "auth/delete_account.h"

#include "auth/session_opener.h"
#include "auth/user_commit.h"

#include <utility>
#include <vector>

namespace gatehouse::auth {
namespace {

constexpr int attempts = 32;
constexpr std::uint32_t page_size = 50;

// What stays is the record with its id: events go on pointing at somebody.
accounts::User erased(accounts::User user, Time now) {
  accounts::User rest;
  rest.id = std::move(user.id);
  rest.tenant = std::move(user.tenant);
  rest.version = user.version;
  rest.status = accounts::UserStatus::Deleted;
  rest.session_epoch = user.session_epoch + 1;
  rest.created_at = user.created_at;
  rest.updated_at = now;
  return rest;
}

}  // namespace

Result<void> DeleteAccount::run(std::string_view user, std::string_view session, const Client& client,
                                const Call& call) const {
  for (int i = 0; i < attempts; ++i) {
    const auto done = attempt(user, session, client, call);
    if (!done) return done.error();
    if (!*done) continue;
    // Where sessions live in another store one may have come in between. The account is gone whatever comes of this.
    static_cast<void>(erase_sessions(user, {}, call));
    return {};
  }
  return Error{Code::ProviderUnavailable, "a user record changed too often to be deleted"};
}

Result<bool> DeleteAccount::attempt(std::string_view id, std::string_view caller, const Client& client,
                                    const Call& call) const {
  auto found = users_.get(call.tenant, id, call);
  if (!found) return found.error();
  if (!*found || (*found)->status == accounts::UserStatus::Deleted) return Error{Code::SessionRevoked};
  // After the user was read: a login that opens another one changes the user's record.
  const auto session = erase_sessions(id, caller, call);
  if (!session) return session.error();
  if (!*session || sessions::standing(**session, (*found)->session_epoch, call.now) != sessions::Standing::Alive) {
    return Error{Code::SessionRevoked};
  }
  mail::MailBatch mails;
  const auto notice =
      outbox_.notice(mails, mail::Template::AccountDeleted, {id, (*found)->email, {}, client.address, {}}, call);
  if (!notice) return notice.error();
  const auto user = erased(std::move(**found), call.now);
  const auto values = accounts::encode_user(user);
  std::vector<providers::Write> writes{accounts::put_user(users_.kind(), user, values)};

  std::vector<mail::Ticket> tickets;
  for (const auto purpose : {mail::Purpose::VerifyEmail, mail::Purpose::ResetPassword, mail::Purpose::ChangeEmail}) {
    auto ticket = outbox_.tickets().get(call.tenant, id, purpose, call);
    if (!ticket) return ticket.error();
    if (*ticket) tickets.push_back(std::move(**ticket));
  }
  writes.push_back(sessions_.erase(**session));
  for (const auto& ticket : tickets) writes.push_back(mail::spend(outbox_.tickets().kind(), ticket));
  outbox_.append(writes, mails);

  events::EventBatch batch;
  const auto told = events_.prepare(batch, user_event(events::Type::UserDeleted, id, client), call);
  if (!told) return told.error();
  const auto done = commit_with_user(users_, events_, user, std::move(writes), batch, call);
  if (!done) return done.error();
  if (*done) return false;
  outbox_.committed(mails);
  return true;
}

Result<std::optional<sessions::Session>> DeleteAccount::erase_sessions(std::string_view user, std::string_view spared,
                                                                       const Call& call) const {
  while (true) {
    // Always the first page: what was there is gone, and who changed one meanwhile is read again.
    auto page = sessions_.list(call.tenant, user, page_size, {}, call);
    if (!page) return page.error();
    std::optional<sessions::Session> kept;
    std::vector<providers::Write> writes;
    for (auto& session : page->sessions) {
      if (session.id == spared) {
        kept = std::move(session);
      } else {
        writes.push_back(sessions_.erase(session));
      }
    }
    if (writes.empty()) return kept;
    const auto done = events_.commit(std::move(writes), {}, call);
    if (!done) return done.error();
  }
}

}  // namespace gatehouse::auth
