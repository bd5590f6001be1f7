// SPDX-License-Identifier: Apache-2.0
#include "app/commands/plugin_subject.h"

#include "app/commands/plugin_words.h"
#include "app/config_values.h"
#include "app/plugin_catalogue.h"
#include "app/process_inputs.h"
#include "plugins/load_error.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace gatehouse::app {
namespace {

namespace fs = std::filesystem;

using Words = std::vector<std::string>;

std::string file_name(const std::string& subject) { return subject.ends_with(".so") ? subject : subject + ".so"; }

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type() != fs::file_type::not_found;
}

bool is_in(const std::string& subject, const Words& folders) {
  return std::any_of(folders.begin(), folders.end(),
                     [&](const auto& folder) { return is_there(fs::path(folder) / file_name(subject)); });
}

std::string near(const std::string& word, const Words& candidates) {
  return did_you_mean(word, {candidates.begin(), candidates.end()});
}

std::string quoted(const Words& words) {
  Words all;
  for (const auto& word : words) all.push_back(in_quotes(word));
  return join(all);
}

// A word that is neither a block of the configuration nor a file in plugin_path.
std::string words_for_stranger(const std::string& subject, const std::optional<Config>& config,
                               const Words& plugin_path) {
  Words candidates;
  if (config) {
    for (const auto& block : config->plugins) candidates.push_back(block.name);
  }
  const auto names = quoted(candidates);
  for (auto& library : libraries_in(plugin_path)) candidates.push_back(std::move(library));
  std::string words;
  if (!names.empty()) words = "; the configuration names the plugins " + names;
  const auto hint = near(subject, candidates);
  return hint.empty() ? words : words + "; " + hint;
}

std::string words_for_path(const fs::path& path) {
  Words files;
  for (const auto& stem : libraries_in({path.parent_path().string()})) files.push_back(stem + ".so");
  if (files.empty()) return {};
  const auto hint = near(path.filename().string(), files);
  return "; " + (hint.empty() ? "in that folder there is " + join(files) : hint);
}

// Why it was not found, when that is what went wrong.
std::string words_if_missing(const std::string& subject, const std::optional<Config>& config,
                             const Words& plugin_path) {
  const fs::path path(library_of(subject));
  if (path.is_absolute()) return is_there(path) ? std::string() : words_for_path(path);
  return is_in(subject, plugin_path) ? std::string() : words_for_stranger(subject, config, plugin_path);
}

}  // namespace

PluginSubject find_subject(const CommandLine& line, const std::optional<Config>& config) {
  const auto plugin_path = config ? config->plugin_path : Words{default_plugin_path()};
  PluginSubject found;
  if (config) found.block = config->plugin(line.subject);
  const auto library = found.block == nullptr ? library_of(line.subject) : found.block->library;
  try {
    found.facts = plugins::PluginFile::read(library, {plugin_path.begin(), plugin_path.end()}, {});
  } catch (const plugins::LoadError& error) {
    if (found.block != nullptr) throw;
    throw plugins::LoadError(error.what() + words_if_missing(line.subject, config, plugin_path));
  }
  for (const auto& folder : plugin_path) {
    const auto candidate = (fs::path(folder) / (found.facts.about.id + ".so")).lexically_normal();
    if (!is_there(candidate)) continue;
    found.in_plugin_path = candidate == found.facts.path;
    break;
  }
  return found;
}

}  // namespace gatehouse::app
