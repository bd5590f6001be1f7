// SPDX-License-Identifier: Apache-2.0
#include "mail/ticket.h"
#include "unit/auth/auth_fixture.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace gatehouse::test {
namespace {

constexpr const char* thiefs_address = "mallory@example.org";

class ChangeEmail : public AuthFixture {
 protected:
  explicit ChangeEmail(app::ServiceSettings settings = fast({})) : AuthFixture(std::move(settings)) {}

  Answer change(const Answer& session, const std::string& email = thiefs_address) {
    return post("/change-email", {{"email", email}}, session.text("accessToken"));
  }
  // The link that was mailed to the new address.
  std::string link_after(const Answer& accepted) {
    EXPECT_EQ(accepted.status, 202) << accepted.refusal();
    for (const auto& mail : mails()) {
      if (mail.to == thiefs_address) return mail.token;
    }
    return {};
  }
  void end_all_sessions() {
    accounts::UserStore users(*storage, app::user_kind_id);
    auto user = users.find_by_email("default", "ada@example.org", call());
    ASSERT_TRUE(user && *user);
    ++(*user)->session_epoch;
    const auto values = accounts::encode_user(**user);
    const std::vector<providers::Write> writes{accounts::put_user(app::user_kind_id, **user, values)};
    ASSERT_TRUE(storage->commit(writes, call()));
  }
  // In the list, of two.
  void end_other_session(const Answer& mine) {
    const auto bearer = mine.text("accessToken");
    const auto list = get("/sessions", bearer);
    for (const auto& session : list.body.at("data")) {
      if (session.at("current").get<bool>()) continue;
      const auto path = "/sessions/" + session.at("id").get<std::string>();
      EXPECT_EQ(send({.method = http::Method::Delete, .path = path, .bearer = bearer}).status, 204);
    }
    EXPECT_EQ(get("/sessions", bearer).body.at("data").size(), 1U);
  }
  Answer confirm(const std::string& token) { return post("/verify-email", {{"token", token}}); }
};

TEST_F(ChangeEmail, ThatIsPendingEndsWithTheSessions) {
  const auto stolen = signup();
  const auto link = link_after(change(stolen));
  ASSERT_EQ(post("/sessions/revoke-all", {{"exceptCurrent", true}}, login().text("accessToken")).status, 200);
  EXPECT_EQ(confirm(link).code, Code::InvalidVerificationToken);
}

TEST_F(ChangeEmail, ThatIsPendingEndsWhenATokenIsFoundToBeStolen) {
  const auto stolen = signup();
  const auto link = link_after(change(stolen));
  ASSERT_EQ(refresh(stolen.text("refreshToken")).status, 200);
  ASSERT_EQ(refresh(stolen.text("refreshToken")).code, Code::TokenReused);
  EXPECT_EQ(confirm(link).code, Code::InvalidVerificationToken);
}

TEST_F(ChangeEmail, ThatIsPendingOutlivesThatThePasswordIsShownAgain) {
  const auto mine = signup();
  const auto link = link_after(change(mine));
  ASSERT_EQ(post("/reauthenticate", {{"password", good_password}}, mine.text("accessToken")).status, 200);
  EXPECT_EQ(confirm(link).status, 200);
}

TEST_F(ChangeEmail, ThatIsPendingEndsWithTheSessionsButTheOneItWasAskedForIn) {
  const auto mine = signup();
  const auto link = link_after(change(mine));
  ASSERT_EQ(post("/sessions/revoke-all", {{"exceptCurrent", true}}, mine.text("accessToken")).status, 200);
  EXPECT_EQ(confirm(link).code, Code::InvalidVerificationToken);
}

// A thief who is first to end the session has nothing from it.
TEST_F(ChangeEmail, ThatIsPendingEndsWithALogout) {
  const auto stolen = signup();
  const auto link = link_after(change(stolen));
  ASSERT_EQ(post("/logout", nlohmann::json::object(), stolen.text("accessToken")).status, 204);
  EXPECT_EQ(confirm(link).code, Code::InvalidVerificationToken);
}

TEST_F(ChangeEmail, ThatIsPendingOutlivesTheAgeOfItsSession) {
  auto settings = fast({});
  settings.sessions.idle_ttl = std::chrono::hours(1);
  restart(settings);
  const auto link = link_after(change(signup()));
  clock.advance(std::chrono::hours(2));
  EXPECT_EQ(confirm(link).status, 200);
}

TEST_F(ChangeEmail, ThatIsPendingEndsWhenTheSuccessorOfItsSessionIsTakenOffTheList) {
  const auto stolen = signup();
  const auto link = link_after(change(stolen));
  clock.advance(std::chrono::seconds(1));
  ASSERT_EQ(post("/reauthenticate", {{"password", good_password}}, stolen.text("accessToken")).status, 200);
  end_other_session(login());
  EXPECT_EQ(confirm(link).code, Code::InvalidVerificationToken);
}

TEST_F(ChangeEmail, ThatIsPendingEndsWithALogoutOfTheSuccessorOfItsSession) {
  const auto stolen = signup();
  const auto link = link_after(change(stolen));
  clock.advance(std::chrono::seconds(1));
  const auto again = post("/reauthenticate", {{"password", good_password}}, stolen.text("accessToken"));
  ASSERT_EQ(post("/logout", nlohmann::json::object(), again.text("accessToken")).status, 204);
  EXPECT_EQ(confirm(link).code, Code::InvalidVerificationToken);
}

TEST_F(ChangeEmail, ThatIsPendingEndsWhenItsSessionIsTakenOffTheList) {
  const auto stolen = signup();
  const auto link = link_after(change(stolen));
  end_other_session(login());
  EXPECT_EQ(confirm(link).code, Code::InvalidVerificationToken);
}

TEST_F(ChangeEmail, ThatIsPendingOutlivesTheEndOfAnotherSession) {
  const auto mine = signup();
  const auto link = link_after(change(mine));
  login();
  end_other_session(mine);
  EXPECT_EQ(confirm(link).status, 200);
}

class ChangeEmailWhereReuseEndsOneSession : public ChangeEmail {
 protected:
  ChangeEmailWhereReuseEndsOneSession() : ChangeEmail(one_session()) {}
  static app::ServiceSettings one_session() {
    auto settings = fast({});
    settings.on_reuse = auth::OnReuse::RevokeSession;
    return settings;
  }
};

TEST_F(ChangeEmailWhereReuseEndsOneSession, ThatIsPendingEndsWhenATokenIsFoundToBeStolen) {
  const auto stolen = signup();
  const auto link = link_after(change(stolen));
  ASSERT_EQ(refresh(stolen.text("refreshToken")).status, 200);
  ASSERT_EQ(refresh(stolen.text("refreshToken")).code, Code::TokenReused);
  EXPECT_EQ(confirm(link).code, Code::InvalidVerificationToken);
}

TEST_F(ChangeEmailWhereReuseEndsOneSession, OfTheOwnersOwnGoesOn) {
  const auto stolen = signup();
  const auto link = link_after(change(login()));
  ASSERT_EQ(refresh(stolen.text("refreshToken")).status, 200);
  ASSERT_EQ(refresh(stolen.text("refreshToken")).code, Code::TokenReused);
  EXPECT_EQ(confirm(link).status, 200);
}

TEST_F(ChangeEmail, OfAnEarlierReleaseHasToBeAskedForAgain) {
  const auto mine = signup();
  const auto user = mine.body.at("user").at("id").get<std::string>();
  const auto confirmed_as = [&](const std::function<void(mail::Ticket&)>& left_out) {
    const auto link = link_after(change(mine));
    std::optional<mail::Ticket> ticket;
    EXPECT_TRUE(storage->get(app::ticket_kind_id, {"default", user, "change_email"}, call(),
                             [&](providers::RecordReader& record) { ticket = mail::decode_ticket(record); }));
    if (!ticket) return Answer{};
    left_out(*ticket);
    const auto values = mail::encode(*ticket);
    const std::vector<providers::Write> writes{mail::put(app::ticket_kind_id, *ticket, values)};
    EXPECT_TRUE(storage->commit(writes, call()));
    return confirm(link);
  };
  EXPECT_EQ(confirmed_as([](mail::Ticket& ticket) { ticket.session_epoch.reset(); }).code,
            Code::InvalidVerificationToken);
  EXPECT_EQ(confirmed_as([](mail::Ticket& ticket) { ticket.asked_in.clear(); }).code, Code::InvalidVerificationToken);
  // It leaves a column alone that it does not know.
  EXPECT_EQ(confirmed_as([&](mail::Ticket& ticket) {
              auto before = ticket;
              before.created_at -= std::chrono::microseconds(1);
              mail::note_session(before, mail::session_of(ticket));
              ticket.asked_in = before.asked_in;
            }).code,
            Code::InvalidVerificationToken);
  EXPECT_EQ(confirmed_as([](mail::Ticket&) {}).status, 200);
}

class LimitedChangeEmail : public ChangeEmail {
 protected:
  LimitedChangeEmail() : ChangeEmail(limited()) {}
  static app::ServiceSettings limited() {
    auto settings = fast({});
    settings.limits.enabled = true;
    settings.limits.signup.count = 1'000;
    return settings;
  }
};

TEST_F(LimitedChangeEmail, AskedForWithASessionThatEndsMeanwhileIsNotPending) {
  const auto stolen = signup();
  mails();
  // The request has been let in, and has not read its user yet.
  limiter_faults.hold(LimiterVerb::Take);
  Answer asked;
  std::thread thief([&] { asked = change(stolen); });
  limiter_faults.wait_held(LimiterVerb::Take);
  end_all_sessions();
  limiter_faults.release(LimiterVerb::Take);
  thief.join();
  EXPECT_EQ(asked.code, Code::SessionRevoked);
  EXPECT_TRUE(mails().empty());
}

TEST_F(LimitedChangeEmail, FillsNobodysMailboxFromManyAccounts) {
  const auto ask = [this](int account, const char* spelling) {
    return change(signup("user" + std::to_string(account) + "@example.org"), spelling);
  };
  for (int i = 0; i < 3; ++i) ASSERT_EQ(ask(i, thiefs_address).status, 202) << i;
  EXPECT_EQ(ask(3, "Mallory@EXAMPLE.org").code, Code::RateLimited);
  EXPECT_EQ(ask(4, "somebody@example.org").status, 202);
}

TEST_F(LimitedChangeEmail, CountsTakenAddressesLikeFreeOnes) {
  signup("grace@example.org");
  for (int i = 0; i < 3; ++i) {
    const auto mine = signup("user" + std::to_string(i) + "@example.org");
    ASSERT_EQ(change(mine, "grace@example.org").code, Code::DuplicateEmail) << i;
  }
  EXPECT_EQ(change(signup(), "grace@example.org").code, Code::RateLimited);
}

}  // namespace
}  // namespace gatehouse::test
