// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"

namespace gatehouse::test {
namespace {

class User : public ApiTest {
 protected:
  void SetUp() override { start(); }
};

TEST_F(User, IsTheOneOfTheToken) {
  const auto ada = api().signed_up(account("ada"));
  const auto bob = api().signed_up(account("bob"));
  const auto response = api().user(ada.access);
  ASSERT_EQ(response.status, 200) << response.body;
  const auto body = Json::parse(response.body);
  const auto& user = body["user"].missing() ? body : body["user"];
  EXPECT_EQ(user["email"].text(), "ada@example.org");
  EXPECT_EQ(user["id"].text(), ada.user);
  EXPECT_NE(ada.user, bob.user);
}

TEST_F(User, AnswerHoldsNothingOfThePassword) {
  const auto ada = api().signed_up(account("ada"));
  const auto text = api().user(ada.access).body;
  EXPECT_EQ(text.find("argon2"), std::string::npos);
  EXPECT_EQ(text.find("assword"), std::string::npos);
}

TEST_F(User, NeedsAToken) {
  const auto response = api().http().get("/auth/user");
  EXPECT_TRUE(is_problem(response, 401, "TOKEN_MISSING"));
}

TEST_F(User, TakesTheSchemeInAnyCase) {
  const auto ada = api().signed_up(account("ada"));
  for (const auto* scheme : {"Bearer ", "bearer ", "BEARER "}) {
    EXPECT_EQ(api().http().get("/auth/user", {{"Authorization", scheme + ada.access}}).status, 200) << scheme;
  }
}

TEST_F(User, RefusesOtherWaysToSayAuthorization) {
  const auto ada = api().signed_up(account("ada"));
  for (const std::string& value : std::vector<std::string>{
           ada.access, "Basic " + ada.access, "Bearer", std::string("Bearer "), "Bearer  x y", "Token " + ada.access,
           "Bearer " + ada.access + " x", "Bearer " + ada.access + "," + ada.access, "Bearer \"" + ada.access + "\""}) {
    const auto response = api().http().get("/auth/user", {{"Authorization", value}});
    EXPECT_EQ(response.status, 401) << value;
  }
}

TEST_F(User, RefusesTwoAuthorizationHeaders) {
  const auto ada = api().signed_up(account("ada"));
  auto headers = bearer(ada.access);
  headers.push_back(headers.front());
  EXPECT_EQ(api().http().get("/auth/user", headers).status, 400);
}

TEST_F(User, IgnoresTokensInTheQuery) {
  const auto ada = api().signed_up(account("ada"));
  for (const auto* name : {"access_token", "token", "accessToken"}) {
    EXPECT_EQ(api().http().get(std::string("/auth/user?") + name + '=' + ada.access).status, 401) << name;
  }
}

// Two people through one connection and one server thread: an answer never shows the other one.
TEST_F(User, AlternatingOnOneConnectionNeverMix) {
  const auto ada = api().signed_up(account("ada"));
  const auto bob = api().signed_up(account("bob"));
  for (int round = 0; round < 2000; ++round) {
    const auto& who = round % 2 == 0 ? ada : bob;
    const auto& other = round % 2 == 0 ? bob : ada;
    const auto response = api().user(who.access);
    ASSERT_EQ(response.status, 200);
    ASSERT_NE(response.body.find(who.user), std::string::npos);
    ASSERT_EQ(response.body.find(other.user), std::string::npos);
  }
  EXPECT_EQ(api().http().connections(), 1);
}

}  // namespace
}  // namespace gatehouse::test
