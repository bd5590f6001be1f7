// SPDX-License-Identifier: Apache-2.0
#include "app/plugin_catalogue.h"

#include "app/no_log.h"
#include "app/plugin_set.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/random.h"
#include "plugins/description.h"
#include "plugins/instance.h"
#include "plugins/plugin_file.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace gatehouse::app {
sdk::Expected<PluginDescription, std::string> describe_plugin(const PluginBlock& block,
                                                              const std::vector<std::string>& plugin_path) {
  try {
    auto file = plugins::PluginFile::load(block.library, {plugin_path.begin(), plugin_path.end()}, block.sha256);
    auto about = plugins::describe(file->entry());
    return PluginDescription{std::move(about.id), std::move(about.settings), std::move(about.interfaces),
                             std::move(file)};
  } catch (const plugins::LoadError& error) {
    return std::string(error.what());
  }
}

sdk::Expected<PluginDescription, std::string> read_plugin(const PluginBlock& block,
                                                          const std::vector<std::string>& plugin_path) {
  try {
    auto facts = plugins::PluginFile::read(block.library, {plugin_path.begin(), plugin_path.end()}, block.sha256);
    return PluginDescription{std::move(facts.about.id), std::move(facts.about.settings),
                             std::move(facts.about.interfaces), nullptr};
  } catch (const plugins::LoadError& error) {
    return std::string(error.what());
  }
}

std::string ask_plugin(const Config& config, const PluginBlock& block) {
  const SystemClock clock;
  SystemRandom random;
  NoLog log;
  MetricRegistry metrics;
  try {
    plugins::Instance::check(block.file->entry(), instance_config(config, block), {clock, random, log, metrics});
    return {};
  } catch (const plugins::LoadError& error) {
    return error.what();
  }
}

std::vector<std::string> libraries_in(const std::vector<std::string>& plugin_path) {
  std::vector<std::string> stems;
  for (const auto& folder : plugin_path) {
    std::error_code missing;
    for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
      if (entry.path().extension() == ".so") stems.push_back(entry.path().stem());
    }
  }
  std::sort(stems.begin(), stems.end());
  stems.erase(std::unique(stems.begin(), stems.end()), stems.end());
  return stems;
}

}  // namespace gatehouse::app
