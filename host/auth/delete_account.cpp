// SPDX-License-Identifier: Apache-2.0
#include "auth/delete_account.h"

#include "auth/session_opener.h"

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

Result<void> DeleteAccount::run(std::string_view user, const Client& client, const Call& call) const {
  for (int i = 0; i < attempts; ++i) {
    const auto done = attempt(user, client, call);
    if (!done) return done.error();
    if (*done) return erase_sessions(user, call);
  }
  return Error{Code::ProviderUnavailable, "a user record changed too often to be deleted"};
}

Result<bool> DeleteAccount::attempt(std::string_view id, const Client& client, const Call& call) const {
  auto found = users_.get(call.tenant, id, call);
  if (!found) return found.error();
  if (!*found || (*found)->status == accounts::UserStatus::Deleted) return Error{Code::SessionRevoked};
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
  for (const auto& ticket : tickets) writes.push_back(mail::spend(outbox_.tickets().kind(), ticket));
  outbox_.append(writes, mails);

  events::EventBatch batch;
  const auto told = events_.prepare(batch, user_event(events::Type::UserDeleted, id, client), call);
  if (!told) return told.error();
  const auto done = events_.commit(std::move(writes), batch, call);
  const bool in_doubt = !done && done.error().code == Code::InDoubt;
  if (!done && !(in_doubt && users_.wrote(user, call))) return done.error();
  if (done && *done) return false;
  outbox_.committed(mails);
  return true;
}

Result<void> DeleteAccount::erase_sessions(std::string_view user, const Call& call) const {
  while (true) {
    const auto page = sessions_.list(call.tenant, user, page_size, {}, call);
    if (!page) return page.error();
    if (page->sessions.empty()) return {};
    std::vector<providers::Write> writes;
    for (const auto& session : page->sessions) writes.push_back(sessions_.erase(session));
    // Who changed one meanwhile is read again.
    const auto done = events_.commit(std::move(writes), {}, call);
    if (!done) return done.error();
  }
}

}  // namespace gatehouse::auth
