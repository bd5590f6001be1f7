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

// The plugin in a file, loaded as the host loads it and never closed: what it leaves behind may point into its code.
// Throws std::runtime_error.
const gh_plugin& load_plugin(const char* file);

// An instance of a plugin, with a host of its own behind it. Drains and destroys at its end.
class PluginInstance {
 public:
  // Throws std::runtime_error with the plugin's own words.
  PluginInstance(const gh_plugin& plugin, const std::vector<PluginSetting>& settings);
  ~PluginInstance();
  PluginInstance(const PluginInstance&) = delete;
  PluginInstance& operator=(const PluginInstance&) = delete;

  gh_instance* get() const noexcept { return instance_; }
  // Null: the plugin does not offer it.
  const void* table(const char* id) const noexcept;

 private:
  gh_host host_{};
  const gh_plugin& plugin_;
  gh_instance* instance_ = nullptr;
};

std::unique_ptr<StoreUnderTest> store_from_plugin(const gh_plugin& plugin,
                                                  const std::vector<PluginSetting>& settings = {});

}  // namespace gatehouse::contract
