// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config_load.h"

#include <string>
#include <vector>

namespace gatehouse::app {

// The inputs of load_config that look at real plugin files. Loading one runs its constructors, nothing else.
sdk::Expected<PluginDescription, std::string> describe_plugin(const PluginBlock& block,
                                                              const std::vector<std::string>& plugin_path);
std::string ask_plugin(const Config& config, const PluginBlock& block);

// Instead of describe_plugin: runs nothing of the file, and gives no `file` to make instances of.
sdk::Expected<PluginDescription, std::string> read_plugin(const PluginBlock& block,
                                                          const std::vector<std::string>& plugin_path);

// The stems of the shared libraries in these folders, sorted, without repeats. Folders that are not there are skipped.
std::vector<std::string> libraries_in(const std::vector<std::string>& plugin_path);

}  // namespace gatehouse::app
