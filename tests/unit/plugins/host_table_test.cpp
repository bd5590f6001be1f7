// SPDX-License-Identifier: Apache-2.0
// The services of gh_host, as a plugin uses and abuses them.
#include "plugins/instance.h"
#include "support/plugin_fakes.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace gatehouse::plugins {
namespace {

gh_slice slice(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

class HostTableTest : public testing::Test {
 protected:
  HostTableTest() {
    plugin.on_create = [this](const gh_create_args& args, const gh_call&, gh_instance** out) {
      table = args.host;
      *out = reinterpret_cast<gh_instance*>(&plugin);
      return GH_OK;
    };
    instance = std::make_unique<Instance>(plugin.entry, plugin.config(), host.services(),
                                          std::vector<std::string>{GH_RATE_LIMITER_V1});
    instance->start();
  }
  void log(std::uint32_t level, std::string_view text) { table->log(table->context, level, slice(text)); }
  void count(std::string_view name, std::uint64_t amount = 1) { table->count(table->context, slice(name), amount); }

  test::PluginHost host;
  test::ScriptedPlugin plugin;
  const gh_host* table = nullptr;
  std::unique_ptr<Instance> instance;
};

TEST_F(HostTableTest, SaysWhoItIs) {
  EXPECT_GE(table->struct_size, sizeof(gh_host));
  EXPECT_EQ(table->abi_minor, GH_ABI_MINOR);
}

TEST_F(HostTableTest, LogsUnderThePluginsName) {
  log(GH_LOG_WARN, "reconnecting");
  EXPECT_TRUE(host.log.contains("plugin log plugin=it text=reconnecting"));
}

TEST_F(HostTableTest, LogsDuringACallWithItsRequestId) {
  plugin.on_reset = [&](const gh_call&) { return log(GH_LOG_INFO, "inside"), GH_OK; };
  const auto& operation = instance->operation(GH_RATE_LIMITER_V1, "reset", Timing::EveryCall);
  auto body = [](const Entered& in) {
    return static_cast<const gh_rate_limiter_v1*>(in.table)->reset(in.self, &in.call, gh_slice{});
  };
  ASSERT_TRUE(instance->enter(operation, host.call(), {}, nullptr, body));
  log(GH_LOG_INFO, "outside");
  EXPECT_TRUE(host.log.contains("text=inside request_id=req-1"));
  EXPECT_FALSE(host.log.contains("text=outside request_id"));
}

TEST_F(HostTableTest, LogTakesWhatCannotBe) {
  table->log(table->context, 77, slice("unknown level"));
  table->log(table->context, GH_LOG_INFO, gh_slice{nullptr, 10});
  log(GH_LOG_INFO, std::string(100'000, 'x'));
  EXPECT_TRUE(host.log.contains("unknown level"));
  for (const auto& line : host.log.lines()) EXPECT_LT(line.size(), 3000u);
}

TEST_F(HostTableTest, TellsBothTimes) {
  EXPECT_EQ(table->wall_us(table->context), host.clock.now().time_since_epoch().count());
  EXPECT_EQ(table->monotonic_ns(table->context),
            std::chrono::nanoseconds(host.clock.steady().time_since_epoch()).count());
}

TEST_F(HostTableTest, GivesRandomnessOrSaysThatThereIsNone) {
  std::vector<std::uint8_t> bytes(64);
  EXPECT_EQ(table->random_bytes(table->context, bytes.data(), bytes.size()), GH_OK);
  EXPECT_NE(bytes, std::vector<std::uint8_t>(64));
  EXPECT_EQ(table->random_bytes(table->context, nullptr, 8), GH_INVALID);
  host.random.fail();
  EXPECT_EQ(table->random_bytes(table->context, bytes.data(), bytes.size()), GH_UNAVAILABLE);
}

TEST_F(HostTableTest, CountsUnderThePluginsName) {
  count("evictions");
  count("evictions", 4);
  EXPECT_EQ(host.metric("gatehouse_plugin_evictions_total", "it"), 5);
}

TEST_F(HostTableTest, RefusesCounterNamesThatCannotBe) {
  for (const auto* name : {"", "Upper", "with-dash", "white space", "nul\n", "{label=\"x\"}"}) count(name);
  count(std::string(41, 'a'));
  EXPECT_EQ(host.metric("gatehouse_plugin_misuse_total"), 7);
}

// Every counter the host has of a plugin, whichever are added.
TEST_F(HostTableTest, RefusesTheHostsOwnCounters) {
  const std::string_view before = "gatehouse_plugin_";
  const std::string_view after = "_total";
  std::vector<std::string> own;
  for (const auto& family : host.metrics.families()) {
    const std::string_view name = family.name;
    if (!name.starts_with(before) || !name.ends_with(after)) continue;
    own.emplace_back(name.substr(before.size(), name.size() - before.size() - after.size()));
  }
  ASSERT_GE(own.size(), 3u);
  for (const auto& name : own) {
    const auto misuse = host.metric("gatehouse_plugin_misuse_total");
    count(name, 100);
    EXPECT_EQ(host.metric("gatehouse_plugin_misuse_total"), misuse + 1) << name;
  }
}

TEST_F(HostTableTest, APluginCannotMakeCountersWithoutEnd) {
  for (char a = 'a'; a <= 'z'; ++a) {
    for (char b = 'a'; b <= 'z'; ++b) count(std::string{a, '_', b});
  }
  EXPECT_EQ(host.metric("gatehouse_plugin_misuse_total"), 26 * 26 - 32);
}

TEST_F(HostTableTest, CountsFromManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1000; ++i) count((i + t) % 2 == 0 ? "even" : "odd");
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(host.metric("gatehouse_plugin_even_total") + host.metric("gatehouse_plugin_odd_total"), 8000);
}

TEST_F(HostTableTest, AfterTheInstanceEndedEveryServiceIsCountedAndIgnored) {
  instance.reset();
  std::uint8_t bytes[8] = {};
  log(GH_LOG_ERROR, "a thread that was not joined");
  count("late");
  EXPECT_EQ(table->random_bytes(table->context, bytes, sizeof(bytes)), GH_UNAVAILABLE);
  EXPECT_EQ(table->wall_us(table->context), 0);
  EXPECT_EQ(table->monotonic_ns(table->context), 0);
  EXPECT_FALSE(host.log.contains("a thread that was not joined"));
  EXPECT_EQ(host.metric("gatehouse_plugin_late_total"), -1);
  EXPECT_EQ(host.metric("gatehouse_plugin_misuse_total"), 5);
}

}  // namespace
}  // namespace gatehouse::plugins
