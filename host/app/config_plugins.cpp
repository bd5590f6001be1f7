// SPDX-License-Identifier: Apache-2.0
#include "app/config_draft.h"
#include "app/config_plugin_table.h"
#include "app/config_variables.h"

#include <algorithm>
#include <utility>

namespace gatehouse::app {
namespace {

constexpr std::string_view local_plugin = "kms-local";
constexpr std::string_view vault_plugin = "kms-vault";

// A keyring that is missing in production is a volume that was not mounted or a path that is wrong, a key that Vault
// does not have a prefix or a namespace that is wrong; with new keys every session would end, and nothing would say
// why.
void make_no_keys_in_production(const ConfigDraft& draft, PluginBlock& block) {
  const bool makes_keys = block.id == local_plugin || block.id == vault_plugin;
  if (!makes_keys || draft.config.mode != Mode::Production) return;
  for (auto& setting : block.settings) {
    if (setting.key != "create" || setting.origin.source != Origin::Source::Default) continue;
    setting.value = false;
    setting.text = "false";
    setting.origin.name = "production";
  }
}

// What would stop the server later, with the place in the file.
void check_private_files(ConfigDraft& draft, const ConfigInputs& inputs, const PluginBlock& block,
                         const BlockSource& source, const std::vector<plugins::SettingInfo>& infos) {
  if (!inputs.private_file) return;
  for (const auto& info : infos) {
    for (const auto& setting : block.settings) {
      const auto* path = std::get_if<std::string>(&setting.value);
      if (!info.private_file || setting.key != info.key || setting.is_secret || path == nullptr) continue;
      auto wrong = inputs.private_file(*path);
      if (wrong.empty()) continue;
      const auto* written = source.config == nullptr ? nullptr : source.config->member(info.key);
      draft.problems.add(problem::exposed, written == nullptr ? source.place : draft.problems.in_file(written->value),
                         "plugin " + in_quotes(block.name) + ": " + info.key + ": " + std::move(wrong));
    }
  }
}

Place library_place(const BlockSource& source) {
  for (const std::string_view key : {"library", "name"}) {
    if (const auto found = source.keys.find(key); found != source.keys.end()) return found->second;
  }
  return source.place;
}

// Who has no file is told how to say what a refusal asks for: of the settings it names, and no variable gave, the
// longest, as "password" is in many words.
std::string variable_hint(const PluginBlock& block, const std::vector<plugins::SettingInfo>& infos,
                          const VariableReader& variables, const std::string& refusal) {
  std::string key;
  for (const auto& info : infos) {
    const bool longer = info.key.size() > key.size() && refusal.find(info.key) != std::string::npos;
    if (longer && !variables.gave(info.key)) key = info.key;
  }
  if (key.empty()) return {};
  const std::string old_name(variable_of(block.id, key));
  return key + " is the variable " + (old_name.empty() ? variable_of_block(block.name, key) : old_name);
}

// The setting that the plugin's words are about, where they say so as they should, "<key>: ..".
const Node* refused_setting(const BlockSource& source, const std::string& refusal) {
  if (source.config == nullptr) return nullptr;
  for (const auto& member : source.config->children) {
    if (refusal.find(" " + member.name + ": ") != std::string::npos) return &member;
  }
  return nullptr;
}

void ask_plugin(ConfigDraft& draft, const ConfigInputs& inputs, const PluginBlock& block, const BlockSource& source,
                const VariableReader& variables, const std::vector<plugins::SettingInfo>& infos) {
  if (!inputs.ask || !draft.sound({"state_dir"})) return;
  auto refusal = inputs.ask(draft.config, block);
  if (refusal.empty()) return;
  auto hint = block.origin.source == Origin::Source::Environment ? variable_hint(block, infos, variables, refusal) : "";
  if (const auto* variable = variables.refused_variable(refusal)) {
    return draft.problems.add(problem::malformed, Place{"environment " + *variable, {}}, std::move(refusal),
                              std::move(hint));
  }
  if (const auto* setting = refused_setting(source, refusal)) {
    return draft.problems.add(problem::malformed, setting->value, std::move(refusal), std::move(hint));
  }
  const auto place = source.config != nullptr && source.config->key.line != 0
                         ? draft.problems.in_file(source.config->key)
                         : source.place;
  draft.problems.add(problem::malformed, place, std::move(refusal), std::move(hint));
}

}  // namespace

void read_plugins(ConfigDraft& draft, const ConfigInputs& inputs) {
  VariableReader variables(draft, inputs);
  for (std::size_t i = 0; i < draft.config.plugins.size(); ++i) {
    auto& block = draft.config.plugins[i];
    const auto& source = draft.blocks[i];
    if (contains(source.doubtful, "library") || contains(source.doubtful, "name")) continue;
    auto description = inputs.describe(block, draft.config.plugin_path);
    if (!description) {
      draft.problems.add(problem::plugin_not_loaded, library_place(source),
                         "plugin " + in_quotes(block.name) + ": " + description.error());
      continue;
    }
    block.id = std::move(description->id);
    block.interfaces = std::move(description->interfaces);
    block.file = std::move(description->file);
    PluginTable table(draft, inputs, block, source, description->settings);
    variables.fill_first(table, block, description->settings);
    table.read();
    variables.fill_last(table, block);
    table.complete();
    make_no_keys_in_production(draft, block);
    check_private_files(draft, inputs, block, source, description->settings);
    if (table.sound()) ask_plugin(draft, inputs, block, source, variables, description->settings);
  }
  variables.report_unused();
}

}  // namespace gatehouse::app
