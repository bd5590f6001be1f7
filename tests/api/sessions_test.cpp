// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"

#include <algorithm>

namespace gatehouse::test {
namespace {

class Sessions : public ApiTest {
 protected:
  void SetUp() override {
    start();
    first_ = api().signed_up(who_);
  }
  Json list(const Tokens& who) {
    const auto response = api().sessions(who.access);
    EXPECT_EQ(response.status, 200) << response.body;
    return Json::parse(response.body);
  }
  const Account who_ = account("ada");
  Tokens first_;
};

TEST_F(Sessions, AreListedInTheDocumentedShape) {
  const auto body = list(first_);
  ASSERT_EQ(body["data"].size(), 1U);
  EXPECT_TRUE(body["nextCursor"].is_null());
  const auto& session = body["data"][0];
  for (const auto* name : {"id", "createdAt", "lastUsedAt", "ipAddress", "userAgent", "deviceName", "current"}) {
    EXPECT_FALSE(session[name].missing()) << name;
  }
  EXPECT_EQ(session["id"].text(), first_.session);
  EXPECT_EQ(session["ipAddress"].text(), "127.0.0.1");
  EXPECT_TRUE(session["current"].boolean());
  EXPECT_TRUE(session["createdAt"].text().ends_with("Z")) << session["createdAt"].text();
}

TEST_F(Sessions, MarkTheCallersAsCurrent) {
  const auto second = api().logged_in(who_);
  const auto body = list(second);
  ASSERT_EQ(body["data"].size(), 2U);
  for (const auto& session : body["data"].items()) {
    EXPECT_EQ(session["current"].boolean(), session["id"].text() == second.session);
  }
}

TEST_F(Sessions, ShowNothingThatCouldBeUsedAsAToken) {
  const auto text = api().sessions(first_.access).body;
  EXPECT_EQ(text.find("ghr_"), std::string::npos);
  EXPECT_EQ(text.find(first_.access), std::string::npos);
  EXPECT_EQ(text.find("salt"), std::string::npos);
  EXPECT_EQ(text.find("hash"), std::string::npos);
}

TEST_F(Sessions, AreOnlyOnesOwn) {
  const auto other = api().signed_up(account("bob"));
  const auto body = list(other);
  ASSERT_EQ(body["data"].size(), 1U);
  EXPECT_EQ(body["data"][0]["id"].text(), other.session);
}

TEST_F(Sessions, EndByTheirId) {
  const auto second = api().logged_in(who_);
  EXPECT_EQ(api().revoke_session(second.access, first_.session).status, 204);
  EXPECT_TRUE(is_problem(api().user(first_.access), 401, "SESSION_REVOKED"));
  EXPECT_TRUE(is_problem(api().refresh(first_.refresh), 401, "SESSION_REVOKED"));
  EXPECT_EQ(api().user(second.access).status, 200);
  EXPECT_EQ(list(second)["data"].size(), 1U);
}

TEST_F(Sessions, OfSomebodyElseDoNotExist) {
  const auto other = api().signed_up(account("bob"));
  const auto theirs = api().revoke_session(other.access, first_.session);
  const auto nobodys = api().revoke_session(other.access, "01890a5d-ac96-774b-bcce-b302099a8057");
  EXPECT_TRUE(is_problem(theirs, 404, "NOT_FOUND"));
  EXPECT_EQ(comparable(theirs), comparable(nobodys));
  EXPECT_EQ(api().user(first_.access).status, 200);
}

TEST_F(Sessions, WithOddIdsDoNotExist) {
  for (const auto* id : {"x", "0", "-1", "%00", "'", "..%2fuser", "01890a5d-ac96-774b-bcce-b302099a805", "*"}) {
    const auto response = api().revoke_session(first_.access, id);
    EXPECT_TRUE(response.status == 404 || response.status == 400) << id << ' ' << response.status;
  }
  EXPECT_EQ(api().user(first_.access).status, 200);
}

TEST_F(Sessions, RevokeAllEndsTheCallersToo) {
  const auto second = api().logged_in(who_);
  const auto response = api().revoke_all(second.access);
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(Json::parse(response.body)["revoked"].integer(), 2);
  for (const auto& tokens : {first_, second}) {
    EXPECT_TRUE(is_problem(api().user(tokens.access), 401, "SESSION_REVOKED"));
    EXPECT_TRUE(is_problem(api().refresh(tokens.refresh), 401, "SESSION_REVOKED"));
  }
}

TEST_F(Sessions, RevokeAllCanSpareTheCallers) {
  const auto second = api().logged_in(who_);
  const auto third = api().logged_in(who_);
  const auto response = api().revoke_others(third.access);
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(Json::parse(response.body)["revoked"].integer(), 2);
  EXPECT_EQ(api().user(third.access).status, 200);
  EXPECT_EQ(api().refresh(third.refresh).status, 200);
  for (const auto& tokens : {first_, second}) {
    EXPECT_EQ(api().user(tokens.access).status, 401);
    EXPECT_EQ(api().refresh(tokens.refresh).status, 401);
  }
}

TEST_F(Sessions, RevokeAllLeavesOtherPeopleAlone) {
  const auto other = api().signed_up(account("bob"));
  ASSERT_EQ(api().revoke_all(first_.access).status, 200);
  EXPECT_EQ(api().user(other.access).status, 200);
  EXPECT_EQ(api().refresh(other.refresh).status, 200);
}

TEST_F(Sessions, AfterRevokeAllAFreshLoginWorks) {
  ASSERT_EQ(api().revoke_all(first_.access).status, 200);
  const auto again = api().logged_in(who_);
  EXPECT_EQ(api().user(again.access).status, 200);
  EXPECT_EQ(api().refresh(again.refresh).status, 200);
}

TEST_F(Sessions, LogoutEndsThisOne) {
  const auto second = api().logged_in(who_);
  EXPECT_EQ(api().logout(first_.access).status, 204);
  EXPECT_TRUE(is_problem(api().user(first_.access), 401, "SESSION_REVOKED"));
  EXPECT_TRUE(is_problem(api().refresh(first_.refresh), 401, "SESSION_REVOKED"));
  EXPECT_EQ(api().user(second.access).status, 200);
}

TEST_F(Sessions, LogoutEverywhereEndsAll) {
  const auto second = api().logged_in(who_);
  EXPECT_EQ(api().logout_everywhere(second.access).status, 204);
  EXPECT_EQ(api().user(first_.access).status, 401);
  EXPECT_EQ(api().refresh(first_.refresh).status, 401);
  EXPECT_EQ(api().refresh(second.refresh).status, 401);
}

TEST_F(Sessions, LogoutNeedsNoBody) {
  EXPECT_EQ(api().http().send({"POST", "/auth/logout", bearer(first_.access), std::nullopt}).status, 204);
}

TEST_F(Sessions, LogoutEndsEveryGenerationOfTheSession) {
  const auto next = api().refreshed(first_.refresh);
  ASSERT_EQ(api().logout(first_.access).status, 204);
  EXPECT_EQ(api().user(next.access).status, 401);
  EXPECT_EQ(api().refresh(next.refresh).status, 401);
}

TEST_F(Sessions, NeedAToken) {
  EXPECT_TRUE(is_problem(api().http().get("/auth/sessions"), 401, "TOKEN_MISSING"));
  EXPECT_TRUE(is_problem(api().http().del("/auth/sessions/x"), 401, "TOKEN_MISSING"));
  EXPECT_TRUE(is_problem(api().http().post("/auth/sessions/revoke-all", "{}"), 401, "TOKEN_MISSING"));
  EXPECT_TRUE(is_problem(api().http().post("/auth/logout", "{}"), 401, "TOKEN_MISSING"));
}

TEST_F(Sessions, OfManyDevicesAreAllListed) {
  for (int i = 0; i < 24; ++i) api().logged_in(who_);
  std::vector<std::string> ids;
  std::string cursor;
  do {
    const auto response = api().http().get("/auth/sessions?limit=10" + cursor, bearer(first_.access));
    ASSERT_EQ(response.status, 200) << response.body;
    const auto body = Json::parse(response.body);
    EXPECT_LE(body["data"].size(), 10U);
    for (const auto& session : body["data"].items()) ids.push_back(session["id"].text());
    cursor = body["nextCursor"].is_string() ? "&cursor=" + body["nextCursor"].text() : "";
  } while (!cursor.empty() && ids.size() < 100);
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end());
  EXPECT_EQ(ids.size(), 25U);
}

}  // namespace
}  // namespace gatehouse::test
