// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace gatehouse {
class Log;
class MetricRegistry;
}  // namespace gatehouse

namespace gatehouse::app {

class PluginSet;
struct Config;

// Which build of a plugin the server runs.
struct PluginBuild {
  std::string name;  // in the configuration
  std::string id;
  std::string version;
  std::string abi;  // "1.0"
  std::string file;
  std::string sha256;  // of the bytes that were loaded, whatever the file holds by now
};

// Of every plugin that has an instance.
std::vector<PluginBuild> builds_of(const Config& config, const PluginSet& plugins);

// One line of the log for each, and gatehouse_plugin_info{plugin,id,version,sha256} = 1.
void report_builds(const std::vector<PluginBuild>& builds, Log& log, MetricRegistry& metrics);

}  // namespace gatehouse::app
