// SPDX-License-Identifier: Apache-2.0
#include "support/journal.h"

#include <map>
#include <set>
#include <utility>

namespace gatehouse::test {
namespace {

// What the history says must be in the stream.
struct Expected {
  bool begun_by_login = false;
  bool new_password = false;   // began with one
  bool ended = false;          // acknowledged
  bool perhaps_ended = false;  // by what was not answered
  bool ended_quietly = false;  // by a new password, whose event tells it
};

using Sessions = std::map<std::string, std::map<std::string, Expected>>;  // by user

void expect(Sessions& all, const Act& act) {
  auto& sessions = all[act.user];
  const bool reuse = act.deed == Deed::Replay && (act.code == "TOKEN_REUSED" || unanswered(act));
  const bool new_password = act.deed == Deed::ChangePassword;
  const bool ends_all = act.deed == Deed::RevokeAll || new_password || reuse;
  for (auto& [id, session] : sessions) {
    const bool meant = ends_all || (act.deed == Deed::Logout && id == act.session) ||
                       (act.deed == Deed::RevokeOne && id == act.target);
    if (!meant) continue;
    session.perhaps_ended = session.perhaps_ended || unanswered(act);
    session.ended_quietly = session.ended_quietly || (new_password && (done(act) || unanswered(act)));
    session.ended = session.ended || done(act) || (reuse && !unanswered(act));
  }
  if (!done(act) || act.made_session.empty()) return;
  sessions[act.made_session] = {act.deed == Deed::Login, new_password, false, false, false};
}

class Counts {
 public:
  explicit Counts(const std::vector<AuditEvent>& events) {
    for (const auto& event : events) ++by_type_[event.type][event.session];
  }
  int of(const std::string& type, const std::string& session) const {
    const auto sessions = by_type_.find(type);
    if (sessions == by_type_.end()) return 0;
    const auto count = sessions->second.find(session);
    return count == sessions->second.end() ? 0 : count->second;
  }
  int ends(const std::string& session) const {
    return of("user_logged_out", session) + of("session_revoked", session) + of("refresh_token_reused", session);
  }
  // Sessions that have an event of the type.
  std::vector<std::string> sessions(const std::string& type) const {
    std::vector<std::string> ids;
    const auto found = by_type_.find(type);
    if (found == by_type_.end()) return ids;
    for (const auto& [id, count] : found->second) ids.push_back(id);
    return ids;
  }

 private:
  std::map<std::string, std::map<std::string, int>> by_type_;
};

void judge(const std::string& user, const std::string& id, const Expected& session, const Counts& counts,
           const Rules& rules, std::vector<std::string>& objections) {
  const auto want = [&](bool wanted, int count, std::string_view what) {
    if (!wanted || count == 1) return;
    objections.push_back(user + ", session " + id + ": " + std::to_string(count) + " events of its " +
                         std::string(what));
  };
  want(true, counts.of("session_created", id), "begin");
  want(session.begun_by_login, counts.of("user_logged_in", id), "login");
  want(session.new_password, counts.of("user_password_changed", id), "new password");
  // What is in two stores may have been done in one before the answer stayed away.
  const bool split = rules.events_live_elsewhere && session.perhaps_ended;
  const bool may_be_silent = session.ended_quietly || split || rules.store_forgets_sessions;
  want(session.ended && !may_be_silent, counts.ends(id), "end");
}

}  // namespace

std::vector<std::string> audit_objections(const History& history, const std::vector<AuditEvent>& events,
                                          const Rules& rules, std::set<std::string>& may_end_twice) {
  Sessions all;
  for (const auto& act : history.acts) expect(all, act);
  const Counts counts(events);
  std::vector<std::string> objections;
  for (const auto& [user, sessions] : all) {
    for (const auto& [id, session] : sessions) {
      judge(user, id, session, counts, rules, objections);
      // Its end was told where users and events are, and its record learnt of it from the next who looked.
      if (rules.events_live_elsewhere && session.perhaps_ended) may_end_twice.insert(id);
    }
  }
  for (const auto* type : {"session_created", "user_logged_in", "user_password_changed"}) {
    for (const auto& id : counts.sessions(type)) {
      if (counts.of(type, id) > 1) objections.push_back("session " + id + ": two events " + type);
    }
  }
  std::set<std::string> ended;
  for (const auto* type : {"user_logged_out", "session_revoked", "refresh_token_reused"}) {
    for (auto& id : counts.sessions(type)) ended.insert(std::move(id));
  }
  for (const auto& id : ended) {
    const int most = may_end_twice.contains(id) ? 2 : 1;
    if (!id.empty() && counts.ends(id) > most)
      objections.push_back("session " + id + ": " + std::to_string(counts.ends(id)) + " events of its end");
  }
  return objections;
}

}  // namespace gatehouse::test
