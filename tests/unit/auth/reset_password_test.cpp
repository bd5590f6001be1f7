// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

#include <gatehouse/store.h>

namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

app::ServiceSettings slow_answers() {
  app::ServiceSettings settings;
  settings.mail_answers = {.least = 300ms, .jitter = 50ms};
  return settings;
}

class ResetPassword : public AuthFixture {
 protected:
  ResetPassword() : AuthFixture(fast(slow_answers())) {}

  Answer forgot(const std::string& email = "ada@example.org") { return post("/forgot-password", {{"email", email}}); }
  Answer reset(const std::string& token, const std::string& password = next_password) {
    return post("/reset-password", {{"token", token}, {"password", password}});
  }
  // An account whose first mail has been read, and the token of a mail for a new password.
  std::string token_for(const std::string& email = "ada@example.org") {
    signup(email);
    mails();
    forgot(email);
    return only_mail().token;
  }
};

TEST_F(ResetPassword, TheMailedTokenSetsAPasswordOnceAndLogsNobodyIn) {
  signup();
  mails();
  EXPECT_EQ(forgot().status, 202);
  const auto mail = only_mail();
  EXPECT_EQ(mail.to, "ada@example.org");
  EXPECT_EQ(mail.link, "https://auth.example.org/auth/reset-password#" + mail.token);
  const auto answer = reset(mail.token);
  EXPECT_EQ(answer.status, 204) << answer.refusal();
  EXPECT_TRUE(answer.response.body.empty());
  EXPECT_EQ(login().code, Code::InvalidCredentials);
  EXPECT_EQ(login("ada@example.org", next_password).status, 200);
  EXPECT_EQ(reset(mail.token, "Third-Battery-55-Horse").code, Code::InvalidResetToken);
}

TEST_F(ResetPassword, EndsEverySessionAndTellsTheOwner) {
  const auto first = signup();
  const auto second = login();
  mails();
  forgot();
  ASSERT_EQ(reset(only_mail().token).status, 204);
  for (const auto* session : {&first, &second}) {
    EXPECT_EQ(get("/user", session->text("accessToken")).code, Code::SessionRevoked);
    EXPECT_EQ(refresh(session->text("refreshToken")).code, Code::SessionRevoked);
  }
  const auto notice = only_mail();
  EXPECT_EQ(notice.subject, "Your password was changed");
  EXPECT_TRUE(notice.token.empty());
}

TEST_F(ResetPassword, ATokenWorksForAnHour) {
  const auto early = token_for("early@example.org");
  const auto late = token_for("late@example.org");
  clock.advance(1h - 1s);
  EXPECT_EQ(reset(early).status, 204);
  clock.advance(1s);
  EXPECT_EQ(reset(late).code, Code::InvalidResetToken);
}

TEST_F(ResetPassword, ASecondRequestWithinFifteenMinutesSendsNothingNew) {
  const auto token = token_for();
  clock.advance(15min - 1s);
  EXPECT_EQ(forgot().status, 202);
  EXPECT_TRUE(mails().empty());
  clock.advance(1s);
  EXPECT_EQ(forgot().status, 202);
  const auto newer = only_mail().token;
  EXPECT_EQ(reset(token).code, Code::InvalidResetToken);
  EXPECT_EQ(reset(newer).status, 204);
}

TEST_F(ResetPassword, ASecondRequestSendsAnotherLinkAtOnceWhenTheFirstIsVoid) {
  const auto mine = signup();
  mails();
  forgot();
  const auto first = only_mail().token;
  clock.advance(1s);
  ASSERT_EQ(post("/change-password", {{"currentPassword", good_password}, {"newPassword", next_password}},
                 mine.text("accessToken"))
                .status,
            200);
  mails();
  EXPECT_EQ(forgot().status, 202);
  EXPECT_EQ(reset(first, "Third-Battery-55-Horse").code, Code::InvalidResetToken);
  EXPECT_EQ(reset(only_mail().token, "Third-Battery-55-Horse").status, 204);
}

TEST_F(ResetPassword, AnswersAlikeForUnknownAddressesAndNotBeforeItsTime) {
  signup();
  const auto known = forgot();
  const auto unknown = forgot("nobody@example.org");
  EXPECT_EQ(known.status, unknown.status);
  EXPECT_EQ(known.response.body, unknown.response.body);
  for (const auto* answer : {&known, &unknown}) {
    ASSERT_TRUE(answer->response.not_before);
    EXPECT_GT(*answer->response.not_before, clock.steady() + 250ms);
  }
}

TEST_F(ResetPassword, APasswordThatIsRefusedSpendsNothing) {
  const auto token = token_for();
  EXPECT_EQ(reset(token, "short").code, Code::PasswordPolicy);
  EXPECT_EQ(reset(token, good_password).code, Code::SamePassword);
  EXPECT_EQ(reset(token).status, 204);
}

TEST_F(ResetPassword, ATokenFromBeforeAPasswordChangeIsVoid) {
  const auto token = token_for();
  clock.advance(1min);
  const auto session = login();
  ASSERT_EQ(post("/change-password", {{"currentPassword", good_password}, {"newPassword", "Third-Battery-55-Horse"}},
                 session.text("accessToken"))
                .status,
            200);
  EXPECT_EQ(reset(token).code, Code::InvalidResetToken);
}

TEST_F(ResetPassword, ConfirmsTheAddressItWasMailedTo) {
  ASSERT_EQ(reset(token_for()).status, 204);
  EXPECT_EQ(login("ada@example.org", next_password).body.at("user").at("emailVerified"), true);
}

TEST_F(ResetPassword, TokensOfOtherPurposesAreRefused) {
  signup();
  const auto verification = only_mail().token;
  forgot();
  const auto mailed = only_mail().token;
  EXPECT_EQ(reset(verification).code, Code::InvalidResetToken);
  EXPECT_EQ(post("/verify-email", {{"token", mailed}}).code, Code::InvalidVerificationToken);
  // The number of the purpose is in the token; changing it makes another token.
  auto turned = mailed;
  turned[4 + 43] = verification[4 + 43];
  EXPECT_EQ(post("/verify-email", {{"token", turned}}).code, Code::InvalidVerificationToken);
  EXPECT_EQ(reset(mailed).status, 204);
}

TEST_F(ResetPassword, AnOutageSpendsNothing) {
  const auto token = token_for();
  store_faults.answer(StoreVerb::Commit, GH_UNAVAILABLE, 1);
  EXPECT_EQ(reset(token).code, Code::ProviderUnavailable);
  EXPECT_EQ(login().status, 200);
  EXPECT_EQ(reset(token).status, 204);
}

TEST_F(ResetPassword, KnownAndUnknownAddressesFailAlikeWhenTheStoreDoes) {
  signup();
  for (const auto verb : {StoreVerb::Commit, StoreVerb::Get, StoreVerb::Find}) {
    store_faults.answer(verb, GH_UNAVAILABLE);
    EXPECT_EQ(forgot().code, forgot("nobody@example.org").code) << static_cast<int>(verb);
    store_faults.clear();
  }
}

class ResetLimits : public AuthFixture {
 protected:
  ResetLimits() : AuthFixture(limited()) {}
  static app::ServiceSettings limited() {
    auto settings = fast({});
    settings.limits.enabled = true;
    return settings;
  }
};

TEST_F(ResetLimits, TheSixthRequestOfAnHourWaitsWhetherOrNotThereIsAnAccount) {
  signup();
  for (const char* email : {"ada@example.org", "nobody@example.org"}) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(post("/forgot-password", {{"email", email}}).status, 202) << email << i;
    EXPECT_EQ(post("/forgot-password", {{"email", email}}).code, Code::RateLimited) << email;
  }
}

TEST_F(ResetLimits, TheFourthVerificationMailOfAnHourWaitsWhetherOrNotThereIsAnAccount) {
  signup();
  for (const char* email : {"ada@example.org", "nobody@example.org"}) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(post("/resend-verification", {{"email", email}}).status, 202) << email << i;
    EXPECT_EQ(post("/resend-verification", {{"email", email}}).code, Code::RateLimited) << email;
  }
}

}  // namespace
}  // namespace gatehouse::test
