// SPDX-License-Identifier: Apache-2.0
#include "app/config_draft.h"
#include "app/config_plugin_table.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gatehouse::app {
namespace {

// The names under which the systems before us took HMAC keys from the environment; the first that is set counts.
constexpr std::array<std::string_view, 2> hmac_variables = {"HMAC_SECRETS", "HMAC_SECRET"};
constexpr std::string_view hmac_plugin = "kms-local";
constexpr std::string_view vault_plugin = "kms-vault";
constexpr std::string_view hmac_setting = "hmac_secrets";

// The variable that `table` takes its HMAC keys from, or nothing.
std::string_view add_hmac_secrets(PluginTable& table, const PluginBlock& block, const ConfigInputs& inputs) {
  if (block.id != hmac_plugin || table.has(hmac_setting)) return {};
  for (const auto name : hmac_variables) {
    const auto found = inputs.environment.find(std::string(name));
    if (found == inputs.environment.end()) continue;
    table.add_secret(hmac_setting, found->second, {Origin::Source::Environment, found->first, 0});
    return name;
  }
  return {};
}

void report_unused_hmac_variables(ConfigDraft& draft, const ConfigInputs& inputs, std::string_view used) {
  for (const auto name : hmac_variables) {
    if (name == used || !inputs.environment.contains(std::string(name))) continue;
    draft.problems.add(problem::variable_without_effect, Place{"environment " + std::string(name), {}},
                       "this variable has no effect: " +
                           (used.empty() ? "no plugin takes its keys from it" : std::string(used) + " is used"),
                       used.empty() ? "a kms-local plugin does, unless its hmac_secrets is set" : "");
  }
}

// A keyring that is missing in production is a volume that was not mounted or a path that is wrong, a key that Vault
// does not have a prefix or a namespace that is wrong; with new keys every session would end, and nothing would say
// why.
void make_no_keys_in_production(const ConfigDraft& draft, PluginBlock& block) {
  const bool makes_keys = block.id == hmac_plugin || block.id == vault_plugin;
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

void ask_plugin(ConfigDraft& draft, const ConfigInputs& inputs, const PluginBlock& block, const BlockSource& source,
                std::string_view hmac_variable) {
  if (!inputs.ask || !draft.sound({"state_dir"})) return;
  auto refusal = inputs.ask(draft.config, block);
  if (refusal.empty()) return;
  if (!hmac_variable.empty() && refusal.find(hmac_setting) != std::string::npos) {
    return draft.problems.add(problem::malformed, Place{"environment " + std::string(hmac_variable), {}},
                              std::move(refusal));
  }
  const auto place = source.config != nullptr && source.config->key.line != 0
                         ? draft.problems.in_file(source.config->key)
                         : source.place;
  draft.problems.add(problem::malformed, place, std::move(refusal));
}

}  // namespace

void read_plugins(ConfigDraft& draft, const ConfigInputs& inputs) {
  std::string_view hmac_variable;
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
    table.read();
    const auto from_variable = add_hmac_secrets(table, block, inputs);
    if (!from_variable.empty()) hmac_variable = from_variable;
    table.complete();
    make_no_keys_in_production(draft, block);
    check_private_files(draft, inputs, block, source, description->settings);
    if (table.sound()) ask_plugin(draft, inputs, block, source, from_variable);
  }
  report_unused_hmac_variables(draft, inputs, hmac_variable);
}

}  // namespace gatehouse::app
