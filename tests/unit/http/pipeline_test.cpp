// SPDX-License-Identifier: Apache-2.0
#include "unit/http/front_under_test.h"

#include "support/json.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace gatehouse::test {
namespace {

using namespace http;

class Pipeline : public testing::Test {
 protected:
  Pipeline() {
    front_.steps.authenticate = [this](Request& request, std::string_view bearer,
                                       bool allow_expired) -> std::optional<Error> {
      steps_.push_back("authenticate");
      if (bearer == "expired" && !allow_expired) return Error{Code::TokenExpired};
      if (bearer != "good" && bearer != "expired") return Error{Code::TokenInvalid};
      request.principal.emplace().user = "u1";
      return std::nullopt;
    };
    front_.steps.admit = [this](const Request&, RateClass) -> std::optional<Error> {
      steps_.push_back("admit");
      if (refuse_) return Error{Code::RateLimited, {}, {}, std::chrono::seconds(7)};
      return std::nullopt;
    };
  }

  Route& add_protected(std::string path, Access access = Access::User) {
    auto& route = front_.add(Method::Get, std::move(path), [this](const Request& request) {
      steps_.push_back("handler");
      return Response::json(200, "\"" + request.principal->user + "\"");
    });
    route.access = access;
    route.rate = RateClass::Default;
    return route;
  }

  HttpResponse get(std::string path, Headers headers = {}) {
    return front_.client().get(std::move(path), std::move(headers));
  }

  FrontUnderTest front_;
  std::vector<std::string> steps_;  // written by the one front thread that has the one request
  bool refuse_ = false;
};

TEST_F(Pipeline, AdmitsThenAuthenticatesThenHandles) {
  add_protected("/user");
  front_.start();
  EXPECT_EQ(get("/auth/user", {{"Authorization", "Bearer good"}}).body, "\"u1\"");
  EXPECT_EQ(steps_, (std::vector<std::string>{"admit", "authenticate", "handler"}));
}

TEST_F(Pipeline, ALimitIsAppliedBeforeATokenIsLookedAt) {
  add_protected("/user");
  refuse_ = true;
  front_.start();
  const auto answer = get("/auth/user", {{"Authorization", "Bearer good"}});
  EXPECT_EQ(code_of(answer), "RATE_LIMITED");
  EXPECT_EQ(answer.header("Retry-After"), "7");
  EXPECT_EQ(steps_, (std::vector<std::string>{"admit"}));
}

TEST_F(Pipeline, TheSchemeIsRecognisedInAnyCase) {
  add_protected("/user");
  front_.start();
  for (const auto* scheme : {"bearer ", "BEARER ", "Bearer  "}) {
    EXPECT_EQ(get("/auth/user", {{"Authorization", scheme + std::string("good")}}).status, 200) << scheme;
  }
}

TEST_F(Pipeline, WithoutATokenAsksForOne) {
  add_protected("/user");
  front_.start();
  const auto answer = get("/auth/user");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(code_of(answer), "TOKEN_MISSING");
  EXPECT_TRUE(answer.header("WWW-Authenticate").value_or("").starts_with("Bearer"));
}

TEST_F(Pipeline, MalformedCredentialsAreInvalid) {
  add_protected("/user");
  front_.start();
  for (const auto* value : {"Bearer", "Bearer ", "Basic dTpw", "good", "Bearer go od", "Bearer g\"d", "Bearergood",
                            "Bearer good, Bearer good", "Bearer\tgood"}) {
    const auto answer = get("/auth/user", {{"Authorization", value}});
    EXPECT_EQ(code_of(answer), "TOKEN_INVALID") << value;
    EXPECT_EQ(answer.header("WWW-Authenticate"), "Bearer error=\"invalid_token\"") << value;
  }
}

TEST_F(Pipeline, AnExpiredTokenIsLetThroughWhereTheRouteSaysSo) {
  add_protected("/user");
  add_protected("/logout", Access::ExpiredUser);
  front_.start();
  EXPECT_EQ(code_of(get("/auth/user", {{"Authorization", "Bearer expired"}})), "TOKEN_EXPIRED");
  EXPECT_EQ(get("/auth/logout", {{"Authorization", "Bearer expired"}}).status, 200);
}

TEST_F(Pipeline, AnAuthenticationThatNamesNobodyOpensNothing) {
  add_protected("/user");
  front_.steps.authenticate = [](Request&, std::string_view, bool) -> std::optional<Error> { return std::nullopt; };
  front_.start();
  EXPECT_EQ(get("/auth/user", {{"Authorization", "Bearer good"}}).status, 500);
}

TEST_F(Pipeline, WhateverIsThrownIsAnInternalError) {
  front_.add(Method::Get, "/int", [](const Request&) -> Response { throw 1; });
  front_.add(Method::Get, "/std", [](const Request&) -> Response { throw std::runtime_error("boom"); });
  front_.add(Method::Get, "/memory", [](const Request&) -> Response { throw std::bad_alloc(); });
  front_.add_echo(Method::Get, "/hello");
  front_.start();
  auto client = front_.client();
  for (const auto* path : {"/auth/int", "/auth/std", "/auth/memory"}) {
    const auto answer = client.get(path);
    EXPECT_EQ(answer.status, 500) << path;
    EXPECT_EQ(code_of(answer), "INTERNAL_ERROR") << path;
    EXPECT_EQ(answer.body.find("boom"), std::string::npos);
  }
  EXPECT_EQ(client.get("/auth/hello").status, 200);
  EXPECT_EQ(client.connections(), 1);
  EXPECT_EQ(front_.log.count("request failed", "boom"), 1U);
}

TEST_F(Pipeline, StepsThatThrowAreAnInternalErrorToo) {
  add_protected("/user");
  front_.steps.authenticate = [](Request&, std::string_view, bool) -> std::optional<Error> { throw 1; };
  front_.start();
  EXPECT_EQ(get("/auth/user", {{"Authorization", "Bearer good"}}).status, 500);
  front_.server->stop();
}

TEST_F(Pipeline, TheTextOfAnExceptionIsCutInTheLog) {
  front_.add(Method::Get, "/std", [](const Request&) -> Response { throw std::runtime_error(std::string(5000, 'x')); });
  front_.start();
  get("/auth/std");
  for (const auto& line : front_.log.lines()) EXPECT_LT(line.size(), 1000U);
}

TEST_F(Pipeline, EveryAnswerCarriesTheRequestId) {
  front_.add_echo(Method::Get, "/hello");
  front_.start();
  const auto answer = get("/auth/hello", {{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}});
  EXPECT_EQ(answer.header("X-Request-Id"), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_TRUE(answer.header("traceparent").value_or("").starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
  const auto refused = get("/auth/nothing");
  EXPECT_EQ(Json::parse(refused.body)["traceId"].text(), refused.header("X-Request-Id"));
}

TEST_F(Pipeline, WithoutRandomnessRequestsAreStillAnswered) {
  NoRandom none;
  front_.random = &none;
  front_.add_echo(Method::Get, "/hello");
  front_.start();
  EXPECT_EQ(get("/auth/hello").header("X-Request-Id").value_or("").size(), 32U);
  front_.server->stop();
}

TEST_F(Pipeline, TheHandlerSeesTheWholeRequest) {
  Request seen;
  front_.add(Method::Get, "/users/{id}", [&](const Request& request) {
    seen = request;
    return Response::empty();
  });
  front_.start();
  get("/api/auth/users/a%20b?limit=5", {{"User-Agent", "test"}});
  EXPECT_EQ(seen.path, "/api/auth/users/a b");
  EXPECT_EQ(seen.target, "/api/auth/users/a%20b?limit=5");
  EXPECT_EQ(seen.base_path, "/api/auth");
  EXPECT_EQ(seen.parameter("id"), "a b");
  EXPECT_EQ(seen.query_value("limit"), "5");
  EXPECT_EQ(seen.header("user-agent"), "test");
  EXPECT_EQ(seen.client_address, "127.0.0.1");
  EXPECT_EQ(seen.traceparent.size(), 55U);
}

TEST_F(Pipeline, ATrustedProxyNamesTheClient) {
  front_.config.trusted_proxies = {"127.0.0.0/8"};
  front_.add(Method::Get, "/who", [](const Request& request) { return Response::json(200, request.client_address); });
  front_.start();
  EXPECT_EQ(get("/auth/who", {{"X-Forwarded-For", "198.51.100.1, 203.0.113.9"}}).body, "203.0.113.9");
}

TEST_F(Pipeline, OptionsNamesTheMethods) {
  front_.add_echo(Method::Get, "/hello");
  front_.start();
  auto client = front_.client();
  const auto answer = client.send({"OPTIONS", "/auth/hello", {}, {}});
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(client.send({"OPTIONS", "*", {}, {}}).status, 204);
  EXPECT_EQ(client.send({"TRACE", "/auth/hello", {}, {}}).status, 405);
}

TEST_F(Pipeline, APreflightOfAnAllowedOriginIsAnswered) {
  front_.config.allowed_origins = {"https://app.example.com"};
  add_protected("/user");
  front_.start();
  const auto answer = front_.client().send(
      {"OPTIONS", "/auth/user", {{"Origin", "https://app.example.com"}, {"Access-Control-Request-Method", "GET"}}, {}});
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "https://app.example.com");
  EXPECT_EQ(answer.header("Access-Control-Allow-Methods"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(answer.header("Vary"), "Origin");
  EXPECT_TRUE(steps_.empty());
}

TEST_F(Pipeline, APreflightOfAnotherOriginIsRefusedAndTheLogSaysHowToAllowIt) {
  front_.config.allowed_origins = {"https://app.example.com"};
  front_.add_echo(Method::Get, "/hello");
  front_.start();
  const auto answer = front_.client().send(
      {"OPTIONS", "/auth/hello", {{"Origin", "https://evil.example"}, {"Access-Control-Request-Method", "GET"}}, {}});
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(code_of(answer), "ORIGIN_NOT_ALLOWED");
  EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), std::nullopt);
  EXPECT_EQ(front_.log.count("cross-origin", "[cors] allowed_origins = [\"https://evil.example\"]"), 1U);
}

TEST_F(Pipeline, ErrorsCarryCorsHeadersToo) {
  front_.config.allowed_origins = {"https://app.example.com"};
  front_.start();
  EXPECT_EQ(get("/auth/nothing", {{"Origin", "https://app.example.com"}}).header("Access-Control-Allow-Origin"),
            "https://app.example.com");
}

TEST_F(Pipeline, RequestsAreCountedByTheirTemplate) {
  front_.add_echo(Method::Get, "/users/{id}");
  front_.start();
  auto client = front_.client();
  client.get("/auth/users/1");
  client.get("/api/auth/users/2");
  client.get("/auth/nothing/3");
  EXPECT_EQ(front_.counted("/auth/users/{id}", "GET", "200"), 2U);
  EXPECT_EQ(front_.counted("unmatched", "any", "404"), 1U);
}

TEST_F(Pipeline, EveryRequestLeavesOneLine) {
  front_.add_echo(Method::Get, "/users/{id}");
  front_.start();
  const auto answer = get("/auth/users/CANARY?token=CANARY", {{"Authorization", "Bearer CANARY"}});
  const auto id = answer.header("X-Request-Id").value_or("none");
  EXPECT_EQ(front_.log.count("request method=GET route=/auth/users/{id} status=200 duration_us=", "request_id=" + id),
            1U);
  EXPECT_EQ(front_.log.count("request", "client_address=127.0.0.1"), 1U);
  EXPECT_EQ(front_.log.count("", "CANARY"), 0U);
}

}  // namespace
}  // namespace gatehouse::test
