// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

#include <gatehouse/store.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::test {
namespace {

// The store of the users has done its part, and the other one fails.
class SessionsApart : public AuthFixture {
 protected:
  explicit SessionsApart(bool lockout = false) : AuthFixture(settings(lockout), Stores::SessionsApart) {}
  static app::ServiceSettings settings(bool lockout) {
    auto settings = fast({});
    settings.lockout.enabled = lockout;
    return settings;
  }
  Answer change_password(const Answer& mine) {
    return post("/change-password", {{"currentPassword", good_password}, {"newPassword", next_password}},
                mine.text("accessToken"));
  }
  Answer reauthenticate(const Answer& mine) {
    return post("/reauthenticate", {{"password", good_password}}, mine.text("accessToken"));
  }
  // While a store fails once, before and after it has done what it was asked for.
  void expect_sessions_of_passwords_shown_again(StoreFaults& store) {
    auto mine = signup();
    for (const bool done : {false, true}) {
      if (done) {
        store.answer_after(StoreVerb::Commit, GH_IN_DOUBT, 1);
      } else {
        store.answer(StoreVerb::Commit, GH_UNAVAILABLE, 1);
      }
      const auto again = reauthenticate(mine);
      ASSERT_EQ(again.status, 200) << done << again.refusal();
      EXPECT_EQ(get("/user", again.text("accessToken")).status, 200) << done;
      EXPECT_EQ(get("/user", mine.text("accessToken")).code, Code::SessionRevoked) << done;
      mine = again;
    }
    EXPECT_EQ(events("session_revoked").size(), 2U);
  }
};

TEST_F(SessionsApart, AChangedPasswordGivesNoTokensOfASessionThatIsNotStored) {
  const auto mine = signup();
  mails();
  second_store_faults.answer(StoreVerb::Commit, GH_UNAVAILABLE);
  EXPECT_EQ(change_password(mine).code, Code::InDoubt);
  second_store_faults.clear();
  EXPECT_EQ(login("ada@example.org", next_password).status, 200);
  EXPECT_EQ(only_mail().subject, "Your password was changed");
}

TEST_F(SessionsApart, AChangedPasswordOpensItsSessionWhenTheStoreIsBackAtOnce) {
  const auto mine = signup();
  for (const bool done : {false, true}) {
    mails();
    const auto now = done ? login("ada@example.org", next_password) : mine;
    if (done) {
      second_store_faults.answer_after(StoreVerb::Commit, GH_IN_DOUBT, 1);
    } else {
      second_store_faults.answer(StoreVerb::Commit, GH_UNAVAILABLE, 1);
    }
    const auto changed = post("/change-password",
                              {{"currentPassword", done ? next_password : good_password},
                               {"newPassword", done ? good_password : next_password}},
                              now.text("accessToken"));
    ASSERT_EQ(changed.status, 200) << done;
    EXPECT_EQ(get("/user", changed.text("accessToken")).status, 200) << done;
  }
}

// A refresh of the caller's session comes between the read of it and the users' part of a commit that writes both.
class SessionsApartAndBusy : public SessionsApart {
 protected:
  using SessionsApart::SessionsApart;
  // The tokens of that refresh.
  Answer refresh_amid(const Answer& mine, const std::function<void()>& act) {
    store_faults.hold(StoreVerb::Commit);
    std::thread owner(act);
    store_faults.wait_held(StoreVerb::Commit);
    auto refreshed = refresh(mine.text("refreshToken"));
    store_faults.release(StoreVerb::Commit);
    owner.join();
    EXPECT_EQ(refreshed.status, 200) << refreshed.refusal();
    return refreshed;
  }
};

TEST_F(SessionsApartAndBusy, TheSparedSessionGoesOnWhenAllOthersEnd) {
  const auto other = signup();
  const auto mine = login();
  Answer ended;
  const auto refreshed = refresh_amid(mine, [&] {
    ended = post("/sessions/revoke-all", {{"exceptCurrent", true}}, mine.text("accessToken"));
  });
  ASSERT_EQ(ended.status, 200) << ended.refusal();
  EXPECT_EQ(ended.body.at("revoked"), 1);
  EXPECT_EQ(get("/user", other.text("accessToken")).code, Code::SessionRevoked);
  EXPECT_EQ(get("/user", refreshed.text("accessToken")).status, 200);
  EXPECT_EQ(refresh(refreshed.text("refreshToken")).status, 200);
}

TEST_F(SessionsApartAndBusy, ALogoutEverywhereEndsTheCallersTooAndSaysSo) {
  const auto mine = signup();
  Answer ended;
  const auto refreshed = refresh_amid(mine, [&] {
    ended = post("/logout", {{"everywhere", true}}, mine.text("accessToken"));
  });
  EXPECT_EQ(ended.status, 204) << ended.refusal();
  EXPECT_EQ(refresh(refreshed.text("refreshToken")).code, Code::SessionRevoked);
  EXPECT_EQ(events("user_logged_out").size(), 1U);
  EXPECT_TRUE(events("session_revoked").empty()) << "its end is told twice";
}

TEST_F(SessionsApartAndBusy, AChangedPasswordOpensItsSession) {
  const auto mine = signup();
  Answer changed;
  const auto refreshed = refresh_amid(mine, [&] { changed = change_password(mine); });
  ASSERT_EQ(changed.status, 200) << changed.refusal();
  EXPECT_EQ(get("/user", changed.text("accessToken")).status, 200);
  EXPECT_EQ(refresh(refreshed.text("refreshToken")).code, Code::SessionRevoked);
}

TEST_F(SessionsApartAndBusy, AChangedPasswordOpensNoSessionForOneThatWasEndedMeanwhile) {
  const auto mine = signup();
  sessions::SessionStore sessions(*storage, app::session_kind_id);
  Answer changed;
  store_faults.hold(StoreVerb::Commit);
  std::thread owner([&] { changed = change_password(mine); });
  store_faults.wait_held(StoreVerb::Commit);
  auto all = sessions.list("default", mine.body.at("user").at("id").get<std::string>(), 10, {}, call());
  ASSERT_TRUE(all && all->sessions.size() == 1);
  auto& session = all->sessions.front();
  sessions::revoke(session, sessions::RevokeReason::RevokedByUser, clock.now());
  const auto values = sessions::encode(session);
  const std::vector<providers::Write> writes{sessions.put(session, values)};
  const auto ended = storage->commit(writes, call());
  store_faults.release(StoreVerb::Commit);
  owner.join();
  ASSERT_TRUE(ended && !*ended);
  EXPECT_EQ(changed.code, Code::InDoubt);
  EXPECT_EQ(login("ada@example.org", next_password).status, 200);
}

// The counters of wrong passwords, and the events with them, come before the sessions.
class CountersBeforeSessions : public SessionsApartAndBusy {
 protected:
  CountersBeforeSessions() : SessionsApartAndBusy(true) {}
};

TEST_F(CountersBeforeSessions, APasswordShownAgainBesideARefreshOpensItsSession) {
  const auto mine = signup();
  Answer again;
  const auto refreshed = refresh_amid(mine, [&] { again = reauthenticate(mine); });
  ASSERT_EQ(again.status, 200) << again.refusal();
  EXPECT_EQ(get("/user", again.text("accessToken")).status, 200);
  EXPECT_EQ(refresh(again.text("refreshToken")).status, 200);
  EXPECT_EQ(refresh(refreshed.text("refreshToken")).code, Code::SessionRevoked);
  EXPECT_EQ(events("session_revoked").size(), 1U) << "its end is told twice";
}

TEST_F(CountersBeforeSessions, APasswordShownAgainOpensItsSessionWhenTheirStoreIsBackAtOnce) {
  expect_sessions_of_passwords_shown_again(second_store_faults);
}

TEST_F(CountersBeforeSessions, APasswordShownAgainThatCannotBeStoredInBothIsInDoubtAndEndsNothing) {
  const auto mine = signup();
  second_store_faults.answer(StoreVerb::Commit, GH_UNAVAILABLE);
  EXPECT_EQ(reauthenticate(mine).code, Code::InDoubt);
  second_store_faults.clear();
  EXPECT_EQ(refresh(mine.text("refreshToken")).status, 200);
}

TEST_F(CountersBeforeSessions, APasswordShownAgainIsStoredAnewWhenACommitInDoubtHasNotHappened) {
  const auto mine = signup();
  store_faults.answer(StoreVerb::Commit, GH_IN_DOUBT, 1);
  const auto again = reauthenticate(mine);
  ASSERT_EQ(again.status, 200) << again.refusal();
  EXPECT_EQ(get("/user", again.text("accessToken")).status, 200);
  EXPECT_EQ(get("/user", mine.text("accessToken")).code, Code::SessionRevoked);
  EXPECT_EQ(events("session_revoked").size(), 1U);
}

TEST_F(CountersBeforeSessions, APasswordShownAgainIsInDoubtWhenCommitsStayInDoubt) {
  const auto mine = signup();
  const auto before = store_faults.calls(StoreVerb::Commit);
  store_faults.answer(StoreVerb::Commit, GH_IN_DOUBT);
  EXPECT_EQ(reauthenticate(mine).code, Code::InDoubt);
  EXPECT_EQ(store_faults.calls(StoreVerb::Commit), before + 2);
  store_faults.clear();
  EXPECT_EQ(refresh(mine.text("refreshToken")).status, 200);
}

// Without counters the sessions' store does its part first.
TEST_F(SessionsApart, APasswordShownAgainOpensItsSessionWhenTheStoreOfItsEventsIsBackAtOnce) {
  expect_sessions_of_passwords_shown_again(store_faults);
}

TEST_F(SessionsApart, ARevocationThatCannotBeStoredInBothIsInDoubt) {
  const auto mine = signup();
  second_store_faults.answer(StoreVerb::Commit, GH_UNAVAILABLE);
  EXPECT_EQ(post("/sessions/revoke-all", {{"exceptCurrent", true}}, mine.text("accessToken")).code, Code::InDoubt);
}

class MailApart : public AuthFixture {
 protected:
  MailApart() : AuthFixture(fast({}), Stores::MailApart) {}
  // The subject of the one mail that was written, after the second store has failed once at what `act` does.
  std::string subject_after_fault(const std::function<int()>& act, int expected) {
    mails();
    second_store_faults.answer(StoreVerb::Commit, GH_UNAVAILABLE, 1);
    EXPECT_EQ(act(), expected);
    second_store_faults.clear();
    return only_mail().subject;
  }
};

TEST_F(MailApart, TheOwnerHearsOfEachChangeAllTheSame) {
  signup();
  mails();
  post("/forgot-password", {{"email", "ada@example.org"}});
  const auto reset = only_mail().token;
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(subject_after_fault(
                [&] {
                  return post("/reset-password", {{"token", reset}, {"password", next_password}}).status;
                },
                204),
            "Your password was changed");

  const auto session = login("ada@example.org", next_password).text("accessToken");
  post("/change-email", {{"email", "lovelace@example.org"}}, session);
  std::string address;
  for (const auto& mail : mails()) address += mail.token;
  EXPECT_EQ(subject_after_fault(
                [&] {
                  return post("/verify-email", {{"token", address}}).status;
                },
                200),
            "Your address was changed");
  EXPECT_EQ(subject_after_fault(
                [&] {
                  return post("/change-password", {{"currentPassword", next_password}, {"newPassword", good_password}},
                              session)
                      .status;
                },
                200),
            "Your password was changed");
  const auto last = login("lovelace@example.org").text("accessToken");
  EXPECT_EQ(subject_after_fault(
                [&] { return send({.method = http::Method::Delete, .path = "/user", .bearer = last}).status; }, 204),
            "Your account was deleted");
}

TEST_F(MailApart, TheOwnerHearsOfADeletionThatLosesARaceForATicket) {
  const auto mine = signup();
  mails();
  // A ticket is there, and is another one when the second store is asked to delete it.
  post("/forgot-password", {{"email", "ada@example.org"}});
  mails();
  clock.advance(std::chrono::minutes(4));
  store_faults.hold(StoreVerb::Commit);
  Answer removed;
  std::thread owner(
      [&] { removed = send({.method = http::Method::Delete, .path = "/user", .bearer = mine.text("accessToken")}); });
  store_faults.wait_held(StoreVerb::Commit);
  ASSERT_TRUE(storage->purge(app::ticket_kind_id, clock.now() + std::chrono::hours(48), 100, call()));
  store_faults.release(StoreVerb::Commit);
  owner.join();
  EXPECT_EQ(removed.status, 204) << removed.refusal();
  EXPECT_EQ(only_mail().subject, "Your account was deleted");
}

TEST_F(MailApart, AChangeWhoseNoticeCannotBeStoredIsInDoubt) {
  const auto mine = signup();
  second_store_faults.answer(StoreVerb::Commit, GH_UNAVAILABLE);
  EXPECT_EQ(send({.method = http::Method::Delete, .path = "/user", .bearer = mine.text("accessToken")}).code,
            Code::InDoubt);
}

}  // namespace
}  // namespace gatehouse::test
