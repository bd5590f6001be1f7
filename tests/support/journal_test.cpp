// SPDX-License-Identifier: Apache-2.0
#include "support/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

// The oracle is shown histories that are right, and each of them again with one lie in it.
namespace gatehouse::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A user called ada; every act takes a millisecond and the next comes ten after it.
class Story {
 public:
  Story() { add({.deed = Deed::SignUp, .secret = "first", .made_session = "s0", .status = 201}); }

  Story& add(Act act, milliseconds takes = milliseconds(1)) {
    act.user = "ada";
    act.begun = now_;
    act.ended = now_ + takes;
    now_ = act.ended + milliseconds(10);
    told_.acts.push_back(std::move(act));
    return *this;
  }
  Story& login(const std::string& session, const std::string& password = "first", int status = 200) {
    const std::string code = status == 401 ? "INVALID_CREDENTIALS" : "";
    const auto made = status == 200 ? session : "";
    return add({.deed = Deed::Login,
                .secret = password,
                .made_session = made,
                .status = status,
                .code = code,
                .retry_after = status == 503});
  }
  Story& on(Deed deed, const std::string& session, int status, const std::string& code = {}) {
    return add({.deed = deed, .session = session, .status = status, .code = code, .retry_after = status == 503});
  }
  Story& refresh(const std::string& token, const std::string& successor, int status = 200) {
    return add({.deed = Deed::Refresh,
                .session = "s0",
                .secret = token,
                .made_secret = successor,
                .status = status,
                .retry_after = status == 503});
  }
  Story& new_password(const std::string& from, const std::string& to, const std::string& session, int status = 200) {
    return add({.deed = Deed::ChangePassword,
                .session = "s0",
                .secret = from,
                .made_session = session,
                .made_secret = to,
                .status = status,
                .retry_after = status == 503});
  }
  Story& fault_begins(Fault::Readiness readiness = Fault::Readiness::Either) {
    told_.faults.push_back({now_, now_, readiness});
    now_ += milliseconds(1);
    return *this;
  }
  Story& fault_ends() {
    told_.faults.back().ended = now_;
    now_ += milliseconds(1);
    return *this;
  }
  Story& ready(int status) {
    told_.readiness.push_back({now_, now_, status});
    return *this;
  }
  Story& later(milliseconds time) {
    now_ += time;
    return *this;
  }

  std::vector<std::string> judged(Rules rules = {.deadline = seconds(1)}) const { return objections(told_, rules); }
  std::vector<std::string> audited(const std::vector<AuditEvent>& events, const Rules& rules = {}) const {
    std::set<std::string> may_end_twice;
    return audited(events, rules, may_end_twice);
  }
  std::vector<std::string> audited(const std::vector<AuditEvent>& events, const Rules& rules,
                                   std::set<std::string>& may_end_twice) const {
    return audit_objections(told_, events, rules, may_end_twice);
  }

 private:
  History told_;
  Moment now_{std::chrono::hours(1)};
};

// A fault in which the answer to `act` stayed away, and a server that serves again.
Story doubtful(Act act) {
  Story story;
  act.status = 503;
  act.retry_after = true;
  return story.fault_begins().add(std::move(act)).fault_ends();
}

TEST(Oracle, HasNothingAgainstAnHonestHistory) {
  Story story;
  story.login("s1").on(Deed::Use, "s1", 200).refresh("a", "b").on(Deed::Logout, "s1", 204);
  story.on(Deed::Use, "s1", 401, "SESSION_REVOKED").ready(200);
  story.fault_begins(Fault::Readiness::Falls).refresh("b", "", 503).ready(503).fault_ends();
  story.refresh("b", "c").refresh("b", "c").new_password("first", "second", "s2").login("s3", "second").ready(200);
  story.later(seconds(9)).on(Deed::Use, "s2", 200).on(Deed::Forge, "s2", 401).ready(200);
  EXPECT_THAT(story.judged(), IsEmpty());
}

TEST(Oracle, SeesAnEndedSessionThatLives) {
  for (const auto deed : {Deed::Use, Deed::Refresh}) {
    Story story;
    EXPECT_THAT(story.on(Deed::Logout, "s0", 204).on(deed, "s0", 200).judged(),
                ElementsAre(HasSubstr("whose end by Logout was acknowledged")));
  }
}

TEST(Oracle, SeesASessionLiveThatAnotherHasEnded) {
  Story story;
  story.login("s1").add({.deed = Deed::RevokeOne, .session = "s0", .target = "s1", .status = 204});
  EXPECT_THAT(story.on(Deed::Use, "s0", 200).on(Deed::Use, "s1", 200).judged(), ElementsAre(HasSubstr("RevokeOne")));
}

TEST(Oracle, SeesASessionLiveThatEndedWithAllOthers) {
  EXPECT_THAT(Story().login("s1").on(Deed::RevokeAll, "s0", 204).on(Deed::Use, "s1", 200).judged(),
              ElementsAre(HasSubstr("RevokeAll")));
  EXPECT_THAT(Story().new_password("first", "second", "s1").on(Deed::Use, "s1", 200).on(Deed::Use, "s0", 200).judged(),
              ElementsAre(HasSubstr("ChangePassword")));
  EXPECT_THAT(Story().on(Deed::Replay, "s0", 401, "TOKEN_REUSED").on(Deed::Use, "s0", 200).judged(),
              ElementsAre(HasSubstr("Replay")));
}

TEST(Oracle, LetsAnEndInDoubtBeOneOrTheOtherButNotUndone) {
  const Act logout{.deed = Deed::Logout, .session = "s0"};
  EXPECT_THAT(doubtful(logout).on(Deed::Use, "s0", 200).on(Deed::Use, "s0", 401).judged(), IsEmpty());
  EXPECT_THAT(doubtful(logout).on(Deed::Use, "s0", 401).on(Deed::Use, "s0", 200).judged(),
              ElementsAre(HasSubstr("refused before")));
}

TEST(Oracle, SeesASessionThatIsLost) {
  Story story;
  story.login("s1").on(Deed::Logout, "s1", 204).on(Deed::Refresh, "s0", 401, "TOKEN_INVALID");
  EXPECT_THAT(story.judged(), ElementsAre(HasSubstr("lost that nobody has ended")));
  EXPECT_THAT(story.judged({.store_forgets_sessions = true}), IsEmpty());
}

TEST(Oracle, SeesASecondSuccessor) {
  EXPECT_THAT(Story().refresh("a", "b").refresh("a", "c").judged(), ElementsAre(HasSubstr("second successor")));
}

TEST(Oracle, SeesWhoIsLetInWhoMustNotBe) {
  for (const auto deed : {Deed::WrongPassword, Deed::Forge, Deed::Replay}) {
    EXPECT_THAT(Story().on(deed, "", 200).judged(), ElementsAre(HasSubstr("let in"))) << name_of(deed);
  }
}

TEST(Oracle, SeesAPasswordThatIsNotTheAccountsAnyMore) {
  EXPECT_THAT(Story().new_password("first", "second", "s1").login("s2", "first").judged(),
              ElementsAre(HasSubstr("not the account's")));
  EXPECT_THAT(Story().new_password("first", "second", "s1").login("s2", "second", 401).judged(),
              ElementsAre(HasSubstr("was refused")));
}

TEST(Oracle, LetsAPasswordInDoubtBeOneOrTheOtherUntilTheNewOneIsSeen) {
  const Act change{.deed = Deed::ChangePassword, .session = "s0", .secret = "first", .made_secret = "second"};
  EXPECT_THAT(doubtful(change).login("", "second", 401).login("s1", "first").login("s2", "second").judged(), IsEmpty());
  EXPECT_THAT(doubtful(change).login("s1", "second").login("s2", "first").judged(),
              ElementsAre(HasSubstr("not the account's")));
}

TEST(Oracle, SeesAnAnswerNobodyWasPromised) {
  EXPECT_THAT(Story().on(Deed::Use, "s0", 500).judged(), ElementsAre(HasSubstr("promised")));
  EXPECT_THAT(Story().on(Deed::Use, "s0", 403).judged(), ElementsAre(HasSubstr("promised")));
  EXPECT_THAT(Story().add({.deed = Deed::Login, .status = 429}).judged(), ElementsAre(HasSubstr("come again")));
  EXPECT_THAT(Story().add({.deed = Deed::RevokeOne, .session = "s0", .target = "s0", .status = 404}).judged(),
              ElementsAre(HasSubstr("there is such a session")));
}

TEST(Oracle, LetsASignUpInDoubtHaveHappenedAndNoOther) {
  const Act taken{.deed = Deed::SignUp, .secret = "first", .status = 409, .code = "DUPLICATE_EMAIL"};
  EXPECT_THAT(doubtful({.deed = Deed::SignUp, .secret = "first"}).add(taken).login("s1").judged(), IsEmpty());
  History history;
  history.acts.push_back(taken);
  EXPECT_THAT(objections(history, {}), ElementsAre(HasSubstr("nobody has signed up so")));
}

TEST(Oracle, SeesAFailureWithoutAFault) {
  EXPECT_THAT(Story().on(Deed::Use, "s0", 503).judged(), ElementsAre(HasSubstr("no fault explains")));
}

TEST(Oracle, SeesAFailureThatOutlivesItsFault) {
  Story story;
  story.fault_begins().fault_ends().later(milliseconds(4900)).on(Deed::Use, "s0", 503).on(Deed::Use, "s0", 200);
  EXPECT_THAT(story.judged(), IsEmpty());
  story.later(milliseconds(100)).on(Deed::Use, "s0", 503);
  EXPECT_THAT(story.judged(), ElementsAre(HasSubstr("no fault explains")));
}

TEST(Oracle, SeesAnAnswerThatStaysAwayThoughNobodyWasKilled) {
  Story story;
  story.fault_begins().on(Deed::Use, "s0", 0).fault_ends().on(Deed::Use, "s0", 200);
  EXPECT_THAT(story.judged(), ElementsAre(HasSubstr("no server was killed")));
  EXPECT_THAT(story.judged({.servers_die = true}), IsEmpty());
}

TEST(Oracle, SeesAUserWhoIsNotServedAgain) {
  EXPECT_THAT(Story().fault_begins().fault_ends().on(Deed::Use, "s0", 503).judged(),
              ElementsAre(HasSubstr("nothing was done after the last fault")));
}

TEST(Oracle, SeesAnAnswerThatTakesLongerThanItsDeadline) {
  const Act use{.deed = Deed::Use, .session = "s0", .status = 200};
  EXPECT_THAT(Story().fault_begins().add(use, milliseconds(1400)).fault_ends().add(use).judged(), IsEmpty());
  EXPECT_THAT(Story().fault_begins().add(use, milliseconds(1600)).fault_ends().add(use).judged(),
              ElementsAre(HasSubstr("an answer took 1600 ms while a fault lasted")));
}

TEST(Oracle, SeesAReadinessThatIsWrong) {
  const auto seen = [](Fault::Readiness readiness, int during, int after) {
    Story story;
    story.fault_begins(readiness).ready(during).fault_ends().on(Deed::Use, "s0", 200);
    return story.later(seconds(5)).ready(after).judged();
  };
  EXPECT_THAT(seen(Fault::Readiness::Falls, 503, 200), IsEmpty());
  EXPECT_THAT(seen(Fault::Readiness::Falls, 200, 200), ElementsAre(HasSubstr("did not fall")));
  EXPECT_THAT(seen(Fault::Readiness::Stays, 503, 200), ElementsAre(HasSubstr("/readyz answered 503")));
  EXPECT_THAT(seen(Fault::Readiness::Either, 503, 503), ElementsAre(HasSubstr("/readyz answered 503")));
  EXPECT_THAT(Story().ready(503).judged(), ElementsAre(HasSubstr("/readyz answered 503")));
}

std::vector<AuditEvent> begun(const std::string& session) {
  return {{"session_created", "s0"}, {"session_created", session}, {"user_logged_in", session}};
}

TEST(AuditOracle, HasNothingAgainstAWholeStream) {
  auto events = begun("s1");
  events.insert(events.end(), {{"user_logged_out", "s1"}, {"session_revoked", ""}, {"session_revoked", "s0"}});
  EXPECT_THAT(Story().login("s1").on(Deed::Logout, "s1", 204).on(Deed::RevokeAll, "s0", 200).audited(events),
              IsEmpty());
}

TEST(AuditOracle, SeesABeginOrAnEndOfWhichNothingWasWritten) {
  EXPECT_THAT(Story().login("s1").audited({{"session_created", "s0"}, {"session_created", "s1"}}),
              ElementsAre(HasSubstr("0 events of its login")));
  EXPECT_THAT(Story().login("s1").on(Deed::Logout, "s1", 204).audited(begun("s1")),
              ElementsAre(HasSubstr("0 events of its end")));
  EXPECT_THAT(
      Story().new_password("first", "second", "s1").audited({{"session_created", "s0"}, {"session_created", "s1"}}),
      ElementsAre(HasSubstr("0 events of its new password")));
}

TEST(AuditOracle, SeesWhatWasWrittenTwice) {
  auto events = begun("s1");
  events.insert(events.end(), {{"session_revoked", "s1"}, {"user_logged_out", "s1"}});
  EXPECT_THAT(Story().login("s1").audited(events), ElementsAre(HasSubstr("session s1: 2 events of its end")));
}

TEST(AuditOracle, LetsAnEndInDoubtBeSilentOrToldTwiceOnlyWhereEventsAreInAnotherStore) {
  auto story = doubtful({.deed = Deed::Logout, .session = "s0"});
  story.login("s1").add({.deed = Deed::RevokeOne, .session = "s1", .target = "s0", .status = 204});
  EXPECT_THAT(story.audited(begun("s1")), ElementsAre(HasSubstr("0 events of its end")));
  EXPECT_THAT(story.audited(begun("s1"), {.events_live_elsewhere = true}), IsEmpty());

  auto events = begun("s1");
  events.insert(events.end(), {{"user_logged_out", "s0"}, {"session_revoked", "s0"}});
  EXPECT_THAT(story.audited(events), Contains(HasSubstr("session s0: 2 events of its end")));
  EXPECT_THAT(story.audited(events, {.events_live_elsewhere = true}), IsEmpty());
  events.push_back({"session_revoked", "s0"});
  EXPECT_THAT(story.audited(events, {.events_live_elsewhere = true}), ElementsAre(HasSubstr("3 events of its end")));
}

TEST(AuditOracle, RemembersWhichEndsOfAFormerHistoryMayStandTwice) {
  const Rules rules{.events_live_elsewhere = true};
  std::set<std::string> may_end_twice;
  auto events = begun("s1");
  EXPECT_THAT(Story().login("s1").on(Deed::Logout, "s1", 503).audited(events, rules, may_end_twice), IsEmpty());

  // They came after the former history had been judged.
  events.insert(events.end(), {{"user_logged_out", "s1"}, {"session_revoked", "s1"}});
  EXPECT_THAT(Story().audited(events, rules, may_end_twice), IsEmpty());
  EXPECT_THAT(Story().audited(events, rules), ElementsAre(HasSubstr("session s1: 2 events of its end")));
}

}  // namespace
}  // namespace gatehouse::test
