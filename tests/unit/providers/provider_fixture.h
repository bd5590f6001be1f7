// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugins/instance.h"
#include "support/plugin_fakes.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse::providers {

inline gh_slice slice(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string text_of(const gh_slice& s) { return {reinterpret_cast<const char*>(s.data), s.size}; }

// A provider over a plugin that says whatever the test wants it to say.
class ProviderTest : public testing::Test {
 protected:
  explicit ProviderTest(const char* interface_id) {
    auto config = plugin.config();
    config.breaker_failures = 1'000'000;
    instance = std::make_unique<plugins::Instance>(plugin.entry, std::move(config), host.services(),
                                                   std::vector<std::string>{interface_id});
    instance->start();
  }
  Call call() const { return host.call(); }

  test::PluginHost host;
  test::ScriptedPlugin plugin;
  std::unique_ptr<plugins::Instance> instance;
};

// What a Result came to, in one word. Clients see one name for "did not happen" and "may have happened"; tests do not.
template <class T>
std::string outcome(const Result<T>& result) {
  if (result) return "ok";
  return result.error().code == Code::InDoubt ? "IN_DOUBT" : std::string(code_name(result.error().code));
}

}  // namespace gatehouse::providers
