// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/raw_socket.h"

#include <map>

namespace gatehouse::test {
namespace {

constexpr auto origin = "https://app.example.org";

class ResponseHeaders : public ApiTest {
 protected:
  void SetUp() override { start(); }
};

TEST_F(ResponseHeaders, SecurityHeadersAreOnEveryAnswer) {
  const auto tokens = api().signed_up(account("ada"));
  auto& http = api().http();
  const std::map<std::string, HttpResponse> answers{
      {"200", api().user(tokens.access)},
      {"200 list", api().sessions(tokens.access)},
      {"200 keys", http.get("/.well-known/jwks.json")},
      {"201", api().signup(account("bob"))},
      {"204", api().logout(tokens.access)},
      {"400", http.post("/auth/login", "{")},
      {"401", api().user(tokens.access)},
      {"404", http.get("/nowhere")},
      {"405", http.get("/auth/login")},
      {"409", api().signup(account("ada"))},
      {"413", http.post("/auth/login", std::string(200'000, ' '))},
      {"415", http.send({"POST", "/auth/login", {{"Content-Type", "text/plain"}}, "x"})},
      {"422", api().signup({"c@example.org", "short"})},
      {"OPTIONS", http.send({"OPTIONS", "/auth/login", {}, std::nullopt})},
      {"HEAD", http.send({"HEAD", "/.well-known/jwks.json", {}, std::nullopt})}};
  for (const auto& [what, answer] : answers) EXPECT_TRUE(has_security_headers(answer)) << what;
}

TEST_F(ResponseHeaders, AnswersOfTheParserCarryThemToo) {
  for (const std::string_view request :
       {"BLAH\r\n\r\n", "GET / HTTP/9.9\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n"}) {
    const auto talk = converse(server().listen(), request);
    ASSERT_EQ(talk.answers.size(), 1U) << request;
    EXPECT_TRUE(has_security_headers(talk.answers[0])) << request;
    EXPECT_TRUE(talk.answers[0].header("content-type").value_or("").starts_with("application/problem+json")) << request;
  }
}

TEST_F(ResponseHeaders, AnswersWithTokensAreNotCached) {
  const auto tokens = api().signed_up(account("ada"));
  EXPECT_EQ(api().user(tokens.access).header("cache-control"), "no-store");
  EXPECT_EQ(api().sessions(tokens.access).header("cache-control"), "no-store");
  EXPECT_EQ(api().refresh(tokens.refresh).header("cache-control"), "no-store");
  EXPECT_EQ(api().refresh("ghr_x").header("cache-control"), "no-store");
}

TEST_F(ResponseHeaders, EachAnswerHasARequestIdOfItsOwn) {
  const auto first = api().http().get("/.well-known/jwks.json").header("x-request-id");
  const auto second = api().http().get("/.well-known/jwks.json").header("x-request-id");
  EXPECT_NE(first, second);
}

TEST_F(ResponseHeaders, ATraceIsContinued) {
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  const auto response = api().http().get("/auth/user", {{"traceparent", "00-" + trace + "-b7ad6b7169203331-01"}});
  EXPECT_EQ(response.header("x-request-id"), trace);
  EXPECT_EQ(Json::parse(response.body)["traceId"].text(), trace);
}

TEST_F(ResponseHeaders, AnOddTraceIsReplaced) {
  for (const std::string odd : {"00-00000000000000000000000000000000-b7ad6b7169203331-01", "x", "00-ABC-DEF-01",
                                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}) {
    const auto response = api().http().get("/auth/user", {{"traceparent", odd}});
    EXPECT_TRUE(is_problem(response, 401, "TOKEN_MISSING")) << odd;
    EXPECT_NE(response.header("x-request-id"), "00000000000000000000000000000000");
  }
}

class Cors : public ApiTest {
 protected:
  void SetUp() override { start({.settings = {{"cors.allowed_origins", std::string("[\"") + origin + "\"]"}}}); }

  HttpResponse preflight(const std::string& from) {
    return api().http().send({"OPTIONS",
                              "/auth/login",
                              {{"Origin", from},
                               {"Access-Control-Request-Method", "POST"},
                               {"Access-Control-Request-Headers", "content-type, authorization"}},
                              std::nullopt});
  }
};

TEST_F(Cors, AnAllowedOriginMayAskAndRead) {
  const auto asked = preflight(origin);
  EXPECT_EQ(asked.status, 204) << asked.body;
  EXPECT_EQ(asked.header("access-control-allow-origin"), origin);
  EXPECT_NE(asked.header("access-control-allow-methods").value_or("").find("POST"), std::string::npos);
  const auto answer = api().http().post("/auth/login", "{}", {{"Origin", origin}});
  EXPECT_EQ(answer.header("access-control-allow-origin"), origin);
  EXPECT_NE(answer.header("vary").value_or("").find("Origin"), std::string::npos);
}

TEST_F(Cors, ErrorsCanBeReadByAnAllowedOriginToo) {
  const auto answer = api().http().get("/nowhere", {{"Origin", origin}});
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.header("access-control-allow-origin"), origin);
}

TEST_F(Cors, LookalikesAreNotAllowed) {
  for (const std::string from :
       {"null", "https://app.example.org.evil.example", "https://evil-app.example.org", "http://app.example.org",
        "https://app.example.org:8443", "https://APP.example.org", "https://app.example.org/", "https://example.org",
        "*", "https://app.example.orgx", "https://app-example.org"}) {
    const auto asked = preflight(from);
    EXPECT_FALSE(asked.header("access-control-allow-origin")) << from;
    const auto answer = api().http().post("/auth/login", "{}", {{"Origin", from}});
    EXPECT_FALSE(answer.header("access-control-allow-origin")) << from;
    EXPECT_FALSE(answer.header("access-control-allow-credentials")) << from;
  }
}

TEST_F(Cors, ARefusedOriginIsToldSo) {
  EXPECT_TRUE(is_problem(preflight("https://evil.example"), 403, "ORIGIN_NOT_ALLOWED"));
}

}  // namespace
}  // namespace gatehouse::test
