// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/metrics.h"

namespace gatehouse::test {
namespace {

class WellKnown : public ApiTest {
 protected:
  void SetUp() override { start(); }
  HttpResponse management(const std::string& path) { return HttpClient(server().management()).get(path); }
};

TEST_F(WellKnown, KeysArePublicOnly) {
  const auto response = api().http().get("/.well-known/jwks.json");
  ASSERT_EQ(response.status, 200);
  const auto keys = Json::parse(response.body)["keys"];
  ASSERT_GE(keys.size(), 1U);
  for (const auto& key : keys.items()) {
    EXPECT_EQ(key["kty"].text(), "EC");
    EXPECT_EQ(key["crv"].text(), "P-256");
    EXPECT_EQ(key["alg"].text(), "ES256");
    EXPECT_EQ(key["use"].text(), "sig");
    EXPECT_FALSE(key["kid"].text().empty());
    for (const auto* secret : {"d", "k", "p", "q", "dp", "dq", "qi"}) EXPECT_TRUE(key[secret].missing()) << secret;
  }
}

TEST_F(WellKnown, DiscoveryNamesIssuerAndKeys) {
  const auto response = api().http().get("/.well-known/openid-configuration");
  ASSERT_EQ(response.status, 200) << response.body;
  const auto body = Json::parse(response.body);
  EXPECT_TRUE(body["issuer"].is_string());
  EXPECT_TRUE(body["jwks_uri"].text().ends_with("/.well-known/jwks.json")) << response.body;
}

TEST_F(WellKnown, DiscoveryDoesNotBelieveTheHostHeader) {
  const auto talk = converse(server().listen(),
                             "GET /.well-known/openid-configuration HTTP/1.1\r\nHost: evil.example\r\n"
                             "X-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\n\r\n");
  ASSERT_EQ(talk.answers.size(), 1U);
  EXPECT_EQ(talk.answers[0].body.find("evil.example"), std::string::npos) << talk.answers[0].body;
}

TEST_F(WellKnown, HealthIsOnTheManagementListener) {
  EXPECT_EQ(management("/livez").status, 200);
  EXPECT_EQ(management("/readyz").status, 200);
  EXPECT_EQ(management("/auth/user").status, 404);
}

TEST_F(WellKnown, MetricsCountWhatHappened) {
  const auto tokens = api().signed_up(account("ada"));
  api().logged_in(account("ada"));
  api().login({"ada@example.org", "Violet-Harbour-42"});
  api().refreshed(tokens.refresh);
  const auto text = metrics();
  EXPECT_GE(metric(text, "gatehouse_signups_total"), 1) << text;
  EXPECT_GE(metric(text, "gatehouse_logins_total"), 2);
  EXPECT_EQ(metric(text, "gatehouse_refreshes_total", {R"(result="rotated")"}), 1);
  EXPECT_EQ(metric(text, "gatehouse_refreshes_total", {R"(result="reuse")"}), 0);
  EXPECT_GE(metric(text, "gatehouse_http_requests_total", {R"(route="/auth/login")"}), 2);
  EXPECT_GE(metric(text, "gatehouse_build_info"), 1);
  EXPECT_GE(metric(text, "gatehouse_plugin_info"), 1);
  EXPECT_GE(metric(text, "gatehouse_plugin_up"), 1);
}

TEST_F(WellKnown, MetricsNameNobody) {
  const auto tokens = api().signed_up(account("ada"));
  api().http().get("/auth/sessions/" + tokens.session);
  const auto text = metrics();
  for (const auto& secret : {tokens.user, tokens.session, std::string("ada@"), std::string("127.0.0.1")}) {
    EXPECT_EQ(text.find(secret), std::string::npos) << secret;
  }
}

}  // namespace
}  // namespace gatehouse::test
