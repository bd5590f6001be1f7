// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

namespace gatehouse::test {
namespace {

app::ServiceSettings limited() {
  app::ServiceSettings settings = {};
  settings.hash = {.memory_kib = 64, .passes = 1, .lanes = 1};
  settings.handlers.login_min_response = std::chrono::milliseconds(0);
  settings.limits.refresh.count = 4;
  settings.limits.other.count = 8;
  settings.limits.invalid_token.count = 7;
  return settings;
}

class Limits : public AuthFixture {
 protected:
  Limits() : AuthFixture(limited()) {}
};

TEST_F(Limits, TheSixthLoginOfAMinuteWaits) {
  ASSERT_EQ(signup().status, 201);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(login().status, 200) << i;
  clock.advance(std::chrono::seconds(20));
  const auto sixth = login();
  ASSERT_EQ(sixth.code, Code::RateLimited);
  EXPECT_EQ(sixth.response.error->retry_after, std::chrono::seconds(40));
  clock.advance(std::chrono::seconds(40));
  EXPECT_EQ(login().status, 200);
}

TEST_F(Limits, CountUnknownAddressesLikeKnownOnes) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(login("nobody@example.org").code, Code::InvalidCredentials) << i;
  EXPECT_EQ(login("nobody@example.org").code, Code::RateLimited);
}

TEST_F(Limits, AreNotEvadedByAnotherSpellingOfTheAddress) {
  ASSERT_EQ(signup().status, 201);
  for (const char* spelling :
       {"ada@example.org", "ADA@example.org", " ada@example.org", "ada@EXAMPLE.org", "ada＠example.org"}) {
    EXPECT_EQ(login(spelling).status, 200) << spelling;
  }
  EXPECT_EQ(login("Ada@Example.Org").code, Code::RateLimited);
}

TEST_F(Limits, OneAccountsBucketIsNotAnothers) {
  for (int i = 0; i < 5; ++i) ASSERT_EQ(login("a@example.org").code, Code::InvalidCredentials);
  EXPECT_EQ(login("b@example.org").code, Code::InvalidCredentials);
}

TEST_F(Limits, TheFourthSignupOfAnAddressWaits) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(signup("user" + std::to_string(i) + "@example.org").status, 201);
  EXPECT_EQ(signup("user4@example.org").code, Code::RateLimited);
}

TEST_F(Limits, SignupsThatAreNotWellFormedAreNotCounted) {
  for (const char* password : {"short", "password", "NoDigitsAtAll!!", "nouppercase123!"}) {
    ASSERT_EQ(post("/signup", {{"email", "ada@example.org"}, {"password", password}}).code, Code::PasswordPolicy);
  }
  EXPECT_EQ(signup().status, 201);
}

TEST_F(Limits, SignupsOfTakenAddressesAreCounted) {
  ASSERT_EQ(signup().status, 201);
  EXPECT_EQ(signup().code, Code::DuplicateEmail);
  EXPECT_EQ(signup().code, Code::DuplicateEmail);
  EXPECT_EQ(signup().code, Code::RateLimited);
}

TEST_F(Limits, AttemptsToSignUpAreBoundedByAddressHoweverMalformed) {
  const nlohmann::json malformed{{"email", "ada"}, {"password", "x"}};
  for (int i = 0; i < 8; ++i) ASSERT_EQ(post("/signup", malformed).code, Code::ValidationFailed) << i;
  EXPECT_EQ(post("/signup", malformed).code, Code::RateLimited);
}

TEST_F(Limits, GuessedAccessTokensAreCountedByAddress) {
  for (int i = 0; i < 7; ++i) EXPECT_EQ(get("/user", "guess" + std::to_string(i)).code, Code::TokenInvalid) << i;
  EXPECT_EQ(get("/user", "guess").code, Code::RateLimited);
}

TEST_F(Limits, WhoSharesAnAddressWithAGuesserIsStillServed) {
  const auto token = signup().text("accessToken");
  for (int i = 0; i < 9; ++i) get("/user", "guess");
  EXPECT_EQ(get("/user", token).status, 200);
}

TEST_F(Limits, WhoSharesAnAddressWithAGuesserOfTokensLogsIn) {
  ASSERT_EQ(signup().status, 201);
  for (int i = 0; i < 9; ++i) {
    get("/user", "guess");
    refresh("ghr_guess");
  }
  EXPECT_EQ(login().status, 200);
}

TEST_F(Limits, RefreshesAreCountedBySession) {
  auto token = signup().text("refreshToken");
  for (int i = 0; i < 4; ++i) token = refresh(token).text("refreshToken");
  EXPECT_EQ(refresh(token).code, Code::RateLimited);
  EXPECT_EQ(refresh(login().text("refreshToken")).status, 200);
}

TEST_F(Limits, ALimitedRefreshDoesNotSpendItsToken) {
  auto token = signup().text("refreshToken");
  for (int i = 0; i < 4; ++i) token = refresh(token).text("refreshToken");
  ASSERT_EQ(refresh(token).code, Code::RateLimited);
  clock.advance(std::chrono::seconds(60));
  EXPECT_EQ(refresh(token).status, 200);
}

TEST_F(Limits, GuessedRefreshTokensAreCountedByAddress) {
  for (int i = 0; i < 7; ++i) EXPECT_EQ(refresh("ghr_guess" + std::to_string(i)).code, Code::TokenInvalid) << i;
  EXPECT_EQ(refresh("ghr_guess").code, Code::RateLimited);
}

TEST(LimitAddress, GroupsIpv6ByItsNetwork) {
  EXPECT_EQ(auth::limit_address("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(auth::limit_address("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(auth::limit_address("2001:db8:1:2::9"), "2001:db8:1:2::/64");
  EXPECT_EQ(auth::limit_address("::1"), "::/64");
}

}  // namespace
}  // namespace gatehouse::test
