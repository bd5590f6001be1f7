// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

app::ServiceSettings discreet() {
  app::ServiceSettings settings;
  settings.handlers.reveal_existing = false;
  return settings;
}
app::ServiceSettings at_most_two_sessions() {
  app::ServiceSettings settings;
  settings.sessions.max_per_user = 2;
  return settings;
}
app::ServiceSettings verified_only() {
  app::ServiceSettings settings;
  settings.gate.require_verified_email = true;
  return settings;
}

class SignupAndLogin : public AuthFixture {};
app::ServiceSettings limited(app::ServiceSettings settings) {
  settings.limits.enabled = true;
  return settings;
}

class LimitedDiscreetSignup : public AuthFixture {
 protected:
  LimitedDiscreetSignup() : AuthFixture(limited(fast(discreet()))) {}
};

class DiscreetSignup : public AuthFixture {
 protected:
  DiscreetSignup() : AuthFixture(fast(discreet())) {}
};
class LimitedSessions : public AuthFixture {
 protected:
  LimitedSessions() : AuthFixture(fast(at_most_two_sessions())) {}
};
class VerifiedOnly : public AuthFixture {
 protected:
  VerifiedOnly() : AuthFixture(fast(verified_only())) {}
};
class SlowLogin : public AuthFixture {
 protected:
  SlowLogin() : AuthFixture(slow()) {}
  static app::ServiceSettings slow() {
    auto settings = fast({});
    settings.handlers.login_min_response = 500ms;
    settings.handlers.login_max_jitter = 50ms;
    return settings;
  }
};

TEST_F(SignupAndLogin, AnAccountOpensWithItsFirstSession) {
  const auto answer = signup();
  ASSERT_EQ(answer.status, 201);
  const auto& user = answer.body.at("user");
  EXPECT_EQ(user.at("email"), "ada@example.org");
  EXPECT_EQ(user.at("name"), "Ada Lovelace");
  EXPECT_EQ(user.at("emailVerified"), false);
  EXPECT_EQ(user.at("tenantId"), "default");
  EXPECT_EQ(user.at("role"), "user");
  EXPECT_EQ(user.at("userType"), "user");
  EXPECT_EQ(answer.body.at("tokenType"), "Bearer");
  EXPECT_EQ(get("/user", answer.text("accessToken")).body.at("id"), user.at("id"));
}

TEST_F(SignupAndLogin, OneAddressHasOneAccountHoweverItIsTyped) {
  ASSERT_EQ(signup("Ada@Example.org").status, 201);
  for (const char* twin : {"ada@example.org", " ADA@EXAMPLE.ORG ", "ada＠example.org"}) {
    EXPECT_EQ(signup(twin).code, Code::DuplicateEmail) << twin;
    EXPECT_EQ(login(twin).status, 200) << twin;
  }
}

TEST_F(SignupAndLogin, ARefusedSignupLeavesNothingBehind) {
  ASSERT_EQ(post("/signup", {{"email", "weak@example.org"}, {"password", "short"}}).code, Code::PasswordPolicy);
  EXPECT_EQ(login("weak@example.org", "short").code, Code::InvalidCredentials);
  EXPECT_EQ(signup("weak@example.org").status, 201);
}

TEST_F(SignupAndLogin, EveryRuleAPasswordBreaksIsNamed) {
  const auto answer = post("/signup", {{"email", "weak@example.org"}, {"password", "aaa"}});
  EXPECT_GE(answer.response.error->fields.size(), 4U);
}

TEST_F(SignupAndLogin, UnknownUserAndWrongPasswordAreOneAnswer) {
  ASSERT_EQ(signup().status, 201);
  const auto wrong = login("ada@example.org", "Wrong-Horse-77-Battery");
  const auto unknown = login("nobody@example.org", "Wrong-Horse-77-Battery");
  EXPECT_EQ(wrong.code, Code::InvalidCredentials);
  EXPECT_EQ(unknown.code, Code::InvalidCredentials);
  EXPECT_TRUE(wrong.response.error->fields.empty());
  EXPECT_TRUE(unknown.response.error->fields.empty());
}

TEST_F(SignupAndLogin, TenantsOtherThanTheServersAreRefused) {
  const nlohmann::json body{{"email", "ada@example.org"}, {"password", good_password}, {"tenantId", "acme"}};
  EXPECT_EQ(post("/signup", body).code, Code::InvalidTenant);
  EXPECT_EQ(post("/login", body).code, Code::InvalidTenant);
  EXPECT_EQ(send({.path = "/login",
                  .body = nlohmann::json{{"email", "ada@example.org"}, {"password", good_password}}.dump(),
                  .headers = {{"x-tenant-id", "acme"}}})
                .code,
            Code::InvalidTenant);
}

TEST_F(SignupAndLogin, RememberedSessionsLastLonger) {
  ASSERT_EQ(signup().status, 201);
  const auto remembered =
      post("/login", {{"email", "ada@example.org"}, {"password", good_password}, {"rememberMe", true}});
  clock.advance(29 * 24h);
  EXPECT_EQ(refresh(remembered.text("refreshToken")).status, 200);
}

TEST_F(SignupAndLogin, EveryWrongThingInABodyIsNamedAtOnce) {
  const auto answer = post("/signup", {{"email", "not an address"}, {"password", good_password}, {"phone", "x"}});
  ASSERT_EQ(answer.code, Code::ValidationFailed);
  EXPECT_EQ(answer.response.error->fields.size(), 2U);
}

TEST_F(DiscreetSignup, LoggingInAfterwardsDoesNotTellATakenAddressFromAFreeOne) {
  ASSERT_EQ(signup("taken@example.org").status, 202);
  ASSERT_EQ(post("/verify-email", {{"token", only_mail().token}}).status, 200);
  const std::string own = "Another-Horse-88-Battery";
  for (const char* address : {"taken@example.org", "free@example.org"}) {
    ASSERT_EQ(post("/signup", {{"email", address}, {"password", own}}).status, 202);
    const auto answer = login(address, own);
    EXPECT_EQ(answer.code, Code::InvalidCredentials) << address;
    EXPECT_TRUE(answer.response.error->fields.empty());
  }
  EXPECT_EQ(login("taken@example.org").status, 200);
}

TEST_F(DiscreetSignup, WhoConfirmsTheAddressCanLogIn) {
  ASSERT_EQ(signup().status, 202);
  ASSERT_EQ(login().code, Code::InvalidCredentials);
  ASSERT_EQ(post("/verify-email", {{"token", only_mail().token}}).status, 200);
  EXPECT_EQ(login().status, 200);
}

TEST_F(DiscreetSignup, AnAccountWithoutAFirstSessionHasNotLoggedInYet) {
  signup();
  accounts::UserStore users(*storage, app::user_kind_id);
  const auto stored = users.find_by_email("default", "ada@example.org", call());
  ASSERT_TRUE(stored && *stored);
  EXPECT_EQ((*stored)->login_count, 0);
  EXPECT_FALSE((*stored)->last_login_at);
  EXPECT_TRUE((*stored)->last_login_ip.empty());
}

TEST_F(DiscreetSignup, TheOwnerOfATakenAddressIsToldByMail) {
  ASSERT_EQ(signup().status, 202);
  const auto first = only_mail();
  ASSERT_EQ(first.subject, "Confirm your address");
  ASSERT_EQ(post("/verify-email", {{"token", first.token}}).status, 200);
  ASSERT_EQ(signup().status, 202);
  const auto mail = only_mail();
  EXPECT_EQ(mail.to, "ada@example.org");
  EXPECT_EQ(mail.subject, "You have an account already");
  EXPECT_TRUE(mail.token.empty());
}

TEST_F(DiscreetSignup, ATakenAddressAndAFreeOneLookAlike) {
  const auto fresh = signup();
  const auto taken = signup();
  EXPECT_EQ(fresh.status, 202);
  EXPECT_EQ(taken.status, 202);
  EXPECT_EQ(fresh.response.body, taken.response.body);
  EXPECT_TRUE(fresh.response.not_before.has_value());
  EXPECT_TRUE(taken.response.not_before.has_value());
}

TEST_F(LimitedDiscreetSignup, CountsOneMailForATakenAddressAndForAFreeOne) {
  ASSERT_EQ(signup("taken@example.org").status, 202);
  clock.advance(2h);
  for (const char* address : {"taken@example.org", "free@example.org"}) {
    clock.advance(2h);
    ASSERT_EQ(signup(address).status, 202);
    std::string answers;
    for (int i = 0; i < 4; ++i) {
      const auto answer = post("/resend-verification", {{"email", address}});
      answers += answer.code == Code::RateLimited ? "limited " : std::to_string(answer.status) + " ";
    }
    EXPECT_EQ(answers, "202 202 limited limited ") << address;
  }
}

TEST_F(LimitedSessions, NeverEndWithTheOneThatWasJustHandedOut) {
  // As by servers whose clocks are ahead.
  signup();
  login();
  clock.set(clock.now() - std::chrono::seconds(10));
  const auto fresh = login();
  ASSERT_EQ(fresh.status, 200);
  EXPECT_EQ(get("/user", fresh.text("accessToken")).status, 200);
}

TEST_F(LimitedSessions, TheOldestEndsWhenThereAreTooMany) {
  const auto first = signup();
  clock.advance(1s);
  const auto second = login();
  clock.advance(1s);
  const auto third = login();
  EXPECT_EQ(get("/user", first.text("accessToken")).code, Code::SessionRevoked);
  EXPECT_EQ(get("/user", second.text("accessToken")).status, 200);
  EXPECT_EQ(get("/user", third.text("accessToken")).status, 200);
}

TEST_F(VerifiedOnly, AnUnverifiedAddressIsToldSoOnlyAfterTheRightPassword) {
  ASSERT_EQ(signup().status, 202);
  EXPECT_EQ(login().code, Code::EmailNotVerified);
  EXPECT_EQ(login("ada@example.org", "Wrong-Horse-77-Battery").code, Code::InvalidCredentials);
}

TEST_F(SlowLogin, HoldsEveryAnswerAboutAnAccountAtLeastTheMinimum) {
  const auto before = clock.steady();
  ASSERT_EQ(signup().status, 201);
  for (const auto& answer :
       {login(), login("ada@example.org", "Wrong-Horse-77-Battery"), login("nobody@example.org")}) {
    ASSERT_TRUE(answer.response.not_before);
    EXPECT_GE(*answer.response.not_before, before + 500ms);
    EXPECT_LE(*answer.response.not_before, clock.steady() + 550ms);
  }
}

TEST_F(SlowLogin, AnswersABadRequestAtOnce) {
  EXPECT_FALSE(post("/login", {{"email", "ada@example.org"}}).response.not_before);
}

}  // namespace
}  // namespace gatehouse::test
