// SPDX-License-Identifier: Apache-2.0
#include "instance_fixture.h"

#include <gatehouse/store_watch.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

namespace gatehouse::plugins {
namespace {

using std::chrono::seconds;

// Calls that wait for something to happen, as a feed's do: through the same reset().
class WaitingCalls : public InstanceTest {
 protected:
  std::unique_ptr<Instance> started(InstanceConfig config) {
    auto instance = InstanceTest::started(std::move(config));
    wait = &instance->operation(GH_RATE_LIMITER_V1, "reset", Timing::Waits);
    return instance;
  }
  Result<std::int32_t> wait_for_something(Instance& instance) {
    auto body = [](const Entered& in) {
      return static_cast<const gh_rate_limiter_v1*>(in.table)->reset(in.self, &in.call, gh_slice{});
    };
    return instance.enter(*wait, host.call(), {}, nullptr, body);
  }
  const Operation* wait = nullptr;
};

TEST_F(WaitingCalls, SayNothingAboutTheBackend) {
  auto config = plugin.config();
  config.breaker_failures = 2;
  const auto instance = started(std::move(config));
  plugin.on_reset = [&](const gh_call&) { return GH_UNAVAILABLE; };
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(wait_for_something(*instance));
  EXPECT_TRUE(instance->healthy()) << "a wait that failed took the plugin out of service";
  EXPECT_FALSE(call(*instance));
  plugin.on_reset = nullptr;
  EXPECT_TRUE(wait_for_something(*instance));
  plugin.on_reset = [&](const gh_call&) { return GH_UNAVAILABLE; };
  EXPECT_FALSE(call(*instance));
  EXPECT_FALSE(instance->healthy()) << "a wait that ended well hid the failures around it";
}

TEST_F(WaitingCalls, AreLetInWhileThePluginIsDownAndDoNotBringItBack) {
  auto config = plugin.config();
  config.breaker_failures = 1;
  const auto instance = started(std::move(config));
  plugin.on_reset = [&](const gh_call&) { return GH_UNAVAILABLE; };
  EXPECT_FALSE(call(*instance));
  plugin.on_reset = nullptr;
  host.clock.advance(seconds(10));
  EXPECT_TRUE(wait_for_something(*instance));
  EXPECT_FALSE(instance->healthy());
  EXPECT_TRUE(call(*instance)) << "the probe is one of the calls that mean something";
  EXPECT_TRUE(instance->healthy());
}

TEST_F(WaitingCalls, AreOverdueOnlyWhenTheyDoNotComeBackAndNeverCountAgainstThePlugin) {
  auto config = plugin.config();
  config.breaker_failures = 1;
  const auto instance = started(std::move(config));
  Inside inside(1);
  plugin.on_reset = [&](const gh_call&) { return inside(); };
  std::thread waiting([&] { (void)wait_for_something(*instance); });
  inside.wait();
  host.clock.advance(seconds(1) + std::chrono::milliseconds(200));
  host.supervisor.look();
  EXPECT_EQ(host.metric("gatehouse_plugin_overdue_total"), 0) << "a wait that was just about to end";
  host.clock.advance(seconds(6));
  host.supervisor.look();
  EXPECT_EQ(host.metric("gatehouse_plugin_overdue_total"), 1);
  EXPECT_TRUE(instance->healthy());
  inside.let_out();
  waiting.join();
}

TEST_F(WaitingCalls, AreRefusedAfterTheEnd) {
  const auto instance = started(plugin.config());
  instance->drain();
  EXPECT_FALSE(wait_for_something(*instance));
}

// What a plugin that offers a feed and a rate limiter has room for.
TEST_F(WaitingCalls, HaveAPlaceBesideTheCallsThatAreAllowed) {
  static const gh_store_watch_v1 feed = {
      sizeof(gh_store_watch_v1), 0,
      [](gh_instance*, const gh_call*, const std::uint32_t*, std::uint64_t, std::uint64_t*) { return GH_OK; },
      [](gh_instance*, const gh_call*, std::uint64_t, const gh_change_sink*) { return GH_OK; },
      [](gh_instance*, const gh_call*, std::uint64_t) { return GH_OK; }};
  std::vector<gh_interface> interfaces(plugin.entry.interfaces, plugin.entry.interfaces + plugin.entry.interface_count);
  interfaces.push_back({GH_STORE_WATCH_V1, &feed});
  plugin.entry.interfaces = interfaces.data();
  plugin.entry.interface_count = static_cast<std::uint32_t>(interfaces.size());
  auto config = plugin.config();
  config.max_calls = 1;
  Instance instance(plugin.entry, std::move(config), host.services(), {GH_RATE_LIMITER_V1, GH_STORE_WATCH_V1});
  instance.start();
  reset = &instance.operation(GH_RATE_LIMITER_V1, "reset", Timing::EveryCall);
  Inside inside(1);
  std::atomic<bool> first{true};
  plugin.on_reset = [&](const gh_call&) { return first.exchange(false) ? inside() : GH_OK; };
  std::thread waiting([&] { EXPECT_TRUE(call(instance)); });
  inside.wait();
  EXPECT_TRUE(call(instance)) << "the wait took the only place";
  inside.let_out();
  waiting.join();
}

}  // namespace
}  // namespace gatehouse::plugins
