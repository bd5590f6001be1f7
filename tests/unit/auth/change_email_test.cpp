// SPDX-License-Identifier: Apache-2.0
#include "mail/ticket.h"
#include "unit/auth/auth_fixture.h"

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

// Written by a release that did not note the epoch.
TEST_F(ChangeEmail, OfAnEarlierReleaseHasToBeAskedForAgain) {
  const auto mine = signup();
  const auto link = link_after(change(mine));
  const auto user = mine.body.at("user").at("id").get<std::string>();
  std::optional<mail::Ticket> ticket;
  ASSERT_TRUE(storage->get(app::ticket_kind_id, {"default", user, "change_email"}, call(),
                           [&](providers::RecordReader& record) { ticket = mail::decode_ticket(record); }));
  ASSERT_TRUE(ticket);
  ticket->session_epoch.reset();
  const auto values = mail::encode(*ticket);
  const std::vector<providers::Write> writes{mail::put(app::ticket_kind_id, *ticket, values)};
  ASSERT_TRUE(storage->commit(writes, call()));
  EXPECT_EQ(confirm(link).code, Code::InvalidVerificationToken);
  EXPECT_EQ(confirm(link_after(change(mine))).status, 200);
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
