// SPDX-License-Identifier: Apache-2.0
// What keeps a plugin that hangs, fails or is slow from taking the server with it.
#include "instance_fixture.h"
#include "spinning_start.h"

#include <atomic>
#include <thread>
#include <vector>

namespace gatehouse::plugins {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(InstanceTest, AFullBulkheadRefusesAtOnceAndThenServesAgain) {
  auto config = plugin.config();
  config.max_calls = 3;
  const auto instance = started(std::move(config));
  Inside inside(3);
  plugin.on_reset = [&](const gh_call&) { return inside(); };
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&] { EXPECT_TRUE(call(*instance)); });
  inside.wait();
  const auto refused = call(*instance);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::ProviderUnavailable);
  EXPECT_EQ(host.metric("gatehouse_plugin_refused_total", "full"), 1);
  inside.let_out();
  for (auto& thread : threads) thread.join();
  plugin.on_reset = nullptr;
  EXPECT_TRUE(call(*instance));
}

TEST_F(InstanceTest, ThePluginsOwnLimitLowersTheBulkhead) {
  plugin.entry.max_concurrency = 1;
  const auto instance = started();
  EXPECT_EQ(instance->places(), 1u);
  Inside inside(1);
  plugin.on_reset = [&](const gh_call&) { return inside(); };
  std::thread thread([&] { EXPECT_TRUE(call(*instance)); });
  inside.wait();
  EXPECT_FALSE(call(*instance));
  inside.let_out();
  thread.join();
}

TEST_F(InstanceTest, NeverLetsMoreThreadsInThanThereArePlaces) {
  auto config = plugin.config();
  config.max_calls = 1;
  const auto instance = started(std::move(config));
  std::atomic<int> inside{0};
  std::atomic<int> too_many{0};
  plugin.on_reset = [&](const gh_call&) {
    too_many += inside.fetch_add(1) > 0 ? 1 : 0;
    for (int i = 0; i < 100; ++i) too_many += inside.load() > 1 ? 1 : 0;
    inside.fetch_sub(1);
    return GH_OK;
  };
  // Together at the door again and again: it is the moment of entering that matters.
  constexpr int count = 2;
  constexpr int rounds = 5000;
  test::SpinningStart start(count);
  std::atomic<int> served{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < count; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < rounds; ++i) {
        start.together();
        served += call(*instance) ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(too_many.load(), 0);
  EXPECT_GE(served.load(), rounds) << "one in every round";
}

TEST_F(InstanceTest, WithACallStillInsideIsNotDestroyedUnderIt) {
  auto config = plugin.config();
  config.call_timeout = milliseconds(5);
  auto instance = started(std::move(config));
  bool destroyed = false;
  plugin.on_destroy = [&] { destroyed = true; };
  Inside inside(1);
  plugin.on_reset = [&](const gh_call&) { return inside(); };
  auto& raw = *instance;
  std::thread thread([&] { EXPECT_TRUE(call(raw)); });
  inside.wait();
  instance.reset();
  EXPECT_TRUE(host.log.contains("calls are still running inside it"));
  inside.let_out();
  thread.join();
  EXPECT_FALSE(destroyed);
}

TEST_F(InstanceTest, OpensAfterFailuresInARowAndAnswersWithoutThePlugin) {
  auto config = plugin.config();
  config.breaker_failures = 3;
  config.breaker_pause = milliseconds(1500);
  const auto instance = started(std::move(config));
  int calls = 0;
  plugin.on_reset = [&](const gh_call&) { return ++calls, GH_UNAVAILABLE; };
  for (int i = 0; i < 10; ++i) {
    const auto result = call(*instance);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::ProviderUnavailable);
  }
  EXPECT_EQ(calls, 3);
  EXPECT_FALSE(instance->healthy());
  EXPECT_EQ(host.metric("gatehouse_plugin_up", "rate_limiter"), 0);
  EXPECT_EQ(host.metric("gatehouse_plugin_refused_total", "down"), 7);
  EXPECT_EQ(host.metric("gatehouse_plugin_call_errors_total", "rate_limiter.reset"), 10);
  EXPECT_EQ(call(*instance).error().retry_after, milliseconds(1500));
  EXPECT_TRUE(host.log.contains("plugin is down"));
}

TEST_F(InstanceTest, ASuccessBetweenFailuresStartsTheCountAgain) {
  auto config = plugin.config();
  config.breaker_failures = 2;
  const auto instance = started(std::move(config));
  int calls = 0;
  plugin.on_reset = [&](const gh_call&) { return ++calls % 2 == 0 ? GH_OK : GH_TIMEOUT; };
  for (int i = 0; i < 10; ++i) (void)call(*instance);
  EXPECT_EQ(calls, 10);
  EXPECT_TRUE(instance->healthy());
}

TEST_F(InstanceTest, AnAnswerOfAnyKindBetweenFailuresStartsTheCountAgain) {
  auto config = plugin.config();
  config.breaker_failures = 2;
  const auto instance = started(std::move(config));
  int calls = 0;
  plugin.on_reset = [&](const gh_call&) { return ++calls % 2 == 0 ? GH_DENIED : GH_UNAVAILABLE; };
  for (int i = 0; i < 10; ++i) (void)call(*instance);
  EXPECT_EQ(calls, 10);
}

TEST_F(InstanceTest, AfterThePauseOneCallTriesAndItsSuccessOpensTheDoor) {
  auto config = plugin.config();
  config.breaker_failures = 1;
  config.breaker_pause = seconds(1);
  const auto instance = started(std::move(config));
  plugin.on_reset = [](const gh_call&) { return GH_UNAVAILABLE; };
  (void)call(*instance);
  int calls = 0;
  plugin.on_reset = [&](const gh_call&) { return ++calls, GH_OK; };
  EXPECT_FALSE(call(*instance)) << "inside the pause";
  host.clock.advance(seconds(1));
  EXPECT_TRUE(call(*instance));
  EXPECT_TRUE(instance->healthy());
  EXPECT_TRUE(call(*instance));
  EXPECT_EQ(calls, 2);
  EXPECT_TRUE(host.log.contains("plugin answers again"));
}

TEST_F(InstanceTest, AProbeThatFailsBeginsAnotherPause) {
  auto config = plugin.config();
  config.breaker_failures = 1;
  config.breaker_pause = seconds(1);
  const auto instance = started(std::move(config));
  int calls = 0;
  plugin.on_reset = [&](const gh_call&) { return ++calls, GH_UNAVAILABLE; };
  (void)call(*instance);
  host.clock.advance(seconds(1));
  for (int i = 0; i < 5; ++i) (void)call(*instance);
  EXPECT_EQ(calls, 2) << "one probe a pause";
  host.clock.advance(seconds(1));
  for (int i = 0; i < 5; ++i) (void)call(*instance);
  EXPECT_EQ(calls, 3);
}

TEST_F(InstanceTest, AnOverdueCallIsReportedOnceAndCountsAsAFailure) {
  auto config = plugin.config();
  config.breaker_failures = 1;
  const auto instance = started(std::move(config));
  Inside inside(1);
  plugin.on_reset = [&](const gh_call&) { return inside(); };
  std::thread thread([&] { EXPECT_TRUE(call(*instance, {}, milliseconds(100))); });
  inside.wait();
  host.supervisor.look();
  EXPECT_TRUE(instance->healthy()) << "the deadline has not passed";
  host.clock.advance(seconds(3));
  host.supervisor.look();
  host.supervisor.look();
  EXPECT_FALSE(instance->healthy());
  EXPECT_EQ(host.metric("gatehouse_plugin_overdue_total"), 1);
  EXPECT_TRUE(host.log.contains("plugin call is overdue plugin=it operation=rate_limiter.reset overdue_ms=2900"));
  inside.let_out();
  thread.join();
  EXPECT_FALSE(instance->healthy()) << "an answer that came too late is no sign of health";
}

TEST_F(InstanceTest, CallsThatAllComeTooLateOpenItAlthoughTheySayOk) {
  auto config = plugin.config();
  config.breaker_failures = 2;
  const auto instance = started(std::move(config));
  bool slow = true;
  plugin.on_reset = [&](const gh_call&) {
    if (slow) host.clock.advance(seconds(3));
    host.supervisor.look();
    return GH_OK;
  };
  EXPECT_TRUE(call(*instance));
  slow = false;
  EXPECT_TRUE(call(*instance));
  slow = true;
  EXPECT_TRUE(call(*instance));
  EXPECT_TRUE(instance->healthy()) << "a call in time was between the two";
  EXPECT_TRUE(call(*instance));
  EXPECT_FALSE(instance->healthy());
}

TEST_F(InstanceTest, SaysHowManyCallsAreInsideAndHowManyCameBackHow) {
  auto config = plugin.config();
  config.max_calls = 3;
  const auto instance = started(std::move(config));
  EXPECT_EQ(host.metric("gatehouse_plugin_call_slots"), 3);
  Inside inside(2);
  plugin.on_reset = [&](const gh_call&) { return inside(); };
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) threads.emplace_back([&] { EXPECT_TRUE(call(*instance)); });
  inside.wait();
  EXPECT_EQ(host.metric("gatehouse_plugin_calls_in_flight"), 2);
  EXPECT_EQ(host.supervisor.running(),
            (std::vector<std::string>{"rate_limiter.reset of the plugin it", "rate_limiter.reset of the plugin it"}));
  inside.let_out();
  for (auto& thread : threads) thread.join();
  plugin.on_reset = [](const gh_call&) { return gh_status{77}; };
  EXPECT_FALSE(call(*instance));
  EXPECT_EQ(host.metric("gatehouse_plugin_calls_in_flight"), 0);
  EXPECT_EQ(host.metric("gatehouse_plugin_calls_total", "ok"), 2);
  EXPECT_EQ(host.metric("gatehouse_plugin_calls_total", "internal"), 1);
  EXPECT_EQ(host.metric("gatehouse_plugin_calls_total", "not_found"), 0);
  EXPECT_TRUE(host.log.contains("answered with the status 77, which plugin ABI 1.0 does not have"));
}

TEST_F(InstanceTest, ShowsTheStateOfItsBreaker) {
  auto config = plugin.config();
  config.breaker_failures = 1;
  const auto instance = started(std::move(config));
  EXPECT_EQ(host.metric("gatehouse_plugin_breaker", "closed"), 1);
  plugin.on_reset = [](const gh_call&) { return GH_UNAVAILABLE; };
  (void)call(*instance);
  EXPECT_EQ(host.metric("gatehouse_plugin_breaker", "closed"), 0);
  EXPECT_EQ(host.metric("gatehouse_plugin_breaker", "open"), 1);
  instance->drain();
  EXPECT_EQ(host.metric("gatehouse_plugin_breaker", "stopped"), 1);
}

TEST_F(InstanceTest, AThreadInsideFindsItsCallWithoutLocks) {
  const auto instance = started();
  Supervisor::Inside inside;
  plugin.on_reset = [&](const gh_call&) {
    inside = host.supervisor.inside_here();
    return GH_OK;
  };
  EXPECT_TRUE(call(*instance));
  EXPECT_EQ(inside.plugin, "it");
  EXPECT_EQ(inside.operation, "rate_limiter.reset");
  EXPECT_EQ(inside.request_id, "req-1");
  EXPECT_TRUE(host.supervisor.inside_here().plugin.empty()) << "outside again";
}

TEST_F(InstanceTest, AStartThatHangsIsReportedToo) {
  auto config = plugin.config();
  config.start_timeout = milliseconds(100);
  const auto instance = make(std::move(config));
  plugin.on_start = [&](const gh_call&) {
    host.clock.advance(seconds(2));
    host.supervisor.look();
    return GH_OK;
  };
  instance->start();
  EXPECT_TRUE(host.log.contains("plugin call is overdue plugin=it operation=start"));
}

TEST_F(InstanceTest, AProbeThatHangsLetsTheNextProbeThroughAfterItsPause) {
  auto config = plugin.config();
  config.breaker_failures = 1;
  config.breaker_pause = seconds(1);
  const auto instance = started(std::move(config));
  plugin.on_reset = [](const gh_call&) { return GH_UNAVAILABLE; };
  (void)call(*instance);
  host.clock.advance(seconds(1));
  Inside inside(1);
  plugin.on_reset = [&](const gh_call&) { return inside(); };
  std::thread thread([&] { (void)call(*instance, {}, milliseconds(100)); });
  inside.wait();
  host.clock.advance(seconds(1));
  host.supervisor.look();
  EXPECT_FALSE(call(*instance)) << "the hanging probe began another pause";
  inside.let_out();
  thread.join();
  plugin.on_reset = nullptr;
  host.clock.advance(seconds(1));
  EXPECT_TRUE(call(*instance));
}

}  // namespace
}  // namespace gatehouse::plugins
