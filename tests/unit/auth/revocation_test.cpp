// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

#include <gatehouse/store.h>

#include <atomic>
#include <cstdint>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace gatehouse::test {
namespace {

class Revocation : public AuthFixture {
 protected:
  std::vector<std::string> session_ids(const std::string& bearer) {
    std::vector<std::string> ids;
    const auto list = get("/sessions", bearer);
    for (const auto& session : list.body.at("data")) ids.push_back(session.at("id"));
    return ids;
  }
  void expect_dead(const Answer& tokens) {
    EXPECT_EQ(get("/user", tokens.text("accessToken")).code, Code::SessionRevoked);
    EXPECT_EQ(refresh(tokens.text("refreshToken")).code, Code::SessionRevoked);
  }
  void expect_alive(const Answer& tokens) {
    EXPECT_EQ(get("/user", tokens.text("accessToken")).status, 200);
    EXPECT_EQ(refresh(tokens.text("refreshToken")).status, 200);
  }
};

TEST_F(Revocation, LogoutEndsThisSessionAndNoOther) {
  const auto here = signup();
  const auto there = login();
  EXPECT_EQ(post("/logout", nlohmann::json::object(), here.text("accessToken")).status, 204);
  expect_dead(here);
  expect_alive(there);
}

TEST_F(Revocation, LogoutEverywhereEndsAllOfThem) {
  const auto here = signup();
  const auto there = login();
  EXPECT_EQ(post("/logout", {{"everywhere", true}}, here.text("accessToken")).status, 204);
  expect_dead(here);
  expect_dead(there);
}

TEST_F(Revocation, LogoutWorksWithAnExpiredAccessToken) {
  const auto here = signup();
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(get("/user", here.text("accessToken")).code, Code::TokenExpired);
  EXPECT_EQ(post("/logout", nlohmann::json::object(), here.text("accessToken")).status, 204);
  EXPECT_EQ(refresh(here.text("refreshToken")).code, Code::SessionRevoked);
}

TEST_F(Revocation, ListsExactlyTheLiveSessionsAndMarksTheCallers) {
  const auto first = signup();
  clock.advance(std::chrono::seconds(1));
  const auto second = login();
  clock.advance(std::chrono::seconds(1));
  const auto third = login();
  ASSERT_EQ(post("/logout", nlohmann::json::object(), second.text("accessToken")).status, 204);
  const auto list = get("/sessions", third.text("accessToken"));
  ASSERT_EQ(list.body.at("data").size(), 2U);
  EXPECT_FALSE(list.body.at("data")[0].at("current").get<bool>());
  EXPECT_TRUE(list.body.at("data")[1].at("current").get<bool>());
  EXPECT_TRUE(list.body.at("nextCursor").is_null());
}

TEST_F(Revocation, EndsOneSessionByIdFromAnother) {
  const auto first = signup();
  clock.advance(std::chrono::seconds(1));
  const auto second = login();
  const auto ids = session_ids(second.text("accessToken"));
  EXPECT_EQ(send({.method = http::Method::Delete, .path = "/sessions/" + ids[0], .bearer = second.text("accessToken")})
                .status,
            204);
  expect_dead(first);
  expect_alive(second);
}

TEST_F(Revocation, SomebodyElsesSessionDoesNotExist) {
  const auto ada = signup("ada@example.org");
  const auto bob = signup("bob@example.org");
  const auto ids = session_ids(ada.text("accessToken"));
  EXPECT_EQ(
      send({.method = http::Method::Delete, .path = "/sessions/" + ids[0], .bearer = bob.text("accessToken")}).code,
      Code::NotFound);
  expect_alive(ada);
}

TEST_F(Revocation, RevokeAllEndsTheCallersToo) {
  const auto first = signup();
  clock.advance(std::chrono::seconds(1));
  const auto second = login();
  const auto answer = post("/sessions/revoke-all", nlohmann::json::object(), second.text("accessToken"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.at("revoked"), 2);
  expect_dead(first);
  expect_dead(second);
}

TEST_F(Revocation, RevokeAllCanSpareTheCaller) {
  const auto first = signup();
  clock.advance(std::chrono::seconds(1));
  const auto second = login();
  const auto answer = post("/sessions/revoke-all", {{"exceptCurrent", true}}, second.text("accessToken"));
  EXPECT_EQ(answer.body.at("revoked"), 1);
  expect_dead(first);
  expect_alive(second);
}

TEST_F(Revocation, ReachesSessionsOnEveryPage) {
  const auto first = signup();
  std::vector<Answer> others;
  for (int i = 0; i < 230; ++i) others.push_back(login());
  EXPECT_EQ(post("/sessions/revoke-all", nlohmann::json::object(), first.text("accessToken")).body.at("revoked"), 231);
  for (const auto& other : others) {
    ASSERT_EQ(get("/user", other.text("accessToken")).code, Code::SessionRevoked);
  }
}

// In reads, and in records that these delivered.
TEST_F(Revocation, TheEndOfAllSessionsOfAUserReadsNobodyElses) {
  std::atomic<std::uint64_t> records{0};
  store_faults.change_records([&records](gh_record&) { ++records; });
  const auto reads = [&] { return store_faults.calls(StoreVerb::Get) + store_faults.calls(StoreVerb::Find); };
  const auto end_of_ten = [&](const std::string& email) {
    auto newest = signup(email);
    for (int more = 1; more < 10; ++more) newest = login(email);
    const auto reads_before = reads();
    const auto records_before = records.load();
    const auto ended = post("/sessions/revoke-all", nlohmann::json::object(), newest.text("accessToken"));
    EXPECT_EQ(ended.body.at("revoked"), 10);
    return std::pair(reads() - reads_before, records - records_before);
  };
  const auto among_few = end_of_ten("few@example.org");
  for (int other = 0; other < 100; ++other) signup("other" + std::to_string(other) + "@example.org");
  EXPECT_EQ(end_of_ten("many@example.org"), among_few);
  EXPECT_LT(among_few.second, 50U) << "some of each of its ten sessions";
  store_faults.change_records({});
}

// One for the epoch, which is what ends them, and one that says so in all their records, with an event for each.
TEST_F(Revocation, TheEndOfTenSessionsIsTwoCommits) {
  auto newest = signup();
  for (int more = 1; more < 10; ++more) newest = login();
  const auto before = store_faults.calls(StoreVerb::Commit);
  const auto ended = post("/sessions/revoke-all", nlohmann::json::object(), newest.text("accessToken"));
  EXPECT_EQ(ended.body.at("revoked"), 10);
  EXPECT_EQ(store_faults.calls(StoreVerb::Commit) - before, 2U);
  EXPECT_EQ(events("session_revoked").size(), 11U) << "the user's, and one for each session";
}

TEST_F(Revocation, SessionsOfWhichOneChangesMeanwhileAreEndedOneByOne) {
  const auto mine = signup();
  const auto my_id = session_ids(mine.text("accessToken")).at(0);
  std::vector<Answer> others;
  for (int more = 0; more < 3; ++more) others.push_back(login());
  // The list shows it as it was a moment ago. Those of one moment are in no certain order.
  std::atomic<bool> shown{false};
  const auto ids = session_ids(mine.text("accessToken"));
  const auto changed = ids.at(0) == my_id ? ids.at(1) : ids.at(0);
  store_faults.change_records([&](gh_record& record) {
    const std::string_view id(reinterpret_cast<const char*>(record.key.id.data), record.key.id.size);
    if (id == changed && !shown.exchange(true)) ++record.version;
  });
  const auto before = store_faults.calls(StoreVerb::Commit);
  const auto ended = post("/sessions/revoke-all", {{"exceptCurrent", true}}, mine.text("accessToken"));
  EXPECT_EQ(ended.body.at("revoked"), 3);
  store_faults.change_records({});
  EXPECT_EQ(store_faults.calls(StoreVerb::Commit) - before, 5U);
  EXPECT_EQ(events("session_revoked").size(), 4U);
  for (const auto& other : others) expect_dead(other);
  EXPECT_EQ(session_ids(mine.text("accessToken")).size(), 1U);
  expect_alive(mine);
}

TEST_F(Revocation, AnEndOfAllSessionsThatIsNotWholeIsToldAndTheyAreDeadAllTheSame) {
  const auto mine = signup();
  const auto other = login();
  store_faults.answer_later(StoreVerb::Commit, GH_UNAVAILABLE, 1);
  const auto ended = post("/sessions/revoke-all", {{"exceptCurrent", true}}, mine.text("accessToken"));
  EXPECT_EQ(ended.code, Code::ProviderUnavailable) << ended.refusal();
  expect_dead(other);
  expect_alive(mine);
}

TEST_F(Revocation, ALoginDecidedBeforeARevokeAllAndStoredAfterItIsStillborn) {
  const auto here = signup();
  // The login has read its user and is about to commit when the revocation comes and goes.
  store_faults.hold(StoreVerb::Commit);
  Answer late;
  std::thread login_thread([&] { late = login(); });
  store_faults.wait_held(StoreVerb::Commit);
  std::thread revoke_thread(
      [&] { EXPECT_EQ(post("/sessions/revoke-all", nlohmann::json::object(), here.text("accessToken")).status, 200); });
  store_faults.wait_held(StoreVerb::Commit, 2);
  store_faults.release(StoreVerb::Commit);
  login_thread.join();
  revoke_thread.join();
  // Whichever commit came first: the login's session is either newer than the revocation, or dead.
  ASSERT_EQ(late.status, 200);
  expect_dead(here);
  const auto alive = get("/user", late.text("accessToken"));
  if (alive.status == 200) {
    EXPECT_EQ(session_ids(late.text("accessToken")).size(), 1U);
  } else {
    EXPECT_EQ(alive.code, Code::SessionRevoked);
  }
}

TEST_F(Revocation, PagesOfSessionsFollowEachOtherByCursor) {
  const auto first = signup();
  for (int i = 0; i < 6; ++i) {
    clock.advance(std::chrono::seconds(1));
    ASSERT_EQ(login().status, 200);
  }
  std::set<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    auto sent = Sent{.method = http::Method::Get, .path = "/sessions", .bearer = first.text("accessToken")};
    sent.query = {{"limit", "3"}};
    if (!cursor.empty()) sent.query.emplace_back("cursor", cursor);
    const auto page = send(sent);
    ASSERT_EQ(page.status, 200);
    for (const auto& session : page.body.at("data")) EXPECT_TRUE(seen.insert(session.at("id")).second);
    cursor = page.body.at("nextCursor").is_null() ? "" : page.text("nextCursor");
    ++pages;
  } while (!cursor.empty());
  EXPECT_EQ(seen.size(), 7U);
  EXPECT_EQ(pages, 3);
}

TEST_F(Revocation, APageOfSessionsIsNotEmptyBecauseThoseBeforeHaveEnded) {
  for (int i = 0; i < 5; ++i) {
    const auto ended = i == 0 ? signup() : login();
    ASSERT_EQ(post("/logout", nlohmann::json::object(), ended.text("accessToken")).status, 204);
    clock.advance(std::chrono::seconds(1));
  }
  const auto here = login();
  const auto page = send({.method = http::Method::Get,
                          .path = "/sessions",
                          .bearer = here.text("accessToken"),
                          .query = {{"limit", "2"}}});
  ASSERT_EQ(page.status, 200);
  EXPECT_EQ(page.body.at("data").size(), 1U);
}

// The session's record is read, then its user's epoch rises and the spared session with it, then the user is read.
TEST_F(Revocation, ASparedSessionIsServedThoughItsTwoRecordsAreOfTwoMoments) {
  const auto spared = signup();
  ASSERT_EQ(post("/sessions/revoke-all", {{"exceptCurrent", true}}, spared.text("accessToken")).status, 200);
  std::vector<gh_value> former;
  bool late = false;
  store_faults.change_records([&](gh_record& record) {
    constexpr std::uint32_t user_epoch = 14;
    const bool is_session = record.value_count == sessions::session_kind().fields.size();
    if (!is_session || !std::exchange(late, false)) return;
    former.assign(record.values, record.values + record.value_count);
    former[user_epoch].i -= 1;
    record.values = former.data();
  });
  late = true;
  EXPECT_EQ(get("/user", spared.text("accessToken")).status, 200);
  late = true;
  EXPECT_EQ(refresh(spared.text("refreshToken")).status, 200);
  EXPECT_FALSE(late);
}

TEST_F(Revocation, AListRefusesQueryMembersItWouldIgnore) {
  auto sent = Sent{.method = http::Method::Get, .path = "/sessions", .bearer = signup().text("accessToken")};
  sent.query = {{"Limit", "2"}};
  const auto unknown = send(sent);
  ASSERT_EQ(unknown.code, Code::UnknownField);
  EXPECT_EQ(unknown.response.error->fields.at(0).detail, "Did you mean \"limit\"?");
  sent.query = {{"limit", "1"}, {"limit", "2"}};
  EXPECT_EQ(send(sent).code, Code::ValidationFailed);
}

}  // namespace
}  // namespace gatehouse::test
