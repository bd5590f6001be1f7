// SPDX-License-Identifier: Apache-2.0
#include "ops/health.h"

#include "base/log.h"
#include "base/metrics.h"
#include "ops/management_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class EventLog final : public Log {
 public:
  bool enabled(LogLevel) const noexcept override { return true; }
  void write(LogLevel, std::string_view event, std::initializer_list<LogField>) noexcept override {
    events.emplace_back(event);
  }
  std::vector<std::string> events;
};

class HealthTest : public testing::Test {
 protected:
  HealthTest() {
    request_.received = Steady{std::chrono::hours{1}};
    request_.deadline = request_.received + std::chrono::seconds{30};
  }

  ReadinessCheck check(std::string name) {
    return {std::move(name), [this](const Call& call) -> Result<void> {
              seen_deadline_ = call.deadline;
              if (broken_) return Error{Code::ProviderUnavailable, "canary: connection to 10.1.2.3 refused", {}, {}};
              return {};
            }};
  }

  http::Request request_;
  EventLog log_;
  bool broken_ = false;
  Steady seen_deadline_{};
};

TEST_F(HealthTest, LivenessNeverAsksADependency) {
  Health health({{"store", [](const Call&) -> Result<void> { throw std::logic_error("asked"); }}}, log_);
  EXPECT_EQ(health.livez().status, 200);
}

TEST_F(HealthTest, StartupIsNotOverUntilItIsSaidSo) {
  Health health({}, log_);
  EXPECT_EQ(health.startupz().status, 503);
  EXPECT_EQ(health.readyz(request_).status, 503);
  health.started();
  EXPECT_EQ(health.startupz().status, 200);
  EXPECT_EQ(health.readyz(request_).status, 200);
}

TEST_F(HealthTest, ReadinessNamesEveryCheck) {
  Health health({check("store"), {"keys", [](const Call&) -> Result<void> { return {}; }}}, log_);
  health.started();
  broken_ = true;
  const auto answer = health.readyz(request_);
  EXPECT_EQ(answer.status, 503);
  const auto json = nlohmann::json::parse(answer.body);
  EXPECT_EQ(json["status"], "unavailable");
  EXPECT_EQ(json["checks"]["store"]["ok"], false);
  EXPECT_EQ(json["checks"]["keys"]["ok"], true);
}

TEST_F(HealthTest, ReadinessDoesNotShowTheReason) {
  Health health({check("store")}, log_);
  health.started();
  broken_ = true;
  EXPECT_THAT(health.readyz(request_).body, Not(HasSubstr("canary")));
}

TEST_F(HealthTest, ACheckThatThrowsHasFailed) {
  Health health({{"store", [](const Call&) -> Result<void> { throw std::runtime_error("broken"); }}}, log_);
  health.started();
  EXPECT_EQ(health.readyz(request_).status, 503);
}

TEST_F(HealthTest, ACheckThatHangsFailsAndIsNotRunAgainUntilItComesBack) {
  std::promise<void> latch;
  std::promise<void> entered;
  std::atomic<int> runs{0};
  {
    Health health({{"store",
                    [&, held = latch.get_future().share()](const Call&) -> Result<void> {
                      if (++runs > 1) return {};
                      entered.set_value();
                      held.wait();
                      return {};
                    }},
                   check("keys")},
                  log_);
    health.started();
    request_.deadline = request_.received + std::chrono::milliseconds{1};
    for (int i = 0; i < 3; ++i) {
      const auto answer = health.readyz(request_);
      EXPECT_EQ(answer.status, 503);
      EXPECT_EQ(nlohmann::json::parse(answer.body)["checks"]["store"]["ok"], false);
      // The first answer may be earlier than the check has begun.
      if (i == 0) entered.get_future().wait();
    }
    EXPECT_EQ(runs, 1);
    latch.set_value();
    request_.deadline = request_.received + std::chrono::seconds{30};
    while (health.readyz(request_).status != 200) {
    }
  }
  EXPECT_GE(runs, 1);
  EXPECT_THAT(log_.events, testing::Contains("readiness check passes again"));
}

TEST_F(HealthTest, ReadinessShowsEveryPluginAndDecidesNothingByIt) {
  Health health({check("store")}, log_, {{"memory", [] { return true; }}, {"outbox", [] { return false; }}});
  health.started();
  const auto answer = health.readyz(request_);
  EXPECT_EQ(answer.status, 200);
  const auto json = nlohmann::json::parse(answer.body);
  EXPECT_EQ(json["plugins"]["memory"]["up"], true);
  EXPECT_EQ(json["plugins"]["outbox"]["up"], false);
}

TEST_F(HealthTest, ReadinessShowsByChainWhoWasChosenAndWhoSkipped) {
  const std::vector<ChainState> chains = {
      {"storage.default", "memory", {}, "memory only: data is gone at exit"},
      {"storage.sessions", "postgres", {{"redis", "unreachable"}, {"other", "cannot_hold"}}, {}}};
  Health health({check("store")}, log_, {}, chains);
  health.started();
  const auto answer = health.readyz(request_);
  EXPECT_EQ(answer.status, 200);
  const auto json = nlohmann::json::parse(answer.body)["chains"];
  EXPECT_EQ(json["storage.default"]["note"], "memory only: data is gone at exit");
  EXPECT_EQ(json["storage.sessions"]["chosen"], "postgres");
  EXPECT_EQ(json["storage.sessions"]["skipped"][1]["plugin"], "other");
  EXPECT_EQ(json["storage.sessions"]["skipped"][1]["why"], "cannot_hold");
  EXPECT_FALSE(json["storage.sessions"].contains("note"));
}

TEST_F(HealthTest, ReadinessSaysNoWhileDraining) {
  Health health({}, log_);
  health.started();
  health.draining();
  const auto answer = health.readyz(request_);
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr("draining"));
  EXPECT_EQ(health.livez().status, 200);
}

TEST_F(HealthTest, ChecksGetASecondAtMost) {
  Health health({check("store")}, log_);
  health.started();
  (void)health.readyz(request_);
  EXPECT_EQ(seen_deadline_, request_.received + std::chrono::seconds{1});
}

TEST_F(HealthTest, TheLogTellsAChangeOnce) {
  Health health({check("store")}, log_);
  health.started();
  for (const bool broken : {false, true, true, false, false}) {
    broken_ = broken;
    (void)health.readyz(request_);
  }
  EXPECT_THAT(log_.events, ElementsAre("readiness check fails", "readiness check passes again"));
}

TEST_F(HealthTest, TheManagementListenerServesFourRootPaths) {
  Health health({}, log_);
  health.started();
  MetricRegistry metrics;
  metrics.counter("gatehouse_things_total", "Things");
  std::vector<std::string> paths;
  for (const auto& route : management_routes(health, metrics)) {
    paths.push_back(route.path);
    EXPECT_EQ(route.handler(request_).status, 200) << route.path;
    EXPECT_EQ(route.body_limit, 0U) << route.path;
  }
  EXPECT_THAT(paths, ElementsAre("//livez", "//startupz", "//readyz", "//metrics"));
}

}  // namespace
}  // namespace gatehouse::ops
