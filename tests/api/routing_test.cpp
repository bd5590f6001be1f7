// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"

namespace gatehouse::test {
namespace {

class Routing : public ApiTest {
 protected:
  void SetUp() override { start(); }
  HttpResponse ask(std::string method, std::string target, Headers headers = {}) {
    return api().http().send({std::move(method), std::move(target), std::move(headers), std::nullopt});
  }
};

// The same walk through both mounts; statuses and error bodies must be the same. Tokens and ids differ.
TEST_F(Routing, BothMountsAnswerAlike) {
  std::vector<std::vector<std::string>> walks;
  for (const std::string mount : {"/auth", "/api/auth"}) {
    Api client(server().listen(), mount);
    std::vector<std::string> walk;
    const auto note = [&](const HttpResponse& response) {
      const bool failed = response.status >= 400;
      walk.push_back(std::to_string(response.status) + ' ' + response.header("content-type").value_or("-") + ' ' +
                     (failed ? comparable(response) : ""));
      return response;
    };
    const Account who = account(mount == "/auth" ? "ada" : "bob");
    const auto first = tokens_of(note(client.signup(who)));
    note(client.signup(who));
    note(client.login({who.email, "Violet-Harbour-42"}));
    const auto second = tokens_of(note(client.login(who)));
    const auto third = tokens_of(note(client.refresh(second.refresh)));
    note(client.user(third.access));
    note(client.sessions(third.access));
    note(client.revoke_session(third.access, first.session));
    note(client.revoke_session(third.access, first.session));
    note(client.http().post(client.route("/login"), R"({"emial":"x"})"));
    note(client.http().post(client.route("/login"), "{"));
    note(client.http().get(client.route("/login")));
    note(client.http().get(client.route("/nowhere")));
    note(client.revoke_all(third.access));
    note(client.user(third.access));
    note(client.logout(third.access));
    note(client.refresh(second.refresh));
    walks.push_back(walk);
  }
  ASSERT_EQ(walks[0].size(), walks[1].size());
  for (std::size_t step = 0; step < walks[0].size(); ++step)
    EXPECT_EQ(walks[0][step], walks[1][step]) << "step " << step;
}

TEST_F(Routing, AnAccountOfOneMountIsKnownInTheOther) {
  api().signed_up(account("ada"));
  EXPECT_EQ(Api(server().listen(), "/api/auth").login(account("ada")).status, 200);
}

TEST_F(Routing, UnknownPathsAreNotFound) {
  for (const auto* path :
       {"/", "/auth", "/auth/", "/auth/nowhere", "/authx/login", "/api/login", "/login", "/auth/login/x",
        "/auth/sessions/x/y", "/AUTH/login", "/auth/Login", "/favicon.ico", "/.git/config", "/.env", "/metrics",
        "/livez", "/readyz", "/auth/metrics", "/console/../auth/user"}) {
    const auto response = ask("GET", path);
    EXPECT_TRUE(response.status == 404 || response.status == 400) << path << ' ' << response.status;
    EXPECT_TRUE(response.header("content-type").value_or("").starts_with("application/problem+json")) << path;
  }
  EXPECT_TRUE(is_problem(ask("GET", "/auth/nowhere"), 404, "NOT_FOUND"));
}

TEST_F(Routing, OtherMethodsAreRefusedWithAllow) {
  const std::vector<std::pair<std::string, std::string>> routes{
      {"POST", "/auth/signup"},         {"POST", "/auth/register"},     {"POST", "/auth/login"},
      {"POST", "/auth/refresh"},        {"POST", "/auth/logout"},       {"POST", "/auth/forgot-password"},
      {"GET", "/auth/sessions"},        {"DELETE", "/auth/sessions/x"}, {"POST", "/auth/sessions/revoke-all"},
      {"GET", "/.well-known/jwks.json"}};
  for (const auto& [good, path] : routes) {
    for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
      if (method == good || (path == "/auth/sessions/revoke-all" && method == "DELETE")) continue;
      const auto response = ask(method, path);
      ASSERT_TRUE(is_problem(response, 405, "METHOD_NOT_ALLOWED")) << method << ' ' << path;
      EXPECT_NE(response.header("allow").value_or("").find(good), std::string::npos) << path;
    }
  }
}

TEST_F(Routing, OddMethodsAreRefused) {
  for (const std::string method : {"TRACE", "CONNECT", "PROPFIND", "get", "BREW", "DEBUG"}) {
    const auto response = ask(method, "/auth/user");
    EXPECT_TRUE(response.status == 405 || response.status == 501 || response.status == 400)
        << method << response.status;
  }
}

TEST_F(Routing, HeadAnswersAsGetWithoutABody) {
  const auto head = ask("HEAD", "/.well-known/jwks.json");
  const auto get = ask("GET", "/.well-known/jwks.json");
  EXPECT_EQ(head.status, get.status);
  EXPECT_EQ(head.header("content-length"), get.header("content-length"));
  EXPECT_TRUE(head.body.empty());
}

TEST_F(Routing, OneRouteHasOnePath) {
  for (const auto* path : {"/auth//login", "//auth/login", "/auth/./login", "/auth/x/../login", "/auth/%2e/login",
                           "/auth/x/%2e%2e/login", "/auth/login/", "/auth/login;x=1", "/auth%2flogin", "/auth/log%00in",
                           "/auth/login%00", "/auth\\login", "/auth/%252e%252e/login", "/auth/login%20"}) {
    const auto response = api().http().post(path, "{}");
    EXPECT_TRUE(response.status == 404 || response.status == 400) << path << ' ' << response.status;
  }
}

TEST_F(Routing, PercentEncodedLettersAreTheLetters) {
  const auto response = api().http().post("/auth/%6cogin", "{}");
  EXPECT_TRUE(is_problem(response, 400, "VALIDATION_FAILED"));
}

TEST_F(Routing, BodiesAreJsonOrRefused) {
  for (const std::string type : {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                                 "application/xml", "application/jsonp", "json"}) {
    const auto response = api().http().send(
        {"POST", "/auth/login", {{"Content-Type", type}}, R"({"email":"a@example.org","password":"x"})"});
    EXPECT_TRUE(is_problem(response, 415, "UNSUPPORTED_MEDIA_TYPE")) << type;
  }
  const auto none = api().http().send({"POST", "/auth/login", {}, R"({"email":"a@example.org","password":"x"})"});
  EXPECT_TRUE(is_problem(none, 415, "UNSUPPORTED_MEDIA_TYPE"));
  for (const std::string type :
       {"application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"}) {
    const auto response = api().http().send(
        {"POST", "/auth/login", {{"Content-Type", type}}, R"({"email":"a@example.org","password":"x"})"});
    EXPECT_TRUE(is_problem(response, 401, "INVALID_CREDENTIALS")) << type;
  }
}

TEST_F(Routing, CompressedBodiesAreRefused) {
  const auto response = api().http().post("/auth/login", "{}", {{"Content-Encoding", "gzip"}});
  EXPECT_TRUE(is_problem(response, 415, "UNSUPPORTED_MEDIA_TYPE"));
}

TEST_F(Routing, OversizedBodiesAreRefusedBeforeTheyAreRead) {
  const auto response = api().http().post("/auth/login", std::string(1 << 20, ' '));
  EXPECT_TRUE(is_problem(response, 413, "PAYLOAD_TOO_LARGE"));
  RawSocket socket(server().listen());
  ASSERT_TRUE(
      socket.send("POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                  "Content-Length: 1073741824\r\n\r\n"));
  const auto talk = socket.read_all(std::chrono::seconds(5));
  ASSERT_EQ(talk.answers.size(), 1U);
  EXPECT_EQ(talk.answers[0].status, 413);
  EXPECT_TRUE(talk.closed);
}

TEST_F(Routing, JsonpIsUnknown) {
  const auto response = ask("GET", "/.well-known/jwks.json?callback=x");
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.body.starts_with("{")) << response.body;
}

}  // namespace
}  // namespace gatehouse::test
