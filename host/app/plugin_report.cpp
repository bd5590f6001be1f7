// SPDX-License-Identifier: Apache-2.0
#include "app/plugin_report.h"

#include "app/config.h"
#include "app/plugin_set.h"
#include "base/log.h"
#include "base/metrics.h"
#include "plugins/description.h"
#include "plugins/plugin_file.h"

#include <string_view>
#include <utility>

namespace gatehouse::app {

std::vector<PluginBuild> builds_of(const Config& config, const PluginSet& plugins) {
  std::vector<PluginBuild> builds;
  for (const auto& instance : plugins.all()) {
    const auto& file = *config.plugin(instance->name())->file;
    auto about = plugins::describe(file.entry());
    builds.push_back({instance->name(), std::move(about.id), std::move(about.version),
                      std::to_string(about.abi_major) + "." + std::to_string(about.abi_minor), file.path().string(),
                      file.sha256()});
  }
  return builds;
}

void report_builds(const std::vector<PluginBuild>& builds, Log& log, MetricRegistry& metrics) {
  for (const auto& build : builds) {
    log.info("plugin", {{"name", std::string_view(build.name)},
                        {"id", std::string_view(build.id)},
                        {"version", std::string_view(build.version)},
                        {"abi", std::string_view(build.abi)},
                        {"file", std::string_view(build.file)},
                        {"sha256", std::string_view(build.sha256)}});
    metrics
        .gauge("gatehouse_plugin_info", "Which build of a plugin this server runs: always 1.",
               {{"plugin", build.name}, {"id", build.id}, {"version", build.version}, {"sha256", build.sha256}})
        .set(1);
  }
}

}  // namespace gatehouse::app
