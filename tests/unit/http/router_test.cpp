// SPDX-License-Identifier: Apache-2.0
#include "http/router.h"

#include "base/metrics.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace gatehouse::http {
namespace {

Route route(Method method, std::string path) {
  return {method, std::move(path), Access::Anyone, RateClass::None, Lane::Fast, 0, [](const Request&) {
            return Response::empty();
          }};
}

class Routes : public testing::Test {
 protected:
  std::string label(Method method, std::string_view path) {
    const auto match = router_.find(method, path);
    return match.route == nullptr ? "none" : match.route->label;
  }

  MetricRegistry metrics_;
  Router router_{{route(Method::Get, "/user"), route(Method::Patch, "/user"), route(Method::Get, "/sessions"),
                  route(Method::Delete, "/sessions/{id}"), route(Method::Post, "/sessions/revoke-all"),
                  route(Method::Delete, "/users/{id}/roles/{role}"), route(Method::Get, "//.well-known/jwks.json")},
                 {"/auth", "/api/auth"},
                 metrics_};
};

TEST_F(Routes, AreTheSameBelowEveryBasePath) {
  EXPECT_EQ(label(Method::Get, "/auth/user"), "/auth/user");
  EXPECT_EQ(label(Method::Get, "/api/auth/user"), "/auth/user");
  EXPECT_EQ(router_.find(Method::Get, "/api/auth/user").base_path, "/api/auth");
}

TEST_F(Routes, WithTwoSlashesAreMountedAtTheRootOnly) {
  EXPECT_EQ(label(Method::Get, "/.well-known/jwks.json"), "/.well-known/jwks.json");
  EXPECT_EQ(label(Method::Get, "/auth/.well-known/jwks.json"), "none");
}

TEST_F(Routes, ParametersAreTakenFromThePath) {
  const auto match = router_.find(Method::Delete, "/auth/users/42/roles/a b");
  ASSERT_NE(match.route, nullptr);
  const std::vector<std::pair<std::string, std::string>> expected = {{"id", "42"}, {"role", "a b"}};
  EXPECT_EQ(match.parameters, expected);
}

TEST_F(Routes, AFixedPathWinsOverAParameter) {
  EXPECT_EQ(label(Method::Post, "/auth/sessions/revoke-all"), "/auth/sessions/revoke-all");
}

TEST_F(Routes, UnknownPathsHaveNoMethods) {
  for (const auto* path : {"/", "/auth", "/auth/nothing", "/auth/user/x", "/auth/sessions/1/2", "/auth/users/1/roles",
                           "/AUTH/user", "/auth/user;x", "/authuser"}) {
    EXPECT_EQ(router_.find(Method::Get, path).allow, "") << path;
  }
}

TEST_F(Routes, AnotherMethodLearnsWhichAreAllowed) {
  const auto match = router_.find(Method::Put, "/auth/user");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allow, "GET, HEAD, PATCH, OPTIONS");
}

TEST_F(Routes, HeadIsAnsweredByTheRowOfGet) {
  EXPECT_EQ(label(Method::Head, "/auth/user"), "/auth/user");
  EXPECT_EQ(label(Method::Head, "/auth/sessions/revoke-all"), "none");
}

TEST(RouteTable, WithTwoRowsForOneMethodAndPathIsRefused) {
  MetricRegistry metrics;
  EXPECT_THROW(Router({route(Method::Get, "/a"), route(Method::Get, "/a")}, {"/auth"}, metrics), std::invalid_argument);
}

TEST(RouteTable, EveryLabelSetIsExportedAsZeroFromTheStart) {
  MetricRegistry metrics;
  const Router router({route(Method::Get, "/a/{id}")}, {"/auth"}, metrics);
  const Labels labels = {{"route", "/auth/a/{id}"}, {"method", "GET"}, {"code", "200"}};
  bool found = false;
  for (const auto& family : metrics.families()) {
    if (family.name != "gatehouse_http_requests_total") continue;
    for (const auto& sample : family.samples)
      found = found || (sample.labels == labels && sample.counter->value() == 0);
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace gatehouse::http
