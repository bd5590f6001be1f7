// SPDX-License-Identifier: Apache-2.0
#include "support/journal.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace gatehouse::test {
namespace {

using std::chrono::milliseconds;

milliseconds whole(std::chrono::steady_clock::duration time) { return std::chrono::duration_cast<milliseconds>(time); }

// Acts and samples.
template <class Seen>
bool overlaps(const Seen& seen, const Fault& fault, milliseconds more = {}) {
  return seen.begun <= fault.ended + more && seen.ended >= fault.begun;
}

milliseconds percentile99(std::vector<milliseconds> times) {
  if (times.empty()) return {};
  const auto at = static_cast<std::ptrdiff_t>(times.size() - 1 - times.size() / 100);
  std::nth_element(times.begin(), times.begin() + at, times.end());
  return times[static_cast<std::size_t>(at)];
}

class Judge {
 public:
  Judge(const History& history, const Rules& rules) : history_(history), rules_(rules) {
    for (const auto& act : history.acts) start_ = std::min(start_, act.begun);
  }

  std::vector<std::string> run() {
    for (const auto& act : history_.acts) {
      judge_answer(act);
      judge_token(act);
      judge_password(act);
      judge_session(act);
      take_effect(act);
    }
    judge_recovery();
    judge_latency();
    judge_readiness();
    return std::move(objections_);
  }

 private:
  struct Session {
    std::optional<Deed> ended_by;  // acknowledged
    bool perhaps_ended = false;
    bool seen_dead = false;
  };
  struct User {
    std::map<std::string, Session> sessions;
    std::vector<std::string> passwords;  // that may be the account's, oldest first
    bool done_after_faults = false;
  };

  std::string time(Moment at) const {
    return std::string("+").append(std::to_string(whole(at - start_).count())).append(" ms");
  }

  void object(const Act& act, const std::string& what) {
    objections_.push_back(act.user + ", " + std::string(name_of(act.deed)) + " at " + time(act.begun) + " answered " +
                          std::to_string(act.status) + ' ' + act.code + ": " + what);
  }

  void judge_answer(const Act& act) {
    const bool never = act.deed == Deed::WrongPassword || act.deed == Deed::Forge || act.deed == Deed::Replay;
    if (never && done(act)) object(act, "it was let in");
    if (act.status == 429 || act.status == 503) {
      if (!act.retry_after) object(act, "it does not say when to come again");
    } else if (act.status == 404 && act.deed == Deed::RevokeOne) {
      const auto& target = users_[act.user].sessions[act.target];
      if (!target.perhaps_ended && !rules_.store_forgets_sessions) object(act, "there is such a session");
    } else if (act.status == 409 && act.deed == Deed::SignUp) {
      if (users_[act.user].passwords.empty()) object(act, "nobody has signed up so");
    } else if (act.status != 0 && act.status != 401 && !done(act)) {
      object(act, "no client was promised such an answer");
    }
    if (act.status == 0 && !rules_.servers_die) object(act, "no answer, and no server was killed");
    if (!unanswered(act)) return;
    const auto covers = [&](const Fault& fault) { return overlaps(act, fault, rules_.recovers_in); };
    if (std::none_of(history_.faults.begin(), history_.faults.end(), covers)) {
      object(act, "a failure that no fault explains");
    }
  }

  void judge_token(const Act& act) {
    if (act.deed != Deed::Refresh || !done(act)) return;
    auto& successors = successors_[act.secret];
    successors.insert(act.made_secret);
    if (successors.size() == 2) object(act, "a second successor of one token");
  }

  void judge_password(const Act& act) {
    auto& passwords = users_[act.user].passwords;
    const bool refused = act.status == 401 && act.code == "INVALID_CREDENTIALS";
    if (act.deed != Deed::Login && !(act.deed == Deed::ChangePassword && (refused || done(act)))) return;
    const auto at = std::find(passwords.begin(), passwords.end(), act.secret);
    if (done(act)) {
      if (at == passwords.end()) return object(act, "a password that is not the account's");
      // Who sees a new one sees the end of those before.
      passwords.erase(passwords.begin(), at);
    } else if (refused && passwords.size() == 1 && at != passwords.end()) {
      object(act, "the account's password was refused");
    }
  }

  void judge_session(const Act& act) {
    if (act.session.empty() || unanswered(act) || act.deed == Deed::Forge) return;
    auto& session = users_[act.user].sessions[act.session];
    if (done(act)) {
      if (session.ended_by) {
        object(act, "a session lives whose end by " + std::string(name_of(*session.ended_by)) + " was acknowledged");
      } else if (session.seen_dead) {
        object(act, "a session lives that was refused before");
      }
      return;
    }
    if (act.status != 401 || act.code == "INVALID_CREDENTIALS") return;
    const bool ends_itself = act.deed == Deed::Replay && act.code == "TOKEN_REUSED";
    if (!session.ended_by && !session.perhaps_ended && !ends_itself && !rules_.store_forgets_sessions) {
      object(act, "a session is lost that nobody has ended");
    }
    session.seen_dead = true;
  }

  // A replay ends all sessions of its user, as tokens.on_reuse says without another setting.
  void take_effect(const Act& act) {
    auto& user = users_[act.user];
    const bool reuse = act.deed == Deed::Replay && (act.code == "TOKEN_REUSED" || unanswered(act));
    const bool ends_all = act.deed == Deed::RevokeAll || act.deed == Deed::ChangePassword || reuse;
    for (auto& [id, session] : user.sessions) {
      const bool meant = ends_all || (act.deed == Deed::Logout && id == act.session) ||
                         (act.deed == Deed::RevokeOne && id == act.target);
      if (!meant) continue;
      if (done(act) || (reuse && !unanswered(act))) {
        if (!session.ended_by) session.ended_by = act.deed;
      } else if (unanswered(act)) {
        session.perhaps_ended = true;
      }
    }
    if (act.deed == Deed::SignUp && (done(act) || unanswered(act))) user.passwords = {act.secret};
    if (act.deed == Deed::ChangePassword) {
      if (done(act)) user.passwords = {act.made_secret};
      if (unanswered(act)) user.passwords.push_back(act.made_secret);
    }
    if (done(act) && !act.made_session.empty()) user.sessions.try_emplace(act.made_session);
    if (done(act) && !history_.faults.empty() && act.begun >= history_.faults.back().ended) {
      user.done_after_faults = true;
    }
  }

  void judge_recovery() {
    if (history_.faults.empty()) return;
    for (const auto& [name, user] : users_) {
      if (!user.done_after_faults) objections_.push_back(name + ": nothing was done after the last fault");
    }
  }

  void judge_latency() {
    const auto seen = latency(history_);
    const auto machine = std::max(4 * seen.calm, milliseconds(300));
    if (history_.faults.empty() || seen.slowest <= rules_.deadline + milliseconds(200) + machine) return;
    objections_.push_back("an answer took " + std::to_string(seen.slowest.count()) + " ms while a fault lasted, " +
                          std::to_string(seen.calm.count()) + " ms before; the deadline is " +
                          std::to_string(rules_.deadline.count()) + " ms");
  }

  void judge_readiness() {
    std::set<const Fault*> fell;
    for (const auto& sample : history_.readiness) {
      if (sample.status == 0) continue;
      bool may_fall = false;
      for (const auto& fault : history_.faults) {
        if (overlaps(sample, fault) && sample.status == 503) fell.insert(&fault);
        const bool stays = fault.readiness == Fault::Readiness::Stays;
        may_fall = may_fall || (!stays && overlaps(sample, fault, rules_.recovers_in));
      }
      if (sample.status == 200 || (sample.status == 503 && may_fall)) continue;
      objections_.push_back("/readyz answered " + std::to_string(sample.status) + " at " + time(sample.begun));
    }
    for (const auto& fault : history_.faults) {
      if (fault.readiness != Fault::Readiness::Falls || fell.contains(&fault)) continue;
      objections_.push_back("/readyz did not fall in the fault from " + time(fault.begun) + " to " + time(fault.ended));
    }
  }

  const History& history_;
  const Rules& rules_;
  Moment start_ = Moment::max();
  std::map<std::string, User> users_;
  std::map<std::string, std::set<std::string>> successors_;
  std::vector<std::string> objections_;
};

}  // namespace

std::string_view name_of(Deed deed) {
  switch (deed) {
    case Deed::SignUp: return "SignUp";
    case Deed::Login: return "Login";
    case Deed::WrongPassword: return "WrongPassword";
    case Deed::Use: return "Use";
    case Deed::Refresh: return "Refresh";
    case Deed::Replay: return "Replay";
    case Deed::Forge: return "Forge";
    case Deed::Logout: return "Logout";
    case Deed::RevokeOne: return "RevokeOne";
    case Deed::RevokeAll: return "RevokeAll";
    case Deed::ChangePassword: return "ChangePassword";
  }
  return "?";
}

bool done(const Act& act) { return act.status >= 200 && act.status < 300; }

bool unanswered(const Act& act) { return act.status == 0 || act.status == 503; }

std::vector<std::string> objections(const History& history, const Rules& rules) { return Judge(history, rules).run(); }

Latency latency(const History& history) {
  std::vector<milliseconds> calm;
  milliseconds slowest{};
  for (const auto& act : history.acts) {
    if (act.status == 0) continue;
    const auto in = [&](const Fault& fault) { return overlaps(act, fault); };
    const auto took = whole(act.ended - act.begun);
    if (std::none_of(history.faults.begin(), history.faults.end(), in)) {
      calm.push_back(took);
    } else {
      slowest = std::max(slowest, took);
    }
  }
  return {percentile99(std::move(calm)), slowest};
}

milliseconds recovery(const History& history) {
  milliseconds longest{};
  if (history.faults.empty()) return longest;
  const auto end = history.faults.back().ended;
  for (const auto& act : history.acts) {
    if (unanswered(act) && act.ended > end) longest = std::max(longest, whole(act.ended - end));
  }
  return longest;
}

}  // namespace gatehouse::test
