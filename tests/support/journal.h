// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::test {

using Moment = std::chrono::steady_clock::time_point;

// What a client can do. Forge shows a refresh token with a wrong bit, Replay one that was used before, without a key
// that would make it a retry.
enum class Deed : std::uint8_t {
  SignUp,
  Login,
  WrongPassword,
  Use,
  Refresh,
  Replay,
  Forge,
  Logout,
  RevokeOne,
  RevokeAll,
  ChangePassword
};

std::string_view name_of(Deed deed);

// One deed and what came of it, as its client saw it.
struct Act {
  Deed deed = Deed::Use;
  std::string user{};
  std::string session{};       // whose token was shown
  std::string target{};        // RevokeOne: the session that was to end
  std::string secret{};        // the refresh token or password that was shown
  std::string made_session{};  // that began
  std::string made_secret{};   // the token that succeeds, the password that replaces
  int status = 0;              // 0: no answer
  std::string code{};          // of a refusal
  bool retry_after = false;
  Moment begun{};
  Moment ended{};
};

// Whether the answer says that it was done.
bool done(const Act& act);
// Whether nothing was said about it: no answer, or "later".
bool unanswered(const Act& act);

// What was done to the servers or to what they depend on.
struct Fault {
  enum class Readiness : std::uint8_t { Stays, Falls, Either };  // what /readyz has to say meanwhile
  Moment begun{};
  Moment ended{};
  Readiness readiness = Readiness::Either;
};

struct ReadinessSample {
  Moment begun{};
  Moment ended{};
  int status = 0;  // 0: no answer
};

// A row of the stream of events.
struct AuditEvent {
  std::string type;
  std::string session;
};

struct History {
  std::vector<Act> acts{};  // of one user: in order, none before the end of the one before
  std::vector<Fault> faults{};
  std::vector<ReadinessSample> readiness{};
};

struct Rules {
  bool servers_die = false;             // then an answer may stay away while a fault lasts
  bool store_forgets_sessions = false;  // then a session may be gone that nobody has ended
  // In another store than sessions: what is in doubt may be told there and not done here, or the other way round.
  bool events_live_elsewhere = false;
  std::chrono::milliseconds deadline{};
  std::chrono::milliseconds recovers_in = std::chrono::seconds(5);
};

// The oracle of the fault tests. Each sentence is something that must not be in a history, with its user and time:
// - a session lives whose end was acknowledged, or that was refused before; a replaced password logs in;
// - a session is refused that was acknowledged and that nobody tried to end; the account's only password is refused;
// - two successors of one token; a forgery, a replay or a wrong password is let in;
// - a status no client was promised, or 429 and 503 without Retry-After;
// - a refusal for want of a backend, or no answer, other than from the begin of a fault to `recovers_in` after its end;
//   a user for whom nothing was done after the last fault;
// - while a fault lasted an answer took longer than the deadline and 200 ms; what this machine needs is added: four
//   times the 99th percentile of the time without a fault, and 300 ms at least;
// - /readyz did not fall, or fell, or has not come back `recovers_in` after the fault.
// An act without an answer may take effect at any later time, or never.
std::vector<std::string> objections(const History& history, const Rules& rules);

// The same about the stream of events: each acknowledged begin or end of a session and change of a password has one
// event, and nothing has two. `may_end_twice`: sessions of former histories that the stream still tells of, whose end
// may stand there twice; those of this one are added.
std::vector<std::string> audit_objections(const History& history, const std::vector<AuditEvent>& events,
                                          const Rules& rules, std::set<std::string>& may_end_twice);

// How long answers took.
struct Latency {
  std::chrono::milliseconds calm{};     // the 99th percentile outside of faults
  std::chrono::milliseconds slowest{};  // while a fault lasted
};
Latency latency(const History& history);

// From the end of the last fault to the last failure.
std::chrono::milliseconds recovery(const History& history);

}  // namespace gatehouse::test
