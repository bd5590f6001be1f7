// SPDX-License-Identifier: Apache-2.0
#include "providers/limiter.h"

#include "provider_fixture.h"

namespace gatehouse::providers {
namespace {

class LimiterTest : public ProviderTest {
 protected:
  LimiterTest() : ProviderTest(GH_RATE_LIMITER_V1), limiter(*instance) {}

  Result<Admission> take_of(std::uint32_t allowed, std::uint32_t remaining, std::int64_t retry_after_us,
                            gh_status status = GH_OK) {
    plugin.on_take = [=](const gh_call&, const gh_take& take, gh_take_out& out) {
      EXPECT_EQ(take.limit, 5u);
      EXPECT_EQ(take.window_us, 60'000'000);
      EXPECT_EQ(text_of(take.key), "login|::1");
      out.allowed = allowed;
      out.remaining = remaining;
      out.retry_after_us = retry_after_us;
      return status;
    };
    return limiter.take("login|::1", 5, std::chrono::seconds(60), call());
  }

  Limiter limiter;
};

TEST_F(LimiterTest, GivesTheAnswerOfThePlugin) {
  auto admission = take_of(1, 4, 0);
  ASSERT_TRUE(admission);
  EXPECT_TRUE(admission->allowed);
  EXPECT_EQ(admission->remaining, 4u);

  admission = take_of(0, 0, 12'000'000);
  ASSERT_TRUE(admission);
  EXPECT_FALSE(admission->allowed);
  EXPECT_EQ(admission->retry_after, std::chrono::seconds(12));
}

TEST_F(LimiterTest, RefusesAnAnswerThatCannotBe) {
  EXPECT_EQ(outcome(take_of(2, 0, 0)), "INTERNAL_ERROR") << "neither allowed nor not";
  EXPECT_EQ(outcome(take_of(1, 5, 0)), "INTERNAL_ERROR") << "as many left as there were";
  EXPECT_EQ(outcome(take_of(0, 0, -1)), "INTERNAL_ERROR") << "a time before now";
}

TEST_F(LimiterTest, AnErrorWinsOverTheAdmissionThatCameWithIt) {
  EXPECT_EQ(outcome(take_of(1, 4, 0, GH_UNAVAILABLE)), "PROVIDER_UNAVAILABLE");
  EXPECT_EQ(outcome(take_of(1, 4, 0, GH_TIMEOUT)), "PROVIDER_UNAVAILABLE");
  EXPECT_EQ(outcome(take_of(1, 4, 0, GH_NOT_FOUND)), "INTERNAL_ERROR");
  EXPECT_EQ(outcome(take_of(1, 4, 0, 1234)), "INTERNAL_ERROR");
}

TEST_F(LimiterTest, WithoutAnAnswerNobodyIsAllowed) {
  const auto admission = limiter.take("key", 5, std::chrono::seconds(1), call());
  ASSERT_TRUE(admission);
  EXPECT_FALSE(admission->allowed) << "the plugin said ok and wrote nothing";
}

TEST_F(LimiterTest, ResetAndPingAreTheirStatus) {
  EXPECT_EQ(outcome(limiter.reset("key", call())), "ok");
  EXPECT_EQ(outcome(limiter.ping(call())), "ok");
  plugin.on_reset = [](const gh_call&) { return GH_UNAVAILABLE; };
  plugin.on_ping = [](const gh_call&) { return GH_TIMEOUT; };
  EXPECT_EQ(outcome(limiter.reset("key", call())), "PROVIDER_UNAVAILABLE");
  EXPECT_EQ(outcome(limiter.ping(call())), "PROVIDER_UNAVAILABLE");
}

}  // namespace
}  // namespace gatehouse::providers
