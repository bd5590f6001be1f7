// SPDX-License-Identifier: Apache-2.0
#include "app/config_draft.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace gatehouse::app {
namespace {

std::optional<std::string> variable(const ConfigInputs& inputs, const std::string& name) {
  const auto found = inputs.environment.find(name);
  // The XDG base directory specification: a relative path is to be ignored.
  if (found == inputs.environment.end() || !found->second.starts_with('/')) return std::nullopt;
  return found->second;
}

std::optional<std::string> personal_state_dir(const ConfigInputs& inputs) {
  if (const auto state = variable(inputs, "XDG_STATE_HOME")) return *state + "/gatehouse";
  if (const auto home = variable(inputs, "HOME")) return *home + "/.local/state/gatehouse";
  return std::nullopt;
}

void fill_state_dir(ConfigDraft& draft, const ConfigInputs& inputs) {
  if (draft.is_set("state_dir")) return;
  if (draft.config.mode == Mode::Production) {
    draft.config.state_dir = "/var/lib/gatehouse";
    draft.defaults.emplace("state_dir", "production");
  } else if (const auto personal = personal_state_dir(inputs)) {
    draft.config.state_dir = *personal;
    draft.defaults.emplace("state_dir", "dev");
  } else {
    draft.problems.add(problem::missing, Position{},
                       "state_dir: not set, and neither XDG_STATE_HOME nor HOME says where it could be",
                       "write state_dir = \"/absolute/path\"");
  }
}

// The plugins a developer's server runs on when nobody says otherwise.
struct DevRole {
  std::string_view path;
  std::string_view plugin;
};
constexpr std::array<DevRole, 4> dev_roles = {{{"storage.default", "store-memory"},
                                               {"rate_limit.limiter", "store-memory"},
                                               {"keys.provider", "kms-local"},
                                               {"mail.deliver_via", "mail-outbox"}}};

bool is_named(const Config& config, std::string_view plugin) {
  const auto& chains = config.storage.by_kind;
  return contains(config.rate_limit.limiter, plugin) || config.keys.provider == plugin ||
         contains(config.storage.chain, plugin) || contains(config.mail.deliver_via, plugin) ||
         std::any_of(chains.begin(), chains.end(), [&](const auto& chain) { return contains(chain.second, plugin); });
}

void fill_dev_roles(ConfigDraft& draft) {
  for (const auto& [path, plugin] : dev_roles) {
    if (draft.is_set(path)) continue;
    const auto& setting = *find_setting(path);
    const std::string name(plugin);
    setting.set(draft.config,
                setting.rule.kind == ValueKind::TextList ? SettingValue{std::vector{name}} : SettingValue{name});
    draft.defaults.emplace(path, "dev");
  }
  // Also where a file says what holds anyway: writing down a default changes nothing.
  for (const auto& role : dev_roles) {
    if (draft.config.plugin(role.plugin) != nullptr || !is_named(draft.config, role.plugin)) continue;
    PluginBlock block;
    block.name = role.plugin;
    block.library = role.plugin;
    block.origin = {Origin::Source::Default, "dev", 0};
    draft.config.plugins.push_back(std::move(block));
    draft.blocks.push_back({.place = draft.problems.in_file({})});
  }
}

}  // namespace

void fill_defaults(ConfigDraft& draft, const ConfigInputs& inputs) {
  auto& config = draft.config;
  if (!draft.is_set("plugin_path")) config.plugin_path = {inputs.default_plugin_path};
  for (auto& network : config.server.trusted_proxies) network = canonical_network(network);
  if (!draft.is_set("tokens.issuer")) {
    config.tokens.issuer = config.public_url.empty() ? "gatehouse" : config.public_url;
    if (!config.public_url.empty()) draft.defaults.emplace("tokens.issuer", "public_url");
  }
  if (!draft.sound({"mode"})) return;
  fill_state_dir(draft, inputs);
  if (config.mode == Mode::Dev) fill_dev_roles(draft);
}

}  // namespace gatehouse::app
