// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugins/instance.h"
#include "support/plugin_fakes.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <latch>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::plugins {

// One instance of a scripted plugin, called through its rate limiter's reset().
class InstanceTest : public testing::Test {
 protected:
  std::unique_ptr<Instance> make(InstanceConfig config) {
    return std::make_unique<Instance>(plugin.entry, std::move(config), host.services(),
                                      std::vector<std::string>{GH_RATE_LIMITER_V1});
  }
  std::unique_ptr<Instance> started(InstanceConfig config) {
    auto instance = make(std::move(config));
    instance->start();
    reset = &instance->operation(GH_RATE_LIMITER_V1, "reset", Timing::EveryCall);
    return instance;
  }
  std::unique_ptr<Instance> started() { return started(plugin.config()); }

  // One call of the plugin's reset().
  Result<std::int32_t> call(Instance& instance, StatusSet expected = {},
                            std::chrono::milliseconds time = std::chrono::seconds(1)) {
    auto body = [](const Entered& in) {
      return static_cast<const gh_rate_limiter_v1*>(in.table)->reset(in.self, &in.call, gh_slice{});
    };
    return instance.enter(*reset, host.call(time), expected, nullptr, body);
  }

  std::string load_error(InstanceConfig config) {
    try {
      make(std::move(config));
    } catch (const LoadError& error) {
      return error.what();
    }
    return "no error";
  }

  test::PluginHost host;
  test::ScriptedPlugin plugin;
  const Operation* reset = nullptr;
};

// Threads that are inside the plugin until the test lets them out.
class Inside {
 public:
  explicit Inside(std::ptrdiff_t count) : arrived_(count) {}
  gh_status operator()() {
    arrived_.count_down();
    leave_.wait();
    return GH_OK;
  }
  void wait() { arrived_.wait(); }
  void let_out() { leave_.count_down(); }

 private:
  std::latch arrived_;
  std::latch leave_{1};
};

}  // namespace gatehouse::plugins
