// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

#include <gmock/gmock.h>

namespace gatehouse::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::Field;
using testing::UnorderedElementsAre;

struct Told {
  std::string type;
  std::string tenant;
  std::string subject;
  std::string payload;
};

class Events : public AuthFixture {
 protected:
  explicit Events(app::ServiceSettings settings = fast({})) : AuthFixture(std::move(settings)) {}

  // Everything in the stream, batched events too. Ends the services.
  std::vector<Told> stream() {
    services->stop();
    std::vector<Told> told;
    providers::Query query{.kind = app::event_kind_id, .tenant = "default", .limit = 1000};
    const auto page = storage->find(query, call(), [&](providers::RecordReader& record) {
      told.push_back({std::string(record.text(0)), std::string(record.key().tenant), std::string(record.text(5)),
                      std::string(record.text(11))});
    });
    EXPECT_TRUE(page) << page.error().detail;
    return told;
  }
  std::uint64_t counted(const char* name) { return metrics.counter(name, "").value(); }
  static std::vector<std::string> types(const std::vector<Told>& events) {
    std::vector<std::string> types;
    for (const auto& event : events) types.push_back(event.type);
    return types;
  }
};

class LimitedEvents : public Events {
 protected:
  LimitedEvents() : Events(limited()) {}
  static app::ServiceSettings limited() {
    auto settings = fast({});
    settings.limits.enabled = true;
    settings.limits.invalid_token.count = 7;
    return settings;
  }
  std::vector<Told> refusals() {
    auto events = stream();
    std::erase_if(events, [](const Told& event) { return event.type != "rate_limit_exceeded"; });
    return events;
  }
};

TEST_F(Events, ASignupTellsOfTheUserAndTheSession) {
  const auto user = signup().body.at("user").at("id").get<std::string>();
  const auto events = stream();
  EXPECT_THAT(types(events), UnorderedElementsAre("user_created", "session_created"));
  EXPECT_THAT(events, Each(Field(&Told::subject, user)));
}

TEST_F(Events, ALoginThatFailsIsToldWithoutAnAccount) {
  EXPECT_EQ(login("nobody@example.org").code, Code::InvalidCredentials);
  EXPECT_THAT(stream(), Contains(AllOf(Field(&Told::type, "user_login_failed"), Field(&Told::subject, ""))));
}

TEST_F(Events, ReuseOfARefreshTokenIsTold) {
  const auto token = signup().text("refreshToken");
  ASSERT_EQ(refresh(token).status, 200);
  clock.advance(std::chrono::hours(1));
  ASSERT_EQ(refresh(token).code, Code::TokenReused);
  EXPECT_THAT(types(stream()), Contains("refresh_token_reused"));
}

TEST_F(Events, TheMetricCountsEveryEventInTheStream) {
  const auto first = signup();
  ASSERT_EQ(refresh(first.text("refreshToken")).status, 200);
  ASSERT_EQ(login("ada@example.org", "Wrong-Horse-77-Battery").code, Code::InvalidCredentials);
  const auto second = login();
  ASSERT_EQ(post("/logout", nlohmann::json::object(), second.text("accessToken")).status, 204);
  ASSERT_EQ(post("/sessions/revoke-all", nlohmann::json::object(), login().text("accessToken")).status, 200);
  const auto events = stream();
  EXPECT_GE(events.size(), 9U);
  EXPECT_EQ(counted("gatehouse_events_total"), events.size());
  EXPECT_EQ(counted("gatehouse_events_dropped_total"), 0U);
}

TEST_F(Events, OfACommitThatFailedAreNotCounted) {
  store_faults.answer(StoreVerb::Commit, GH_UNAVAILABLE);
  EXPECT_EQ(signup().code, Code::ProviderUnavailable);
  EXPECT_EQ(counted("gatehouse_events_total"), 0U);
}

TEST_F(LimitedEvents, ARefusedSignupIsToldAlthoughItsTenantIsNotKnownYet) {
  for (int i = 0; i < 3; ++i) ASSERT_EQ(signup("user" + std::to_string(i) + "@example.org").status, 201);
  ASSERT_EQ(signup("user4@example.org").code, Code::RateLimited);
  const auto told = refusals();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].tenant, "default");
  EXPECT_EQ(told[0].payload, R"({"action":"signup"})");
  EXPECT_EQ(counted("gatehouse_events_dropped_total"), 0U);
}

TEST_F(LimitedEvents, GuessedRefreshTokensAreToldOnce) {
  for (int i = 0; i < 40; ++i) refresh("ghr_guess" + std::to_string(i));
  EXPECT_EQ(refusals().size(), 1U);
  EXPECT_EQ(metrics.counter("gatehouse_rate_limited_total", "", {{"action", "invalid_token"}}).value(), 33U);
}

TEST_F(LimitedEvents, ABucketRefusedAgainAfterItsWaitIsToldAgain) {
  for (int i = 0; i < 8; ++i) refresh("ghr_guess");
  clock.advance(std::chrono::minutes(2));
  for (int i = 0; i < 8; ++i) refresh("ghr_guess");
  EXPECT_EQ(refusals().size(), 2U);
}

}  // namespace
}  // namespace gatehouse::test
