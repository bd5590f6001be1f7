// SPDX-License-Identifier: Apache-2.0
#include "app/config_plugin_table.h"

#include "app/config_variables.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <variant>

namespace gatehouse::app {
namespace {

using plugins::SettingInfo;
using plugins::SettingType;

// The rule of the host's own settings that fits best: for kinds of problems and for hints.
ValueRule rule_like(const SettingInfo& info, std::string& allowed) {
  for (const auto& choice : info.allowed) allowed += (allowed.empty() ? "" : ",") + choice;
  ValueRule rule{.least = std::numeric_limits<std::int64_t>::min(), .allowed = allowed};
  switch (info.type) {
    case SettingType::Int: rule.kind = ValueKind::Integer; break;
    case SettingType::Bool: rule.kind = ValueKind::Boolean; break;
    case SettingType::Duration: rule.kind = ValueKind::Duration; break;
    case SettingType::Size: rule.kind = ValueKind::Size; break;
    default: rule.kind = allowed.empty() ? ValueKind::Text : ValueKind::Choice; break;
  }
  return rule;
}

std::optional<plugins::SettingValue> scalar(const Node& node) {
  if (node.type == Node::Type::Text) return node.text;
  if (node.type == Node::Type::Integer) return node.integer;
  if (node.type == Node::Type::Boolean) return node.boolean;
  return std::nullopt;
}

// A default as it would be written in the file.
std::string default_text(const SettingInfo& info) {
  const bool bare = info.type == SettingType::Int || info.type == SettingType::Bool;
  return bare ? *info.default_value : in_quotes(*info.default_value);
}

std::string scalar_text(const Node& node) {
  if (node.type == Node::Type::Text) return in_quotes(node.text);
  if (node.type == Node::Type::Integer) return std::to_string(node.integer);
  return node.boolean ? "true" : "false";
}

bool holds_text(SettingType type) {
  return type == SettingType::Text || type == SettingType::Path || type == SettingType::TextList;
}

std::string article(const SettingInfo& info) {
  const auto name = std::string(plugins::setting_type_name(info.type));
  if (info.type == SettingType::Text || info.type == SettingType::Bool) return name;
  return (info.type == SettingType::Int ? "an " : "a ") + name;
}

bool is_block_key(std::string_view name) {
  return std::any_of(plugin_keys().begin(), plugin_keys().end(), [&](const auto& key) { return key.path == name; });
}

std::string below(const std::string& folder, const std::string& path) {
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

}  // namespace

void PluginTable::read() {
  if (source_.config != nullptr) {
    for (const auto& member : source_.config->children) read_member(member);
  }
}

bool PluginTable::has(std::string_view key) const {
  return std::any_of(block_.settings.begin(), block_.settings.end(), [&](const auto& s) { return s.key == key; });
}

void PluginTable::add_secret(std::string_view key, const std::string& text, Origin origin) {
  block_.settings.push_back({std::string(key), {}, Secret<std::string>(text), true, std::move(origin), {}});
}

void PluginTable::complete() {
  for (const auto& info : infos_) {
    if (!info.required || has(info.key) || is_written(info.key) || contains(doubtful_, info.key)) continue;
    const auto place = source_.config == nullptr || source_.config->key.line == 0
                           ? source_.place
                           : draft_.problems.in_file(source_.config->key);
    const auto variable = variable_of(block_.id, info.key);
    add(problem::missing, place, about(info.key) + "required: " + info.summary,
        (variable.empty() ? std::string() : "set " + std::string(variable) + ", or ") + "write " + info.key +
            " = ... below [plugin.config]");
  }
  add_defaults();
}

void PluginTable::read_member(const Node& member) {
  const auto info = std::find_if(infos_.begin(), infos_.end(), [&](const auto& i) { return i.key == member.name; });
  if (info == infos_.end()) return unknown(member);
  if (info->secret) draft_.hide(member);
  // The environment comes before the file.
  if (has(info->key)) return;
  const bool list = info->type == SettingType::TextList && member.type != Node::Type::Table;
  list ? read_list(*info, member) : read_element(*info, member);
}

void PluginTable::unknown(const Node& member) {
  draft_.hide(member);
  std::vector<std::string_view> keys;
  for (const auto& known : infos_) keys.push_back(known.key);
  doubtful_.emplace_back(nearest(member.name, keys));
  auto hint = did_you_mean(member.name, keys);
  if (hint.empty() && is_block_key(member.name)) hint = "it belongs in [[plugin]], above [plugin.config]";
  add(problem::unknown_key, member.key,
      "unknown key " + in_quotes(member.name) + " in the settings of plugin " + in_quotes(block_.name),
      std::move(hint));
}

void PluginTable::read_list(const SettingInfo& info, const Node& node) {
  if (node.type == Node::Type::Array) {
    for (const auto& element : node.children) read_element(info, element);
    return;
  }
  const bool show = node.type == Node::Type::Text && !info.secret;
  add(problem::wrong_type, node.value,
      about(info.key) + "expected a list of texts, got " + std::string(type_name(node.type)),
      show ? "did you mean [" + shown(node.text) + "]?" : std::string());
}

void PluginTable::read_element(const SettingInfo& info, const Node& node) {
  if (node.type == Node::Type::Table && holds_text(info.type)) return read_reference(info, node);
  const auto value = scalar(node);
  if (!value) {
    add(problem::wrong_type, node.value,
        about(info.key) + "expected " + article(info) + ", got " + std::string(type_name(node.type)));
    return;
  }
  auto checked = plugins::check_setting(info, *value);
  if (const auto* wrong = std::get_if<plugins::SettingProblem>(&checked)) return refuse(info, node, wrong->sentence);
  if (!info.secret) {
    block_.settings.push_back(
        {info.key, std::get<plugins::SettingValue>(std::move(checked)), {}, false, origin(node), scalar_text(node)});
    return;
  }
  add(problem::literal_secret, node.value, about(info.key) + "a secret stands in the file",
      "write " + info.key + " = { file = \"/path\" } or { env = \"NAME\" }");
  if (node.type == Node::Type::Text) add_secret(info.key, node.text, origin(node));
}

void PluginTable::refuse(const SettingInfo& info, const Node& node, const std::string& sentence) {
  std::string allowed;
  auto like = read_value(rule_like(info, allowed), node);
  const bool hints = !like && !info.secret;
  add(like ? problem::malformed : *like.error().kind, node.value, about(info.key) + sentence,
      hints ? like.error().hint : std::string());
}

// { env = "NAME" } or { file = "/path" }
void PluginTable::read_reference(const SettingInfo& info, const Node& node) {
  const auto* target = node.children.size() == 1 ? &node.children.front() : nullptr;
  const bool whole =
      target != nullptr && target->type == Node::Type::Text && (target->name == "env" || target->name == "file");
  if (!whole) {
    auto hint = target == nullptr ? std::string() : did_you_mean(target->name, {"env", "file"});
    if (hint.empty()) hint = "write { env = \"NAME\" } or { file = \"/path\" }";
    return add(problem::malformed, target != nullptr ? target->key : node.value,
               about(info.key) + "expected a reference with one key, env or file", std::move(hint));
  }
  const auto text = target->name == "env" ? from_variable(info, *target) : from_file(info, *target);
  if (!text) return;
  // Whatever the setting, a value that came from outside is in no message.
  auto guarded = info;
  guarded.secret = true;
  const auto checked = plugins::check_setting(guarded, text->reveal());
  if (const auto* wrong = std::get_if<plugins::SettingProblem>(&checked)) {
    return add(problem::malformed, target->value, about(info.key) + wrong->sentence);
  }
  const auto source = target->name == "env" ? Origin::Source::Environment : Origin::Source::File;
  const auto value = info.type == SettingType::Path ? below(draft_.config.state_dir, text->reveal()) : text->reveal();
  add_secret(info.key, value, {source, target->text, 0});
}

std::optional<Secret<std::string>> PluginTable::from_variable(const SettingInfo& info, const Node& target) {
  const auto found = inputs_.environment.find(target.text);
  if (found != inputs_.environment.end() && !found->second.empty()) return Secret<std::string>(found->second);
  add(problem::secret_unreadable, target.value,
      about(info.key) + "the environment variable " + in_quotes(target.text) +
          (found == inputs_.environment.end() ? " is not set" : " is empty"));
  return std::nullopt;
}

std::optional<Secret<std::string>> PluginTable::from_file(const SettingInfo& info, const Node& target) {
  if (auto expected = absolute_path(target.text); !expected.empty()) {
    add(problem::malformed, target.value, about(info.key) + "expected " + std::move(expected));
    return std::nullopt;
  }
  auto read = inputs_.read_secret(target.text);
  if (!read) {
    add(problem::secret_unreadable, target.value, about(info.key) + read.error());
    return std::nullopt;
  }
  if (read->open_to_others) {
    add(problem::open_secret_file, target.value,
        about(info.key) + "every user of this machine can read " + in_quotes(target.text), "chmod o= " + target.text);
  }
  return std::move(read->text);
}

std::vector<SettingInfo> PluginTable::infos_without_secrets_given() const {
  std::vector<SettingInfo> open;
  for (const auto& info : infos_) {
    const bool given = std::any_of(block_.settings.begin(), block_.settings.end(),
                                   [&](const auto& s) { return s.is_secret && s.key == info.key; });
    if (!given) open.push_back(info);
  }
  return open;
}

void PluginTable::add_defaults() {
  std::vector<plugins::ConfigEntry> entries;
  for (const auto& setting : block_.settings) {
    if (!setting.is_secret) entries.push_back({setting.key, setting.value});
  }
  // Keeps the order of what it was given and appends.
  const auto completed =
      plugins::complete_settings(infos_without_secrets_given(), std::move(entries), draft_.config.state_dir);
  std::size_t next = 0;
  for (auto& setting : block_.settings) {
    if (!setting.is_secret) take_completed(setting, completed[next++]);
  }
  for (; next < completed.size(); ++next) {
    PluginSetting setting;
    setting.key = completed[next].key;
    setting.text = default_text(info_of(setting.key));
    take_completed(setting, completed[next]);
    block_.settings.push_back(std::move(setting));
  }
}

const SettingInfo& PluginTable::info_of(std::string_view key) const {
  return *std::find_if(infos_.begin(), infos_.end(), [&](const auto& info) { return info.key == key; });
}

void PluginTable::take_completed(PluginSetting& setting, const plugins::ConfigEntry& entry) const {
  setting.value = entry.value;
  if (info_of(setting.key).type == SettingType::Path) setting.text = in_quotes(std::get<std::string>(entry.value));
}

std::string PluginTable::about(std::string_view key) const {
  return "plugin " + in_quotes(block_.name) + ": " + std::string(key) + ": ";
}

bool PluginTable::is_written(std::string_view key) const {
  return source_.config != nullptr && source_.config->member(key) != nullptr;
}

Origin PluginTable::origin(const Node& node) const {
  return {Origin::Source::File, draft_.problems.in_file(node.value).source, node.value.line};
}

}  // namespace gatehouse::app
