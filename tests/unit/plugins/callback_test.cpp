// SPDX-License-Identifier: Apache-2.0
// What a plugin does with the pointers it was lent when the call is over, or from a thread of its own.
#include "plugins/instance.h"
#include "support/plugin_fakes.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <thread>

namespace gatehouse::plugins {
namespace {

class CallbackTest : public testing::Test {
 protected:
  CallbackTest() : CallbackTest(64) {}
  explicit CallbackTest(unsigned places) {
    auto config = plugin.config();
    config.max_calls = places;
    instance = std::make_unique<Instance>(plugin.entry, std::move(config), host.services(),
                                          std::vector<std::string>{GH_RATE_LIMITER_V1});
    instance->start();
    operation = &instance->operation(GH_RATE_LIMITER_V1, "reset", Timing::EveryCall);
  }

  template <class F>
  void enter(F body, int* receiver) {
    ASSERT_TRUE(instance->enter(*operation, host.call(), {}, receiver, body));
  }

  test::PluginHost host;
  test::ScriptedPlugin plugin;
  std::unique_ptr<Instance> instance;
  const Operation* operation = nullptr;
};

TEST_F(CallbackTest, FindsItsReceiverDuringTheCall) {
  int receiver = 0;
  enter(
      [&](const Entered& in) {
        EXPECT_EQ(receiver_of<int>(in.context), &receiver);
        return GH_OK;
      },
      &receiver);
}

TEST_F(CallbackTest, AfterTheCallFindsNothingAndIsCounted) {
  int receiver = 0;
  void* late = nullptr;
  enter([&](const Entered& in) { return late = in.context, GH_OK; }, &receiver);
  EXPECT_EQ(receiver_of<int>(late), nullptr);
  EXPECT_EQ(host.metric("gatehouse_plugin_misuse_total"), 1);
}

TEST_F(CallbackTest, DuringAnotherCallFindsNothing) {
  int first = 0;
  int second = 0;
  void* late = nullptr;
  enter([&](const Entered& in) { return late = in.context, GH_OK; }, &first);
  for (int i = 0; i < 63; ++i) {
    enter(
        [&](const Entered& in) {
          EXPECT_EQ(receiver_of<int>(late), nullptr) << "after " << i << " calls in the same place";
          EXPECT_EQ(receiver_of<int>(in.context), &second);
          return GH_OK;
        },
        &second);
  }
}

TEST_F(CallbackTest, FromAnotherThreadFindsNothing) {
  int receiver = 0;
  enter(
      [&](const Entered& in) {
        int* found = &receiver;
        std::thread([&] { found = receiver_of<int>(in.context); }).join();
        EXPECT_EQ(found, nullptr);
        return GH_OK;
      },
      &receiver);
}

TEST_F(CallbackTest, AfterTheInstanceEndedFindsNothing) {
  int receiver = 0;
  void* late = nullptr;
  enter([&](const Entered& in) { return late = in.context, GH_OK; }, &receiver);
  instance.reset();
  EXPECT_EQ(receiver_of<int>(late), nullptr);
}

TEST_F(CallbackTest, ExplainAfterTheCallIsIgnored) {
  std::optional<gh_call> kept;
  plugin.on_reset = [&](const gh_call& call) {
    kept = call;
    return GH_OK;
  };
  enter(
      [](const Entered& in) {
        return static_cast<const gh_rate_limiter_v1*>(in.table)->reset(in.self, &in.call, gh_slice{});
      },
      nullptr);
  test::explain(*kept, "too late");
  enter(
      [&](const Entered&) {
        test::explain(*kept, "into somebody else's call");
        return GH_OK;
      },
      nullptr);
  EXPECT_FALSE(host.log.contains("too late"));
  EXPECT_FALSE(host.log.contains("somebody else"));
  EXPECT_EQ(host.metric("gatehouse_plugin_misuse_total"), 2);
}

TEST_F(CallbackTest, ExplainWithoutWordsIsIgnored) {
  const auto result = [&] {
    auto body = [](const Entered& in) {
      in.call.explain(in.call.explain_context, gh_slice{nullptr, 100});
      return GH_INTERNAL;
    };
    return instance->enter(*operation, host.call(), {}, nullptr, body);
  }();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().detail, "plugin it: rate_limiter.reset: internal");
}

}  // namespace
}  // namespace gatehouse::plugins
