// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

#include <gatehouse/store.h>

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <set>

namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class Export : public AuthFixture {
 protected:
  explicit Export(app::ServiceSettings settings = fast({})) : AuthFixture(std::move(settings)) {}

  Answer ask(const Answer& who, const std::string& cursor = {}) {
    Sent sent{.method = http::Method::Get, .path = "/user/export", .bearer = who.text("accessToken")};
    if (!cursor.empty()) sent.query.emplace_back("cursor", cursor);
    return send(sent);
  }
  // As whoever may write to the store.
  void plant(const std::string& user, const std::string& actor, const std::string& payload) {
    events::Event event;
    event.type = events::Type::UserUpdated;
    event.subject = user;
    event.actor = actor;
    event.ip = "198.51.100.66";
    event.user_agent = "Elsewhere/1.0";
    event.payload = payload;
    ASSERT_TRUE(services->events().write(std::move(event), call()));
  }
  // The newest event of the type in an export.
  static nlohmann::json newest(const Answer& answer, const std::string& type) {
    for (const auto& event : answer.body.at("events")) {
      if (event.at("type") == type) return event;
    }
    return nullptr;
  }
  static std::string id_of(const Answer& who) { return who.body.at("user").at("id").get<std::string>(); }
};

TEST_F(Export, AsksForARecentPasswordAsTheEndOfTheAccountDoes) {
  const auto mine = signup();
  clock.advance(5min - 1s);
  EXPECT_EQ(ask(mine).status, 200);
  clock.advance(1s);
  EXPECT_EQ(ask(mine).code, Code::ReauthenticationRequired);
  const auto remove = send({.method = http::Method::Delete, .path = "/user", .bearer = mine.text("accessToken")});
  EXPECT_EQ(remove.code, ask(mine).code);
  const auto renewed = refresh(mine.text("refreshToken"));
  EXPECT_EQ(ask(renewed).code, Code::ReauthenticationRequired);
  const auto again = post("/reauthenticate", {{"password", good_password}}, renewed.text("accessToken"));
  EXPECT_EQ(ask(again).status, 200);
}

TEST_F(Export, OfEveryPageAsksForARecentPassword) {
  const auto mine = signup();
  for (int i = 0; i < 200; ++i) plant(id_of(mine), id_of(mine), "{}");
  const auto cursor = ask(mine).text("nextCursor");
  EXPECT_EQ(ask(mine, cursor).status, 200);
  clock.advance(5min);
  EXPECT_EQ(ask(mine, cursor).code, Code::ReauthenticationRequired);
}

TEST_F(Export, ThatCannotBeRecordedHandsOutNothing) {
  const auto mine = signup();
  store_faults.answer(StoreVerb::Commit, GH_UNAVAILABLE);
  EXPECT_EQ(ask(mine).code, Code::ProviderUnavailable);
  store_faults.answer(StoreVerb::Commit, GH_IN_DOUBT);
  EXPECT_NE(ask(mine).status, 200);
  store_faults.clear();
  EXPECT_EQ(ask(mine).status, 200);
}

TEST_F(Export, IsRecordedOnceHoweverManyPagesItHas) {
  const auto mine = signup();
  for (int i = 0; i < 450; ++i) plant(id_of(mine), id_of(mine), "{}");
  clock.advance(1s);
  auto cursor = ask(mine).text("nextCursor");
  cursor = ask(mine, cursor).text("nextCursor");
  EXPECT_TRUE(ask(mine, cursor).body.at("nextCursor").is_null());
  clock.advance(1s);
  const auto events = ask(mine).body.at("events");
  EXPECT_EQ(events.at(0).at("type"), "user_data_exported");
  EXPECT_NE(events.at(1).at("type"), "user_data_exported");
}

TEST_F(Export, TellsOfAGuesserWhenButNotWhoOrWhere) {
  const auto mine = signup();
  client_address = "198.51.100.66";
  ASSERT_EQ(login("ada@example.org", "Wrong-Horse-77-Battery").code, Code::InvalidCredentials);
  post("/forgot-password", {{"email", "ada@example.org"}});
  client_address = "192.0.2.7";
  const auto shown = ask(mine);
  for (const auto* type : {"user_login_failed", "password_reset_requested"}) {
    const auto event = newest(shown, type);
    ASSERT_FALSE(event.is_null()) << type;
    EXPECT_TRUE(event.at("actor").is_null());
    EXPECT_TRUE(event.at("ipAddress").is_null());
    EXPECT_TRUE(event.at("userAgent").is_null());
  }
  EXPECT_THAT(shown.response.body, Not(HasSubstr("198.51.100.66")));
  EXPECT_EQ(newest(shown, "session_created").at("ipAddress"), "192.0.2.7");
}

TEST_F(Export, TellsThatSomebodyElseActedButNotWho) {
  const auto mine = signup();
  plant(id_of(mine), "01890a5d-ac96-774b-bcce-b302099a8057", R"({"fields":"name"})");
  const auto shown = ask(mine);
  EXPECT_EQ(newest(shown, "user_updated").at("actor"), "other");
  EXPECT_THAT(shown.response.body, Not(HasSubstr("01890a5d-ac96-774b-bcce-b302099a8057")));
  EXPECT_THAT(shown.response.body, Not(HasSubstr("198.51.100.66")));
  EXPECT_THAT(shown.response.body, Not(HasSubstr("Elsewhere")));
}

TEST_F(Export, ShowsOfPayloadsOnlyWhatIsKnownToBeTheUsers) {
  const auto mine = signup();
  plant(id_of(mine), id_of(mine),
        R"({"fields":"email","by":"bob@example.org","reason":{"deep":"bob@example.org"},"scope":["bob@example.org"]})");
  const auto shown = ask(mine);
  EXPECT_EQ(newest(shown, "user_updated").at("payload"), nlohmann::json({{"fields", "email"}}));
  EXPECT_THAT(shown.response.body, Not(HasSubstr("bob@example.org")));
}

TEST_F(Export, RefusesAPayloadThatWouldBreakOutOfItsPlace) {
  const auto mine = signup();
  plant(id_of(mine), id_of(mine), R"({}],"user":{"role":"admin"})");
  const auto refused = ask(mine);
  ASSERT_TRUE(refused.response.error);
  EXPECT_EQ(refused.code, Code::Internal);
}

TEST_F(Export, HasNoLineOfAnotherHistoryWhateverTheStoreDelivers) {
  const auto mine = signup();
  constexpr std::size_t fields_of_events = 13;
  constexpr std::size_t subject = 5;
  const auto other = gh_slice{reinterpret_cast<const std::uint8_t*>("somebody else"), 13};
  std::array<gh_value, fields_of_events> values{};
  store_faults.change_records([&](gh_record& record) {
    if (record.value_count != fields_of_events) return;
    std::copy_n(record.values, fields_of_events, values.begin());
    record.key.partition = values[subject].s = other;
    record.values = values.data();
  });
  const auto refused = ask(mine);
  store_faults.change_records({});
  ASSERT_TRUE(refused.response.error);
  EXPECT_EQ(refused.code, Code::Internal);
  EXPECT_THAT(refused.response.error->detail, HasSubstr("of another user"));
}

TEST_F(Export, SaysOfEachSessionHowItStands) {
  const auto old = signup();
  clock.advance(24h * 7 + 12h);
  const auto ended = login();
  const auto mine = login();
  ASSERT_EQ(post("/logout", nlohmann::json::object(), ended.text("accessToken")).status, 204);
  const auto sessions = ask(mine).body.at("sessions");
  ASSERT_EQ(sessions.size(), 3U);
  std::multiset<std::string> states;
  for (const auto& session : sessions) {
    const auto state = session.at("state").get<std::string>();
    states.insert(state);
    EXPECT_EQ(session.at("revokedAt").is_null(), state != "revoked");
    EXPECT_EQ(session.at("revokedReason"), state == "revoked" ? nlohmann::json("logout") : nlohmann::json());
    EXPECT_EQ(session.at("current").get<bool>(), state == "active");
  }
  EXPECT_EQ(states, (std::multiset<std::string>{"active", "expired", "revoked"}));
}

// Exactly full pages too: 200 sessions leave no room for an event on the first one.
TEST_F(Export, OfManySessionsPagesThroughThemBeforeTheEvents) {
  signup();
  auto mine = login();
  for (const int wanted : {200, 350}) {
    std::size_t opened = 0;
    std::set<std::string> sessions;
    std::set<std::string> events;
    std::size_t shown = 0;
    for (opened = ask(mine).body.at("sessions").size(); opened < 200 && wanted == 200; ++opened) mine = login();
    for (int i = 0; wanted == 350 && i < 150; ++i) mine = login();
    std::string cursor;
    do {
      const auto page = ask(mine, cursor);
      ASSERT_EQ(page.status, 200);
      for (const auto& session : page.body.at("sessions")) sessions.insert(session.at("id").get<std::string>());
      for (const auto& event : page.body.at("events")) events.insert(event.at("id").get<std::string>());
      const auto size = page.body.at("sessions").size() + page.body.at("events").size();
      EXPECT_LE(size, 200U);
      shown += size;
      cursor = page.body.at("nextCursor").is_null() ? "" : page.text("nextCursor");
    } while (!cursor.empty() && shown < 5000);
    EXPECT_EQ(sessions.size(), static_cast<std::size_t>(wanted));
    // Nothing twice; and of each session its beginning, of each login itself.
    EXPECT_EQ(shown, sessions.size() + events.size());
    EXPECT_GE(events.size(), 2 * static_cast<std::size_t>(wanted));
  }
}

class LimitedExport : public Export {
 protected:
  LimitedExport() : Export(limited()) {}
  static app::ServiceSettings limited() {
    auto settings = fast({});
    settings.limits.enabled = true;
    settings.limits.login.count = 0;
    settings.limits.other.count = 0;
    return settings;
  }
};

TEST_F(LimitedExport, IsCountedByAccountWhereverItIsAskedForAndPagesAreNot) {
  const auto mine = signup();
  const auto other = signup("bob@example.org");
  for (int i = 0; i < 250; ++i) plant(id_of(mine), id_of(mine), "{}");
  std::string cursor;
  for (int i = 0; i < 5; ++i) {
    client_address = "192.0.2." + std::to_string(i);
    const auto answer = ask(i % 2 == 0 ? mine : login());
    ASSERT_EQ(answer.status, 200);
    cursor = answer.text("nextCursor");
  }
  client_address = "192.0.2.99";
  const auto sixth = ask(login());
  ASSERT_EQ(sixth.code, Code::RateLimited);
  EXPECT_EQ(sixth.response.error->retry_after, 1h);
  EXPECT_EQ(ask(mine, cursor).status, 200);
  EXPECT_EQ(ask(other).status, 200);
}

}  // namespace
}  // namespace gatehouse::test
