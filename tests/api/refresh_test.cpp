// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"

namespace gatehouse::test {
namespace {

class RefreshTest : public ApiTest {
 protected:
  void start_with(const std::string& rotation, const std::string& on_reuse = "revoke-user") {
    start({.settings = {{"tokens.rotation", '"' + rotation + '"'}, {"tokens.on_reuse", '"' + on_reuse + '"'}}});
  }
  // A chain of n rotations; element 0 is the first token.
  std::vector<Tokens> chain(const Account& who, int rotations) {
    std::vector<Tokens> tokens{api().signed_up(who)};
    for (int i = 0; i < rotations; ++i) tokens.push_back(api().refreshed(tokens.back().refresh));
    return tokens;
  }
};

class Refresh : public RefreshTest {
 protected:
  void SetUp() override { start_with("strict"); }
};

TEST_F(Refresh, GivesASuccessorInTheShapeOfLogin) {
  const auto first = api().signed_up(account("ada"));
  const auto response = api().refresh(first.refresh);
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.header("cache-control"), "no-store");
  const auto body = Json::parse(response.body);
  EXPECT_EQ(body["token"].text(), body["accessToken"].text());
  EXPECT_EQ(body["expiresIn"].integer(), 900);
  EXPECT_EQ(body["tokenType"].text(), "Bearer");
  EXPECT_EQ(body["user"]["email"].text(), "ada@example.org");
  const auto second = tokens_of(response);
  EXPECT_NE(second.refresh, first.refresh);
  EXPECT_NE(second.access, first.access);
  EXPECT_EQ(second.session, first.session);
}

TEST_F(Refresh, LeavesThePreviousAccessTokenAlive) {
  const auto first = api().signed_up(account("ada"));
  api().refreshed(first.refresh);
  EXPECT_EQ(api().user(first.access).status, 200);
}

TEST_F(Refresh, SecondUseOfATokenIsReuse) {
  const auto first = api().signed_up(account("ada"));
  api().refreshed(first.refresh);
  EXPECT_TRUE(is_problem(api().refresh(first.refresh), 401, "TOKEN_REUSED"));
}

TEST_F(Refresh, ReuseEndsEverySessionOfTheUserByDefault) {
  const auto who = account("ada");
  const auto other_person = api().signed_up(account("bob"));
  const auto first = api().signed_up(who);
  const auto other_device = api().logged_in(who);
  const auto second = api().refreshed(first.refresh);
  ASSERT_EQ(api().refresh(first.refresh).status, 401);
  EXPECT_TRUE(is_problem(api().refresh(second.refresh), 401, "SESSION_REVOKED"));
  EXPECT_TRUE(is_problem(api().user(second.access), 401, "SESSION_REVOKED"));
  EXPECT_TRUE(is_problem(api().refresh(other_device.refresh), 401, "SESSION_REVOKED"));
  EXPECT_TRUE(is_problem(api().user(other_device.access), 401, "SESSION_REVOKED"));
  EXPECT_EQ(api().user(other_person.access).status, 200);
}

TEST_F(Refresh, AfterReuseTheUserLogsInAgain) {
  const auto who = account("ada");
  const auto first = api().signed_up(who);
  api().refreshed(first.refresh);
  ASSERT_EQ(api().refresh(first.refresh).status, 401);
  const auto again = api().logged_in(who);
  EXPECT_EQ(api().user(again.access).status, 200);
  EXPECT_EQ(api().refresh(again.refresh).status, 200);
}

TEST_F(Refresh, AnyAncestorIsReuseHoweverOld) {
  for (int back = 1; back <= 5; ++back) {
    const auto tokens = chain(account("ada" + std::to_string(back)), 5);
    EXPECT_TRUE(is_problem(api().refresh(tokens[static_cast<std::size_t>(5 - back)].refresh), 401, "TOKEN_REUSED"))
        << back;
    EXPECT_TRUE(is_problem(api().refresh(tokens.back().refresh), 401, "SESSION_REVOKED")) << back;
  }
}

TEST_F(Refresh, ARetryThatNamesItselfGetsTheSameSuccessor) {
  const auto first = api().signed_up(account("ada"));
  const auto once = api().refreshed(first.refresh, "attempt-1");
  const auto again = api().refreshed(first.refresh, "attempt-1");
  EXPECT_EQ(again.refresh, once.refresh);
  EXPECT_EQ(api().refresh(once.refresh, "attempt-2").status, 200);
}

TEST_F(Refresh, AnotherRetryKeyIsNoRetry) {
  const auto first = api().signed_up(account("ada"));
  api().refreshed(first.refresh, "attempt-1");
  EXPECT_TRUE(is_problem(api().refresh(first.refresh, "attempt-2"), 401, "TOKEN_REUSED"));
}

TEST_F(Refresh, ARetryKeyCoversOnlyTheImmediateParent) {
  const auto first = api().signed_up(account("ada"));
  const auto second = api().refreshed(first.refresh, "same");
  api().refreshed(second.refresh, "same");
  EXPECT_TRUE(is_problem(api().refresh(first.refresh, "same"), 401, "TOKEN_REUSED"));
}

TEST_F(Refresh, NeedsAToken) {
  const auto response = api().http().post("/auth/refresh", "{}");
  EXPECT_TRUE(is_problem(response, 400, "VALIDATION_FAILED"));
  EXPECT_TRUE(names_field(response, "/refreshToken"));
}

TEST_F(Refresh, SuggestsTheMemberNameOfOtherServers) {
  const auto response = api().http().post("/auth/refresh", R"({"refresh_token":"ghr_x"})");
  EXPECT_TRUE(is_problem(response, 400, "UNKNOWN_FIELD"));
  EXPECT_NE(response.body.find("refreshToken"), std::string::npos) << response.body;
}

TEST_F(Refresh, TakesNoOtherKindOfToken) {
  const auto tokens = api().signed_up(account("ada"));
  EXPECT_TRUE(is_problem(api().refresh(tokens.access), 401, "TOKEN_INVALID"));
  EXPECT_TRUE(is_problem(api().user(tokens.refresh), 401, "TOKEN_INVALID"));
}

class SessionOnlyRefresh : public RefreshTest {
 protected:
  void SetUp() override { start_with("strict", "revoke-session"); }
};

TEST_F(SessionOnlyRefresh, ReuseEndsTheFamilyAndSparesTheOtherDevices) {
  const auto who = account("ada");
  const auto first = api().signed_up(who);
  const auto other_device = api().logged_in(who);
  const auto second = api().refreshed(first.refresh);
  EXPECT_TRUE(is_problem(api().refresh(first.refresh), 401, "TOKEN_REUSED"));
  EXPECT_TRUE(is_problem(api().refresh(second.refresh), 401, "SESSION_REVOKED"));
  EXPECT_EQ(api().refresh(other_device.refresh).status, 200);
}

class BalancedRefresh : public RefreshTest {
 protected:
  void SetUp() override { start_with("balanced"); }
};

TEST_F(BalancedRefresh, TheParentGetsTheSameSuccessorInsideTheWindow) {
  const auto first = api().signed_up(account("ada"));
  const auto once = api().refreshed(first.refresh);
  const auto tab = api().refreshed(first.refresh);
  EXPECT_EQ(tab.refresh, once.refresh);
}

TEST_F(BalancedRefresh, ConvergesOnTheSuccessorOnceItWasReplayed) {
  const auto first = api().signed_up(account("ada"));
  const auto once = api().refreshed(first.refresh);
  api().refreshed(first.refresh);
  EXPECT_EQ(api().refreshed(once.refresh).refresh, once.refresh);
}

TEST_F(BalancedRefresh, EveryTokenOfTheWindowLeadsToTheNewest) {
  const auto tokens = chain(account("ada"), 3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(api().refreshed(tokens[static_cast<std::size_t>(i)].refresh).refresh, tokens.back().refresh) << i;
  }
}

class ShortWindowRefresh : public RefreshTest {
 protected:
  void SetUp() override { start({.settings = {{"tokens.rotation", "\"balanced\""}, {"tokens.grace", "\"1ms\""}}}); }
};

TEST_F(ShortWindowRefresh, AfterTheWindowTheParentIsReuse) {
  const auto first = api().signed_up(account("ada"));
  api().refreshed(first.refresh);
  api().signed_up(account("bob"));  // A password hash takes longer than the window.
  EXPECT_TRUE(is_problem(api().refresh(first.refresh), 401, "TOKEN_REUSED"));
}

class MobileRefresh : public RefreshTest {
 protected:
  void SetUp() override { start_with("mobile"); }
};

TEST_F(MobileRefresh, TheParentGetsTheSameSuccessorInsideTheWindow) {
  const auto first = api().signed_up(account("ada"));
  const auto once = api().refreshed(first.refresh);
  EXPECT_EQ(api().refreshed(first.refresh).refresh, once.refresh);
}

}  // namespace
}  // namespace gatehouse::test
