// SPDX-License-Identifier: Apache-2.0
#include "auth/revocation.h"

#include "auth/session_opener.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace gatehouse::auth {
namespace {

// A race is lost only to somebody who won it, so this many losses in a row mean a hot spot, not bad luck.
constexpr int attempts = 64;
constexpr std::uint32_t page_size = 100;
// A commit holds 64 writes (gatehouse/store.h): a record and an event for each.
constexpr std::size_t most_together = 32;

Error too_contended() { return {Code::ProviderUnavailable, "a session record changed too often to be revoked"}; }

events::Event revoked_event(const sessions::Session& session, const RevocationCause& cause) {
  auto event = user_event(cause.event, session.user, cause.client);
  event.session = session.id;
  event.payload = R"({"reason":")" + std::string(sessions::reason_text(cause.reason)) + R"("})";
  return event;
}

}  // namespace

Revocation::Revocation(accounts::UserStore& users, const sessions::SessionStore& sessions,
                       const events::EventLog& events, MetricRegistry& metrics)
    : users_(users), sessions_(sessions), events_(events) {
  static_assert(static_cast<std::size_t>(sessions::RevokeReason::Reauthenticated) + 1 ==
                std::tuple_size_v<decltype(ended_)>);
  for (std::size_t i = 0; i < ended_.size(); ++i) {
    const auto reason = sessions::reason_text(static_cast<sessions::RevokeReason>(i));
    ended_[i] = &metrics.counter("gatehouse_sessions_revoked_total", "Sessions ended before their time, by reason",
                                 {{"reason", std::string(reason)}});
  }
}

Result<bool> Revocation::end_session(std::string_view user, std::string_view id, const RevocationCause& cause,
                                     const Call& call) const {
  return end_session(user, id, cause, Event::Write, call);
}

Result<bool> Revocation::end_session(std::string_view user, std::string_view id, const RevocationCause& cause,
                                     Event event, const Call& call) const {
  for (int attempt = 0; attempt < attempts; ++attempt) {
    auto found = sessions_.get(call.tenant, user, id, call);
    if (!found) return found.error();
    if (!*found) return false;
    auto session = std::move(**found);
    const bool again = session.revoked;
    // The commit that ended it may have been in doubt: only one of this call's own says whether it holds.
    if (again && !sessions_.may_be_undone()) return true;

    events::EventBatch batch;
    if (!again && event == Event::Told) {
      sessions::revoke(session, cause.reason, call.now);
    } else if (!again) {
      const auto prepared = prepare_end(session, cause, batch, call);
      if (!prepared) return prepared.error();
    }
    const auto values = sessions::encode(session);
    std::vector<providers::Write> writes{sessions_.put(session, values)};
    const auto done = events_.commit(std::move(writes), batch, call);
    if (!done) return done.error();
    if (!*done) {
      if (!again) count_end(cause.reason);
      return true;
    }
  }
  return too_contended();
}

Result<void> Revocation::prepare_end(sessions::Session& session, const RevocationCause& cause,
                                     events::EventBatch& batch, const Call& call) const {
  sessions::revoke(session, cause.reason, call.now);
  return events_.prepare(batch, revoked_event(session, cause), call);
}

void Revocation::count_end(sessions::RevokeReason reason) const { ended_[static_cast<std::size_t>(reason)]->add(); }

bool Revocation::renew_end(sessions::Session& session, std::int64_t epoch, sessions::RevokeReason reason,
                           const Call& call) const {
  auto latest = sessions_.get(call.tenant, session.user, session.id, call);
  if (!latest || !*latest || sessions::standing(**latest, epoch, call.now) != sessions::Standing::Alive) return false;
  session = std::move(**latest);
  sessions::revoke(session, reason, call.now);
  return true;
}

Result<std::optional<Revocation::Raised>> Revocation::raise_epoch(std::string_view user_id,
                                                                  std::optional<std::string_view> spared,
                                                                  const RevocationCause& cause,
                                                                  const Call& call) const {
  for (int attempt = 0; attempt < attempts; ++attempt) {
    auto found = users_.get(call.tenant, user_id, call);
    if (!found) return found.error();
    if (!*found) return std::optional<Raised>{};
    auto user = std::move(**found);
    const auto old_epoch = user.session_epoch++;
    user.updated_at = call.now;
    const auto user_values = accounts::encode_user(user);
    std::vector<providers::Write> writes{accounts::put_user(users_.kind(), user, user_values)};

    std::optional<sessions::Session> companion;
    const std::string_view companion_id = spared ? *spared : std::string_view(cause.session);
    if (!companion_id.empty()) {
      auto session = sessions_.get(call.tenant, user_id, companion_id, call);
      if (!session) return session.error();
      if (*session && sessions::standing(**session, old_epoch, call.now) == sessions::Standing::Alive) {
        companion = std::move(**session);
      }
    }
    std::vector<providers::Value> companion_values;
    if (companion) {
      companion->user_epoch = user.session_epoch;
      if (!spared) sessions::revoke(*companion, cause.reason, call.now);
      companion_values = sessions::encode(*companion);
      writes.push_back(sessions_.put(*companion, companion_values));
    }

    events::EventBatch batch;
    auto event = user_event(cause.event, user.id, cause.client);
    event.session = cause.session;
    event.payload = R"({"reason":")" + std::string(sessions::reason_text(cause.reason)) + R"(","scope":"user"})";
    const auto prepared = events_.prepare(batch, std::move(event), call);
    if (!prepared) return prepared.error();
    const auto done = events_.commit(writes, batch, call);
    if (done && *done) continue;
    std::uint64_t ended = companion && !spared ? 1 : 0;
    if (!done) {
      if (done.error().code != Code::InDoubt || !users_.wrote(user, call)) return done.error();
      const auto told = events_.settle(std::move(writes), batch, users_.kind(), call);
      if (!told) return told.error();
      if (spared && !follow_epoch(user_id, *spared, old_epoch, user.session_epoch, call)) return done.error();
      ended = 0;  // the sweep finds it, unless its record says so already
    }
    ended_[static_cast<std::size_t>(cause.reason)]->add(ended);
    return std::optional(Raised{user.session_epoch, ended, companion && !spared});
  }
  return too_contended();
}

bool Revocation::follow_epoch(std::string_view user, std::string_view spared, std::int64_t old_epoch,
                              std::int64_t epoch, const Call& call) const {
  for (int attempt = 0; attempt < attempts; ++attempt) {
    auto session = sessions_.get(call.tenant, user, spared, call);
    if (!session) return false;
    // It has followed already, or has ended by itself.
    if (!*session || sessions::standing(**session, old_epoch, call.now) != sessions::Standing::Alive) return true;
    (*session)->user_epoch = epoch;
    const auto values = sessions::encode(**session);
    std::vector<providers::Write> writes{sessions_.put(**session, values)};
    const auto done = events_.commit(std::move(writes), {}, call);
    if (!done) return false;
    if (!*done) return true;
  }
  return false;
}

Result<bool> Revocation::end_together(std::span<sessions::Session> due, std::string_view told,
                                      const RevocationCause& cause, const Call& call) const {
  events::EventBatch batch;
  std::vector<std::vector<providers::Value>> values;
  std::vector<providers::Write> writes;
  values.reserve(due.size());
  for (auto& session : due) {
    if (session.id == told) {
      sessions::revoke(session, cause.reason, call.now);
    } else if (const auto prepared = prepare_end(session, cause, batch, call); !prepared) {
      return prepared.error();
    }
    writes.push_back(sessions_.put(session, values.emplace_back(sessions::encode(session))));
  }
  const auto done = events_.commit(std::move(writes), batch, call);
  if (!done) return done.error();
  if (*done) return false;
  for (std::size_t at = 0; at < due.size(); ++at) count_end(cause.reason);
  return true;
}

Result<std::uint64_t> Revocation::sweep(std::string_view user, std::optional<std::string_view> spared,
                                        std::string_view told, std::int64_t epoch, const RevocationCause& cause,
                                        const Call& call) const {
  std::uint64_t ended = 0;
  std::string cursor;
  do {
    auto page = sessions_.list(call.tenant, user, page_size, cursor, call);
    if (!page) return page.error();
    std::vector<sessions::Session> due;
    for (auto& session : page->sessions) {
      const bool is_spared = spared && session.id == *spared;
      // A session of the new epoch was opened after the epoch rose: it is not among those that were to end.
      if (is_spared || session.revoked || session.user_epoch >= epoch || call.now >= sessions::ends_at(session))
        continue;
      due.push_back(std::move(session));
    }
    for (std::size_t begin = 0; begin < due.size(); begin += most_together) {
      const auto some = std::span(due).subspan(begin, std::min(most_together, due.size() - begin));
      const auto together = end_together(some, told, cause, call);
      if (!together) return together.error();
      for (const auto& session : some) {
        if (*together) break;
        const auto done = end_session(user, session.id, cause, session.id == told ? Event::Told : Event::Write, call);
        if (!done) return done.error();
      }
      ended += some.size();
    }
    cursor = std::move(page->next_cursor);
  } while (!cursor.empty());
  return ended;
}

Result<std::uint64_t> Revocation::end_all(std::string_view user, std::optional<std::string_view> spared,
                                          const RevocationCause& cause, const Call& call) const {
  const auto raised = raise_epoch(user, spared, cause, call);
  if (!raised) return raised.error();
  if (!*raised) return std::uint64_t{0};
  const auto told = (*raised)->told ? std::string_view(cause.session) : std::string_view{};
  const RevocationCause swept_for{cause.reason, events::Type::SessionRevoked, cause.client, {}};
  const auto swept = sweep(user, spared, told, (*raised)->epoch, swept_for, call);
  if (!swept) return swept.error();
  return (*raised)->ended + *swept;
}

Result<void> Revocation::mark_ended(std::string_view user, std::int64_t epoch, const RevocationCause& cause,
                                    const Call& call) const {
  const auto swept = sweep(user, std::nullopt, {}, epoch, cause, call);
  if (!swept) return swept.error();
  return {};
}

Result<void> Revocation::end_for_reuse(const sessions::Session& session, bool whole_user, const Client& client,
                                       const Call& call) const {
  const RevocationCause cause{sessions::RevokeReason::TokenReused, events::Type::RefreshTokenReused, client,
                              session.id};
  // The user's epoch first: from then on every session of the user is dead, whatever becomes of this process.
  if (whole_user) {
    const auto all = end_all(session.user, std::nullopt, cause, call);
    if (!all) return all.error();
    return {};
  }
  const auto one = end_session(session.user, session.id, cause, call);
  if (!one) return one.error();
  return {};
}

Result<void> Revocation::enforce_limit(const sessions::Session& opened, std::uint32_t limit, const Client& client,
                                       const Call& call) const {
  if (limit == 0) return {};
  std::vector<std::string> alive;  // oldest first
  std::string cursor;
  do {
    auto page = sessions_.list(call.tenant, opened.user, page_size, cursor, call);
    if (!page) return page.error();
    for (const auto& session : page->sessions) {
      const bool is_alive = sessions::standing(session, opened.user_epoch, call.now) == sessions::Standing::Alive;
      if (is_alive) alive.push_back(session.id);
    }
    cursor = std::move(page->next_cursor);
  } while (!cursor.empty());
  for (std::size_t i = 0; i + limit < alive.size() && alive[i] != opened.id; ++i) {
    const auto done = end_session(
        opened.user, alive[i], {sessions::RevokeReason::SessionLimit, events::Type::SessionRevoked, client, {}}, call);
    if (!done) return done.error();
  }
  return {};
}

}  // namespace gatehouse::auth
