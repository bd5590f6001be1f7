// SPDX-License-Identifier: Apache-2.0
// The life of an instance, and what becomes of a call.
#include "instance_fixture.h"

#include "plugins/operation.h"

#include <gmock/gmock.h>

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::plugins {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::explain;
using testing::HasSubstr;

TEST_F(InstanceTest, LivesFromCreateToDestroyInOrder) {
  std::string life;
  plugin.on_start = [&](const gh_call&) { return life += "start ", GH_OK; };
  plugin.on_reset = [&](const gh_call&) { return life += "call ", GH_OK; };
  plugin.on_drain = [&](const gh_call&) { return life += "drain ", GH_OK; };
  plugin.on_destroy = [&] { life += "destroy"; };
  {
    auto instance = started();
    ASSERT_TRUE(call(*instance));
  }
  EXPECT_EQ(life, "start call drain destroy");
}

TEST_F(InstanceTest, ThatNeverStartedIsDestroyedWithoutDrain) {
  std::string life;
  plugin.on_drain = [&](const gh_call&) { return life += "drain ", GH_OK; };
  plugin.on_destroy = [&] { life += "destroy"; };
  make(plugin.config()).reset();
  EXPECT_EQ(life, "destroy");
}

TEST_F(InstanceTest, ThatFailedToStartSaysWhyAndIsDestroyed) {
  bool destroyed = false;
  plugin.on_start = [](const gh_call& c) { return explain(c, "port 6379 is closed"), GH_UNAVAILABLE; };
  plugin.on_destroy = [&] { destroyed = true; };
  auto instance = make(plugin.config());
  try {
    instance->start();
    FAIL() << "started";
  } catch (const LoadError& error) {
    EXPECT_THAT(error.what(), HasSubstr("it (scripted 1.2.3): start: unavailable: port 6379 is closed"));
  }
  instance.reset();
  EXPECT_TRUE(destroyed);
}

TEST_F(InstanceTest, RefusedByCreateSaysWhichSettingAndWhy) {
  plugin.on_create = [](const gh_create_args&, const gh_call& c, gh_instance**) {
    return explain(c, "shards: must be a power of two"), GH_INVALID;
  };
  EXPECT_EQ(load_error(plugin.config()), "plugin it (scripted 1.2.3): create: invalid: shards: must be a power of two");
}

TEST_F(InstanceTest, ThatCreateThrowsOutOfIsRefused) {
  plugin.on_create = [](const gh_create_args&, const gh_call&, gh_instance**) -> gh_status {
    throw std::runtime_error("no");
  };
  EXPECT_THAT(load_error(plugin.config()),
              HasSubstr("an exception came out of the call; this is a defect of the plugin"));
}

TEST_F(InstanceTest, WithoutAnInstanceIsRefusedEvenWhenCreateSaysOk) {
  plugin.on_create = [](const gh_create_args&, const gh_call&, gh_instance**) { return GH_OK; };
  EXPECT_THAT(load_error(plugin.config()), HasSubstr("made no instance"));
}

TEST_F(InstanceTest, ThatComesTogetherWithAnErrorIsNotBelieved) {
  bool destroyed = false;
  plugin.on_create = [&](const gh_create_args&, const gh_call&, gh_instance** out) {
    *out = reinterpret_cast<gh_instance*>(&plugin);
    return GH_DENIED;
  };
  plugin.on_destroy = [&] { destroyed = true; };
  EXPECT_THAT(load_error(plugin.config()), HasSubstr("create: denied"));
  EXPECT_FALSE(destroyed);
}

TEST_F(InstanceTest, CheckAsksWithoutKeeping) {
  std::uint32_t flags = 0;
  plugin.on_create = [&](const gh_create_args& args, const gh_call&, gh_instance**) {
    flags = args.flags;
    return GH_OK;
  };
  Instance::check(plugin.entry, plugin.config(), host.services());
  EXPECT_EQ(flags, GH_CREATE_VALIDATE_ONLY);

  plugin.on_create = [](const gh_create_args&, const gh_call&, gh_instance**) { return GH_INVALID; };
  EXPECT_THROW(Instance::check(plugin.entry, plugin.config(), host.services()), LoadError);
}

TEST_F(InstanceTest, AnUnknownSettingIsRefusedWithTheNearOne) {
  auto config = plugin.config();
  config.settings.push_back({"scripted_plugins", std::int64_t{1}});
  EXPECT_EQ(load_error(config),
            "plugin it (scripted 1.2.3) has no setting scripted_plugins; did you mean scripted_plugin?");
}

TEST_F(InstanceTest, AMissingRequiredSettingIsRefused) {
  auto config = plugin.config();
  config.settings.clear();
  EXPECT_THAT(load_error(config), HasSubstr("the setting scripted_plugin is required: Where the test's object is."));
}

TEST_F(InstanceTest, ASettingOfAnotherTypeIsRefused) {
  auto config = plugin.config();
  config.settings = {{"scripted_plugin", std::string("here")}};
  EXPECT_THAT(load_error(config), HasSubstr("scripted_plugin must be a value of type integer"));
}

TEST_F(InstanceTest, GivesThePluginItsNameItsFolderAndItsSettings) {
  gh_setting settings[] = {
      {"scripted_plugin", nullptr, nullptr, "s", GH_SETTING_INT, GH_SETTING_REQUIRED},
      {"file", "data/x.db", nullptr, "s", GH_SETTING_PATH, 0},
      {"hosts", "a, b", nullptr, "s", GH_SETTING_TEXT_LIST, 0},
      {"timeout", "150ms", nullptr, "s", GH_SETTING_DURATION, 0},
  };
  plugin.entry.settings = settings;
  plugin.entry.setting_count = 4;
  std::vector<std::string> seen;
  plugin.on_create = [&](const gh_create_args& args, const gh_call&, gh_instance** out) {
    const auto text = [](const gh_slice& s) { return std::string(reinterpret_cast<const char*>(s.data), s.size); };
    seen.push_back(text(args.name));
    seen.push_back(text(args.state_dir));
    for (std::uint64_t i = 1; i < args.config_count; ++i) {
      const auto& value = args.config[i].value;
      seen.push_back(text(args.config[i].key) + "=" +
                     (value.type == GH_TEXT ? text(value.s) : std::to_string(value.i)));
    }
    *out = reinterpret_cast<gh_instance*>(&plugin);
    return GH_OK;
  };
  auto config = plugin.config();
  config.state_dir = "/var/lib/gatehouse";
  make(std::move(config));
  EXPECT_THAT(seen, testing::ElementsAre("it", "/var/lib/gatehouse", "file=/var/lib/gatehouse/data/x.db", "hosts=a",
                                         "hosts=b", "timeout=150000"));
}

TEST_F(InstanceTest, OffersWhatThePluginOffers) {
  const auto instance = make(plugin.config());
  EXPECT_TRUE(instance->offers(GH_STORE_V1));
  EXPECT_FALSE(instance->offers("gatehouse.store/2"));
}

TEST_F(InstanceTest, AnInterfaceThatWasNotAssignedHasNoOperations) {
  const auto instance = make(plugin.config());
  EXPECT_THROW(instance->operation(GH_STORE_V1, "get", Timing::EveryCall), LoadError);
}

TEST_F(InstanceTest, AStatusTheCallerExpectsComesBackAsItIs) {
  const auto instance = started();
  plugin.on_reset = [](const gh_call&) { return GH_NOT_FOUND; };
  const auto status = call(*instance, {GH_NOT_FOUND});
  ASSERT_TRUE(status);
  EXPECT_EQ(*status, GH_NOT_FOUND);
}

TEST_F(InstanceTest, EveryOtherStatusIsAnErrorThatDenies) {
  auto config = plugin.config();
  config.breaker_failures = 100;
  const auto instance = started(std::move(config));
  const std::pair<gh_status, Code> table[] = {
      {GH_NOT_FOUND, Code::Internal},
      {GH_CONFLICT, Code::Internal},
      {GH_INVALID, Code::Internal},
      {GH_UNAVAILABLE, Code::ProviderUnavailable},
      {GH_TIMEOUT, Code::ProviderUnavailable},
      {GH_IN_DOUBT, Code::InDoubt},
      {GH_UNSUPPORTED, Code::Internal},
      {GH_DENIED, Code::ProviderUnavailable},
      {GH_INTERNAL, Code::Internal},
      {10, Code::Internal},
      {-1, Code::Internal},
      {INT32_MAX, Code::Internal},
      {INT32_MIN, Code::Internal},
      {32, Code::Internal},
  };
  for (const auto& [status, code] : table) {
    plugin.on_reset = [status = status](const gh_call&) { return status; };
    const auto result = call(*instance);
    ASSERT_FALSE(result) << status;
    EXPECT_EQ(result.error().code, code) << status;
  }
}

TEST_F(InstanceTest, AnUnknownStatusIsInternalEvenToACallerThatExpectsEverything) {
  const auto instance = started();
  plugin.on_reset = [](const gh_call&) { return 10; };
  const auto result = call(*instance, {GH_NOT_FOUND, GH_CONFLICT, GH_INVALID, GH_UNSUPPORTED});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::Internal);
}

TEST_F(InstanceTest, AnExceptionOutOfACallIsInternalAndFreesItsPlace) {
  auto config = plugin.config();
  config.max_calls = 1;
  const auto instance = started(std::move(config));
  plugin.on_reset = [](const gh_call&) -> gh_status { throw 42; };
  const auto result = call(*instance);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::Internal);
  plugin.on_reset = nullptr;
  EXPECT_TRUE(call(*instance));
}

TEST_F(InstanceTest, WhatThePluginExplainsIsInTheErrorAndTheLog) {
  const auto instance = started();
  plugin.on_reset = [](const gh_call& c) {
    explain(c, "WRONGTYPE key holds a list");
    explain(c, "run FLUSHDB");
    return GH_INTERNAL;
  };
  const auto result = call(*instance);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().detail, "plugin it: rate_limiter.reset: internal: WRONGTYPE key holds a list; run FLUSHDB");
  EXPECT_TRUE(
      host.log.contains("plugin call failed plugin=it operation=rate_limiter.reset status=internal "
                        "explanation=WRONGTYPE key holds a list; run FLUSHDB request_id=req-1"));
}

TEST_F(InstanceTest, AnEndlessExplanationIsCut) {
  const auto instance = started();
  plugin.on_reset = [](const gh_call& c) {
    for (int i = 0; i < 100; ++i) explain(c, std::string(300, 'x'));
    return GH_INTERNAL;
  };
  const auto result = call(*instance);
  ASSERT_FALSE(result);
  EXPECT_LT(result.error().detail.size(), 1500u);
}

TEST_F(InstanceTest, APluginSeesTheCallAndADeadlineNoLaterThanTheHostAllows) {
  auto config = plugin.config();
  config.call_timeout = milliseconds(200);
  const auto instance = started(std::move(config));
  std::int64_t deadline = 0;
  std::string tenant;
  plugin.on_reset = [&](const gh_call& c) {
    deadline = c.deadline_ns;
    tenant.assign(reinterpret_cast<const char*>(c.tenant.data), c.tenant.size);
    return GH_OK;
  };
  const auto in_ns = [](Steady time) { return std::chrono::nanoseconds(time.time_since_epoch()).count(); };
  ASSERT_TRUE(call(*instance, {}, milliseconds(50)));
  EXPECT_EQ(deadline, in_ns(host.clock.steady() + milliseconds(50)));
  ASSERT_TRUE(call(*instance, {}, seconds(60)));
  EXPECT_EQ(deadline, in_ns(host.clock.steady() + milliseconds(200)));
  EXPECT_EQ(tenant, "acme");
}

TEST_F(InstanceTest, ThatCannotReachWhatItNeedsIsToldFromOneThatIsWrong) {
  for (const auto status : {GH_UNAVAILABLE, GH_TIMEOUT}) {
    plugin.on_start = [status](const gh_call&) { return status; };
    EXPECT_THROW(make(plugin.config())->start(), Unreachable) << status;
  }
  for (const auto status : {GH_DENIED, GH_INVALID, GH_UNSUPPORTED, GH_INTERNAL}) {
    plugin.on_start = [status](const gh_call&) { return status; };
    const auto instance = make(plugin.config());
    try {
      instance->start();
      ADD_FAILURE() << "started with " << status;
    } catch (const Unreachable&) {
      ADD_FAILURE() << "unreachable with " << status;
    } catch (const LoadError&) {
    }
  }
}

TEST_F(InstanceTest, RefusesCallsBeforeStartAndAfterDrain) {
  auto instance = make(plugin.config());
  reset = &instance->operation(GH_RATE_LIMITER_V1, "reset", Timing::EveryCall);
  int calls = 0;
  plugin.on_reset = [&](const gh_call&) { return ++calls, GH_OK; };
  EXPECT_EQ(call(*instance).error().code, Code::ProviderUnavailable);
  instance->start();
  EXPECT_TRUE(call(*instance));
  instance->drain();
  EXPECT_EQ(call(*instance).error().code, Code::ProviderUnavailable);
  EXPECT_EQ(calls, 1);
}

TEST_F(InstanceTest, ReportsWhetherItIsUp) {
  auto instance = make(plugin.config());
  EXPECT_EQ(host.metric("gatehouse_plugin_up", "rate_limiter"), 0);
  instance->start();
  EXPECT_EQ(host.metric("gatehouse_plugin_up", "rate_limiter"), 1);
  EXPECT_TRUE(instance->healthy());
  instance->drain();
  EXPECT_EQ(host.metric("gatehouse_plugin_up", "rate_limiter"), 0);
  EXPECT_FALSE(instance->healthy());
}

TEST_F(InstanceTest, TimesOneIn64OfEachVerbWhenTwoTakeTurns) {
  const auto instance = started();
  const auto& one = instance->operation(GH_RATE_LIMITER_V1, "take", Timing::OneIn64);
  const auto& other = instance->operation(GH_RATE_LIMITER_V1, "reset", Timing::OneIn64);
  auto nothing = [](const Entered&) { return GH_OK; };
  for (int i = 0; i < 640; ++i) {
    ASSERT_TRUE(instance->enter(one, host.call(), {}, nullptr, nothing));
    ASSERT_TRUE(instance->enter(other, host.call(), {}, nullptr, nothing));
  }
  EXPECT_NEAR(static_cast<double>(one.duration->snapshot().cumulative.back()), 10, 2);
  EXPECT_NEAR(static_cast<double>(other.duration->snapshot().cumulative.back()), 10, 2);
}

TEST_F(InstanceTest, TimesEveryCallOrOneIn64) {
  const auto instance = started();
  const auto& sampled = instance->operation(GH_RATE_LIMITER_V1, "take", Timing::OneIn64);
  auto nothing = [](const Entered&) { return GH_OK; };
  for (int i = 0; i < 640; ++i) ASSERT_TRUE(instance->enter(sampled, host.call(), {}, nullptr, nothing));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(call(*instance));
  std::map<std::string, std::uint64_t> observed;
  for (const auto& family : host.metrics.families()) {
    if (family.name != "gatehouse_plugin_call_duration_seconds") continue;
    for (const auto& sample : family.samples) {
      observed[sample.labels.back().second] = sample.histogram->snapshot().cumulative.back();
    }
  }
  EXPECT_NEAR(static_cast<double>(observed["rate_limiter.take"]), 10, 1);
  EXPECT_EQ(observed["rate_limiter.reset"], 5u);
}

}  // namespace
}  // namespace gatehouse::plugins
