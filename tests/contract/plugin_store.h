// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "contract/store_under_test.h"

#include <gatehouse/plugin.h>

#include <memory>
#include <string>
#include <vector>

namespace gatehouse::contract {

struct PluginSetting {
  std::string key;
  gh_value value;  // GH_INT or GH_BOOL, or GH_TEXT of a literal
};

// An instance of a plugin, loaded from its file as the host loads it, with a host of its own behind it. Drains and
// destroys at its end.
class PluginInstance {
 public:
  // Throws std::runtime_error, with the plugin's own words where it gave some.
  PluginInstance(const char* file, const std::vector<PluginSetting>& settings);
  ~PluginInstance();
  PluginInstance(const PluginInstance&) = delete;
  PluginInstance& operator=(const PluginInstance&) = delete;

  gh_instance* get() const noexcept { return instance_; }
  const gh_plugin& plugin() const noexcept { return *plugin_; }
  // Null: the plugin does not offer it.
  const void* table(const char* id) const noexcept;

 private:
  gh_host host_{};
  const gh_plugin* plugin_ = nullptr;
  gh_instance* instance_ = nullptr;
};

// A store plugin from a file.
std::unique_ptr<StoreUnderTest> store_from_plugin(const char* file, const std::vector<PluginSetting>& settings = {});

}  // namespace gatehouse::contract
