// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"

#include <chrono>

namespace gatehouse::test {
namespace {

using std::chrono::steady_clock;

class Login : public ApiTest {
 protected:
  void SetUp() override {
    start();
    api().signed_up(who_);
  }
  const Account who_ = account("ada");
};

TEST_F(Login, AnswersAsSignupDoes) {
  const auto response = api().login(who_);
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.header("cache-control"), "no-store");
  const auto body = Json::parse(response.body);
  EXPECT_EQ(body["token"].text(), body["accessToken"].text());
  EXPECT_EQ(body["tokenType"].text(), "Bearer");
  EXPECT_EQ(body["user"]["email"].text(), who_.email);
}

TEST_F(Login, OpensANewSessionEachTime) {
  const auto first = api().logged_in(who_);
  const auto second = api().logged_in(who_);
  EXPECT_EQ(first.user, second.user);
  EXPECT_NE(first.session, second.session);
  EXPECT_NE(first.refresh, second.refresh);
  EXPECT_EQ(api().user(first.access).status, 200);
}

TEST_F(Login, TakesTheAddressInAnyCaseAndWithSpaceAround) {
  EXPECT_EQ(api().login({"  ADA@Example.ORG ", who_.password}).status, 200);
}

TEST_F(Login, GivesUnknownUserAndWrongPasswordOneAnswer) {
  const auto wrong = api().login({who_.email, "Violet-Harbour-42"});
  const auto unknown = api().login(account("nobody"));
  EXPECT_TRUE(is_problem(wrong, 401, "INVALID_CREDENTIALS"));
  EXPECT_EQ(comparable(wrong), comparable(unknown));
  EXPECT_EQ(wrong.headers.size(), unknown.headers.size());
}

TEST_F(Login, TakesThePasswordExactlyAsItWasGiven) {
  for (const std::string near : {"violet-Harbour-41", "Violet-Harbour-41 ", " Violet-Harbour-41", "Violet-Harbour-4",
                                 "Violet-Harbour-411", ""}) {
    const auto response = api().login({who_.email, near});
    EXPECT_TRUE(response.status == 401 || response.status == 400) << near << ' ' << response.status;
  }
}

TEST_F(Login, ReadsALongPasswordToItsEnd) {
  std::string long_password = "Ab1!";
  while (long_password.size() < 100) long_password += "xyZ9-";
  const Account who{"long@example.org", long_password};
  ASSERT_EQ(api().signup(who).status, 201);
  EXPECT_EQ(api().login(who).status, 200);
  for (const std::size_t cut : {72U, 99U}) {
    EXPECT_EQ(api().login({who.email, long_password.substr(0, cut)}).status, 401) << cut;
  }
}

TEST_F(Login, DoesNotHashAnEndlessPassword) {
  const auto begin = steady_clock::now();
  const auto response = api().login({who_.email, std::string(40'000, 'x')});
  EXPECT_TRUE(response.status == 400 || response.status == 401) << response.status;
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST_F(Login, KeepsDeviceNameAndUserAgentInTheSession) {
  const auto body = json_object({{"email", json_string(who_.email)},
                                 {"password", json_string(who_.password)},
                                 {"deviceName", R"("Kitchen tablet")"},
                                 {"rememberMe", "true"}});
  const auto tokens = tokens_of(api().http().post("/auth/login", body, {{"User-Agent", "Toaster/3"}}));
  const auto list = Json::parse(api().sessions(tokens.access).body);
  bool found = false;
  for (const auto& session : list["data"].items()) {
    if (session["id"].text() != tokens.session) continue;
    found = true;
    EXPECT_EQ(session["deviceName"].text(), "Kitchen tablet");
    EXPECT_EQ(session["userAgent"].text(), "Toaster/3");
  }
  EXPECT_TRUE(found);
}

TEST_F(Login, RefusesMembersOfTheWrongType) {
  const auto response = api().login(who_, {{"rememberMe", R"("true")"}});
  EXPECT_TRUE(is_problem(response, 400, "VALIDATION_FAILED"));
  EXPECT_TRUE(names_field(response, "/rememberMe"));
  for (const auto* wrong : {"1", "null", "true", "[]", "{}", R"(["a@example.org"])"}) {
    const auto body = std::string(R"({"email":)") + wrong + R"(,"password":"Violet-Harbour-41"})";
    EXPECT_TRUE(is_problem(api().http().post("/auth/login", body), 400, "VALIDATION_FAILED")) << wrong;
  }
}

TEST_F(Login, WithAnUnknownTenantIsRefusedWithoutAWordAboutTheAccount) {
  const auto known = api().login(who_, {{"tenantId", R"("elsewhere")"}});
  const auto unknown = api().login(account("nobody"), {{"tenantId", R"("elsewhere")"}});
  EXPECT_TRUE(is_problem(known, 400, "INVALID_TENANT"));
  EXPECT_TRUE(is_problem(unknown, 400, "INVALID_TENANT"));
  EXPECT_EQ(comparable(known), comparable(unknown));
}

class DefaultLogin : public ApiTest {
 protected:
  void SetUp() override { start({.quick = false}); }

  std::chrono::steady_clock::duration time_of(const Account& who) {
    const auto begin = steady_clock::now();
    EXPECT_EQ(api().login(who).status, 401);
    return steady_clock::now() - begin;
  }
};

TEST_F(DefaultLogin, TakesAtLeastHalfASecondWhoeverAsks) {
  ASSERT_EQ(api().signup(account("ada")).status, 201);
  EXPECT_GE(time_of({"ada@example.org", "Violet-Harbour-42"}), std::chrono::milliseconds(500));
  EXPECT_GE(time_of(account("nobody")), std::chrono::milliseconds(500));
  const auto begin = steady_clock::now();
  EXPECT_EQ(api().login(account("ada")).status, 200);
  EXPECT_GE(steady_clock::now() - begin, std::chrono::milliseconds(500));
}

}  // namespace
}  // namespace gatehouse::test
