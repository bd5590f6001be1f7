// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"

namespace gatehouse::test {
namespace {

class RateLimits : public ApiTest {
 protected:
  void SetUp() override { start({.settings = {{"rate_limit.enabled", "true"}}}); }

  // How many of `tries` are let through before the first 429; every one after it must be 429 too.
  template <class Ask>
  int admitted(int tries, Ask ask) {
    int passed = 0;
    bool refused = false;
    for (int i = 0; i < tries; ++i) {
      const HttpResponse response = ask(i);
      if (response.status == 429) {
        refused = true;
        EXPECT_TRUE(is_problem(response, 429, "RATE_LIMITED"));
        EXPECT_LE(std::stoi(response.header("retry-after").value_or("0")), 300);
      } else {
        EXPECT_FALSE(refused) << "let through after a refusal";
        ++passed;
      }
    }
    return passed;
  }
};

TEST_F(RateLimits, LoginIsLimitedToFiveAMinute) {
  EXPECT_EQ(admitted(9, [&](int) { return api().login({"ada@example.org", "wrong"}); }), 5);
}

TEST_F(RateLimits, TheRightPasswordDoesNotPassTheLimit) {
  ASSERT_EQ(api().signup(account("ada")).status, 201);
  admitted(6, [&](int) { return api().login({"ada@example.org", "wrong"}); });
  EXPECT_EQ(api().login(account("ada")).status, 429);
}

TEST_F(RateLimits, SpellingsOfOneAddressShareOneLimit) {
  const std::vector<std::string> spellings{"ada@example.org",  "ADA@example.org",      " ada@example.org",
                                           "ada@EXAMPLE.org ", "\uff41da@example.org", "Ada@Example.Org",
                                           "aDa@example.org"};
  EXPECT_EQ(admitted(7, [&](int i) { return api().login({spellings[static_cast<std::size_t>(i)], "wrong"}); }), 5);
}

TEST_F(RateLimits, SaysTheSameOfKnownAndUnknownNames) {
  ASSERT_EQ(api().signup(account("ada")).status, 201);
  HttpResponse known;
  HttpResponse unknown;
  Api other(server().listen(), "/auth", "127.0.0.9");
  for (int i = 0; i < 6; ++i) known = api().login({"ada@example.org", "wrong"});
  for (int i = 0; i < 6; ++i) unknown = other.login({"nobody@example.org", "wrong"});
  ASSERT_EQ(known.status, 429);
  EXPECT_EQ(comparable(known), comparable(unknown));
}

TEST_F(RateLimits, SomebodyElsesAddressIsNotLimited) {
  admitted(6, [&](int) { return api().login({"ada@example.org", "wrong"}); });
  Api other(server().listen(), "/auth", "127.0.0.2");
  EXPECT_EQ(other.login({"ada@example.org", "wrong"}).status, 401);
}

TEST_F(RateLimits, SignupIsLimitedToThreeInFiveMinutes) {
  EXPECT_EQ(admitted(6, [&](int i) { return api().signup(account("user" + std::to_string(i))); }), 3);
}

TEST_F(RateLimits, RefreshIsLimitedToSixtyAMinute) {
  auto tokens = api().signed_up(account("ada"));
  EXPECT_EQ(admitted(65,
                     [&](int) {
                       auto response = api().refresh(tokens.refresh);
                       if (response.status == 200) tokens = tokens_of(response);
                       return response;
                     }),
            60);
}

TEST_F(RateLimits, ARefusedRefreshSpendsNothing) {
  auto tokens = api().signed_up(account("ada"));
  for (int i = 0; i < 60; ++i) tokens = api().refreshed(tokens.refresh);
  ASSERT_EQ(api().refresh(tokens.refresh).status, 429);
  Api other(server().listen(), "/auth", "127.0.0.2");
  EXPECT_EQ(other.refresh(tokens.refresh).status, 200);
}

TEST_F(RateLimits, ParallelAttemptsDoNotPassEither) {
  std::vector<RawSocket> sockets;
  const auto body = json_object({{"email", R"("ada@example.org")"}, {"password", R"("wrong")"}});
  const auto request =
      serialise({"POST", "/auth/login", {{"Content-Type", "application/json"}, {"Connection", "close"}}, body},
                server().listen().text());
  for (int i = 0; i < 40; ++i) sockets.emplace_back(server().listen());
  for (auto& socket : sockets) socket.send(request);
  int evaluated = 0;
  for (auto& socket : sockets) {
    const auto talk = socket.read_all(std::chrono::seconds(20));
    ASSERT_EQ(talk.answers.size(), 1U);
    if (talk.answers[0].status == 401) ++evaluated;
  }
  EXPECT_LE(evaluated, 5);
  EXPECT_GE(evaluated, 1);
}

TEST_F(RateLimits, ForwardingHeadersOfAStrangerAreNotBelieved) {
  const int passed = admitted(9, [&](int i) {
    const auto address = "198.51.100." + std::to_string(i);
    return api().http().post("/auth/login", R"({"email":"ada@example.org","password":"wrong"})",
                             {{"X-Forwarded-For", address},
                              {"Forwarded", "for=" + address},
                              {"X-Real-IP", address},
                              {"X-Client-IP", address},
                              {"CF-Connecting-IP", address}});
  });
  EXPECT_EQ(passed, 5);
}

class TrustedProxies : public RateLimits {
 protected:
  void SetUp() override {
    start({.settings = {{"rate_limit.enabled", "true"},
                        {"server.trusted_proxies", R"(["127.0.0.1/32", "10.0.0.0/8"])"}}});
  }
  HttpResponse login_from(const std::string& forwarded) {
    return api().http().post("/auth/login", R"({"email":"ada@example.org","password":"wrong"})",
                             {{"X-Forwarded-For", forwarded}});
  }
};

TEST_F(TrustedProxies, ClientsBehindAProxyHaveLimitsOfTheirOwn) {
  EXPECT_EQ(admitted(7, [&](int) { return login_from("198.51.100.1"); }), 5);
  EXPECT_EQ(login_from("198.51.100.2").status, 401);
}

TEST_F(TrustedProxies, OnlyTheLastUntrustedHopCounts) {
  EXPECT_EQ(
      admitted(7, [&](int i) { return login_from("203.0.113." + std::to_string(i) + ", 198.51.100.3, 10.1.2.3"); }), 5);
}

TEST_F(TrustedProxies, AnIpv6NetworkIsOneClient) {
  EXPECT_EQ(admitted(7, [&](int i) { return login_from("2001:db8:1:2::" + std::to_string(i + 1)); }), 5);
  EXPECT_EQ(login_from("2001:db8:1:3::1").status, 401);
}

TEST_F(TrustedProxies, SpellingsOfOneAddressAreOneClient) {
  const std::vector<std::string> spellings{"198.51.100.7",       "::ffff:198.51.100.7",      "::FFFF:198.51.100.7",
                                           "::ffff:c633:6407",   "0:0:0:0:0:ffff:c633:6407", "198.51.100.7",
                                           "::ffff:198.51.100.7"};
  EXPECT_EQ(admitted(7, [&](int i) { return login_from(spellings[static_cast<std::size_t>(i)]); }), 5);
}

TEST_F(TrustedProxies, RubbishInTheHeaderIsNoWayOut) {
  const std::vector<std::string> rubbish{"x",    "",     "1.2.3.4.5",       "256.1.1.1", "unknown",
                                         "[::1", "::::", "127.0.0.1:99999", "a,b,c"};
  const int passed = admitted(9, [&](int i) { return login_from(rubbish[static_cast<std::size_t>(i)]); });
  EXPECT_EQ(passed, 5);
}

TEST_F(TrustedProxies, TheAddressIsRememberedInTheSession) {
  const auto body = json_object({{"email", R"("ada@example.org")"}, {"password", R"("Violet-Harbour-41")"}});
  const auto tokens = tokens_of(api().http().post("/auth/signup", body, {{"X-Forwarded-For", "198.51.100.9"}}));
  const auto list = Json::parse(api().sessions(tokens.access).body);
  EXPECT_EQ(list["data"][0]["ipAddress"].text(), "198.51.100.9");
}

}  // namespace
}  // namespace gatehouse::test
