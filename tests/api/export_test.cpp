// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"

#include <algorithm>
#include <set>

namespace gatehouse::test {
namespace {

class Export : public ApiTest {
 protected:
  void SetUp() override {
    start();
    ada_ = api().signed_up(account("ada"));
  }
  HttpResponse ask(const Tokens& who, const std::string& query = {}) {
    return api().http().get("/auth/user/export" + query, bearer(who.access));
  }
  Json first(const Tokens& who) {
    const auto response = ask(who);
    EXPECT_EQ(response.status, 200) << response.body;
    return Json::parse(response.body);
  }
  void add_events(int count) {
    for (int i = 0; i < count; ++i) {
      const auto changed =
          api().http().send({"PATCH",
                             "/auth/user",
                             {{"Authorization", "Bearer " + ada_.access}, {"Content-Type", "application/json"}},
                             R"({"phone":"+4930)" + std::to_string(100'000 + i) + "\"}"});
      ASSERT_EQ(changed.status, 200) << changed.body;
    }
  }
  Tokens ada_;
};

TEST_F(Export, IsAFileWithTheAccountItsSessionsAndItsEvents) {
  const auto second = api().logged_in(account("ada"));
  const auto ended = api().logged_in(account("ada"));
  ASSERT_EQ(api().logout(ended.access).status, 204);
  const auto response = api().http().get("/api/auth/user/export", bearer(second.access));
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.header("content-disposition"), "attachment; filename=\"account.json\"");
  EXPECT_NE(response.header("cache-control").value_or("").find("no-store"), std::string::npos);
  EXPECT_TRUE(has_security_headers(response));

  const auto body = Json::parse(response.body);
  EXPECT_EQ(body.names(), (std::vector<std::string>{"exportedAt", "user", "sessions", "events", "nextCursor"}));
  EXPECT_EQ(body["user"]["email"].text(), "ada@example.org");
  EXPECT_EQ(body["user"]["id"].text(), ada_.user);
  EXPECT_EQ(body["user"]["loginCount"].integer(), 3);
  EXPECT_EQ(body["user"]["lastLoginIp"].text(), "127.0.0.1");
  ASSERT_EQ(body["sessions"].size(), 3U);
  for (const auto& session : body["sessions"].items()) {
    const auto id = session["id"].text();
    EXPECT_EQ(session["state"].text(), id == ended.session ? "revoked" : "active");
    EXPECT_EQ(session["current"].boolean(), id == second.session);
    EXPECT_EQ(session["ipAddress"].text(), "127.0.0.1");
  }
  std::multiset<std::string> types;
  for (const auto& event : body["events"].items()) types.insert(event["type"].text());
  EXPECT_EQ(types, (std::multiset<std::string>{"session_created", "session_created", "session_created", "user_created",
                                               "user_logged_in", "user_logged_in", "user_logged_out"}));
  EXPECT_TRUE(body["nextCursor"].is_null());
}

TEST_F(Export, IsToldInTheHistoryItShows) {
  first(ada_);
  const auto events = first(ada_)["events"];
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0]["type"].text(), "user_data_exported");
  EXPECT_EQ(events[0]["session"].text(), ada_.session);
  EXPECT_EQ(events[0]["actor"].text(), "self");
}

TEST_F(Export, ShowsNoSecretAndNothingOfOtherPeople) {
  const auto bob = api().signed_up(account("bob"));
  api().login({"ada@example.org", "Wrong-Harbour-41"}, {});
  const auto next = api().refreshed(ada_.refresh);
  const auto text = ask(next).body;
  for (const auto& secret : {std::string("argon2"), std::string("ghr_"), std::string("salt"), next.access, next.refresh,
                             claims_of(ada_.access)["jti"].text(), claims_of(next.access)["jti"].text(), bob.user,
                             bob.session, std::string("bob@example.org"), std::string("asswordHash")}) {
    EXPECT_EQ(text.find(secret), std::string::npos) << secret;
  }
  const auto body = Json::parse(text);
  for (const auto& event : body["events"].items()) {
    const bool failed = event["type"].text() == "user_login_failed";
    EXPECT_EQ(event["ipAddress"].is_null(), failed) << event["type"].text();
  }
}

// Two lists, several pages, and a history that goes on while it is read.
TEST_F(Export, OfALongHistoryComesInPagesWithoutLossOrDuplicate) {
  constexpr int changes = 430;
  add_events(changes);
  std::vector<std::string> ids;
  std::string last_time = "9999";
  std::string cursor;
  int pages = 0;
  int updates = 0;
  do {
    const auto response = ask(ada_, cursor);
    ASSERT_EQ(response.status, 200) << response.body;
    EXPECT_LT(response.body.size(), 400'000U);
    const auto body = Json::parse(response.body);
    EXPECT_EQ(body["user"].missing(), pages > 0);
    EXPECT_LE(body["sessions"].size() + body["events"].size(), 200U);
    for (const auto& event : body["events"].items()) {
      ids.push_back(event["id"].text());
      updates += event["type"].text() == "user_updated" ? 1 : 0;
      EXPECT_LE(event["time"].text(), last_time);
      last_time = event["time"].text();
    }
    cursor = body["nextCursor"].is_string() ? "?cursor=" + body["nextCursor"].text() : "";
    ++pages;
    add_events(1);
  } while (!cursor.empty() && pages < 20);
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(updates, changes);
  EXPECT_EQ(ids.size(), changes + 2U);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
}

TEST_F(Export, TakesNoCursorButItsOwn) {
  add_events(200);
  const auto bob = api().signed_up(account("bob"));
  const auto cursor = first(ada_)["nextCursor"].text();
  EXPECT_EQ(ask(ada_, "?cursor=" + cursor).status, 200);
  const auto theirs = ask(bob, "?cursor=" + cursor);
  EXPECT_TRUE(is_problem(theirs, 400, "VALIDATION_FAILED"));
  EXPECT_TRUE(names_field(theirs, "/cursor", "CURSOR_INVALID"));
  EXPECT_EQ(theirs.body.find(ada_.user), std::string::npos);

  for (std::size_t at = 0; at < cursor.size(); at += 7) {
    auto forged = cursor;
    forged[at] = forged[at] == 'A' ? 'B' : 'A';
    EXPECT_TRUE(is_problem(ask(ada_, "?cursor=" + forged), 400, "VALIDATION_FAILED")) << at;
  }
  api().logged_in(account("ada"));
  const auto sessions = api().http().get("/auth/sessions?limit=1", bearer(ada_.access));
  const auto of_sessions = Json::parse(sessions.body)["nextCursor"].text();
  for (const auto& other : {of_sessions, std::string("s"), std::string("e"), std::string("ZQ"), std::string(4000, 'A'),
                            cursor + "A", cursor.substr(1)}) {
    EXPECT_TRUE(is_problem(ask(ada_, "?cursor=" + other), 400, "VALIDATION_FAILED")) << other.substr(0, 80);
  }
  EXPECT_TRUE(is_problem(ask(ada_, "?cursor=" + cursor + "&cursor=" + cursor), 400, "UNKNOWN_FIELD"));
  EXPECT_TRUE(is_problem(ask(ada_, "?user=" + bob.user), 400, "UNKNOWN_FIELD"));
}

TEST_F(Export, EndsWithTheSessionAndWithTheAccount) {
  add_events(200);
  const auto second = api().logged_in(account("ada"));
  const auto cursor = "?cursor=" + first(ada_)["nextCursor"].text();
  ASSERT_EQ(api().revoke_session(second.access, ada_.session).status, 204);
  EXPECT_TRUE(is_problem(ask(ada_, cursor), 401, "SESSION_REVOKED"));
  EXPECT_TRUE(is_problem(ask(ada_), 401, "SESSION_REVOKED"));
  // The cursor is the user's and not the session's: who had to show the password again goes on.
  EXPECT_EQ(ask(second, cursor).status, 200);
  ASSERT_EQ(api().http().del("/auth/user", bearer(second.access)).status, 204);
  EXPECT_TRUE(is_problem(ask(second, cursor), 401, "SESSION_REVOKED"));
  EXPECT_TRUE(is_problem(api().http().get("/auth/user/export"), 401, "TOKEN_MISSING"));
}

}  // namespace
}  // namespace gatehouse::test
