// SPDX-License-Identifier: Apache-2.0
#include "app/config_draft.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
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

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
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

// Checks one plugin's [plugin.config] and collects what the plugin will get.
class PluginTable {
 public:
  PluginTable(ConfigDraft& draft, const ConfigInputs& inputs, PluginBlock& block, const BlockSource& source,
              const std::vector<SettingInfo>& infos)
      : draft_(draft), inputs_(inputs), block_(block), source_(source), infos_(infos) {}

  void read() {
    if (source_.config != nullptr) {
      for (const auto& member : source_.config->children) read_member(member);
    }
  }

  bool has(std::string_view key) const {
    return std::any_of(block_.settings.begin(), block_.settings.end(), [&](const auto& s) { return s.key == key; });
  }

  void add_secret(std::string_view key, const std::string& text, Origin origin) {
    block_.settings.push_back({std::string(key), {}, Secret<std::string>(text), true, std::move(origin), {}});
  }

  // Nothing of the table was refused.
  bool sound() const { return sound_; }

  void complete() {
    for (const auto& info : infos_) {
      if (!info.required || has(info.key) || written(info.key) || contains(doubtful_, info.key)) continue;
      const auto place = source_.config == nullptr || source_.config->key.line == 0
                             ? source_.place
                             : draft_.problems.in_file(source_.config->key);
      add(problem::missing, place, about(info.key) + "required: " + info.summary,
          "write " + info.key + " = ... below [plugin.config]");
    }
    add_defaults();
  }

 private:
  template <class At>
  void add(const ProblemKind& kind, const At& at, std::string message, std::string hint = {}) {
    sound_ = sound_ && kind.severity != Severity::Error;
    draft_.problems.add(kind, at, std::move(message), std::move(hint));
  }

  std::string about(std::string_view key) const {
    return "plugin " + in_quotes(block_.name) + ": " + std::string(key) + ": ";
  }

  bool written(std::string_view key) const {
    return source_.config != nullptr && source_.config->member(key) != nullptr;
  }

  Origin origin(const Node& node) const {
    return {Origin::Source::File, draft_.problems.in_file(node.value).source, node.value.line};
  }

  void read_member(const Node& member) {
    const auto info = std::find_if(infos_.begin(), infos_.end(), [&](const auto& i) { return i.key == member.name; });
    if (info == infos_.end()) {
      std::vector<std::string_view> keys;
      for (const auto& known : infos_) keys.push_back(known.key);
      const auto meant = nearest(member.name, keys);
      doubtful_.emplace_back(meant);
      auto hint = did_you_mean(member.name, keys);
      if (hint.empty() && is_block_key(member.name)) hint = "it belongs in [[plugin]], above [plugin.config]";
      add(problem::unknown_key, member.key,
          "unknown key " + in_quotes(member.name) + " in the settings of plugin " + in_quotes(block_.name),
          std::move(hint));
      return;
    }
    if (info->secret) hide(member);
    if (info->type != SettingType::TextList || member.type == Node::Type::Table) return read_element(*info, member);
    if (member.type != Node::Type::Array) {
      const auto hint = member.type == Node::Type::Text && !info->secret
                            ? "did you mean [" + in_quotes(member.text) + "]?"
                            : std::string();
      add(problem::wrong_type, member.value,
          about(info->key) + "expected a list of texts, got " + std::string(type_name(member.type)), hint);
      return;
    }
    for (const auto& element : member.children) read_element(*info, element);
  }

  void hide(const Node& node) {
    draft_.problems.hide_line(node.value.line);
    for (const auto& child : node.children) hide(child);
  }

  static bool is_block_key(std::string_view name) {
    return std::any_of(plugin_keys().begin(), plugin_keys().end(), [&](const auto& key) { return key.path == name; });
  }

  void read_element(const SettingInfo& info, const Node& node) {
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

  static std::string article(const SettingInfo& info) {
    const auto name = std::string(plugins::setting_type_name(info.type));
    if (info.type == SettingType::Text || info.type == SettingType::Bool) return name;
    return (info.type == SettingType::Int ? "an " : "a ") + name;
  }

  void refuse(const SettingInfo& info, const Node& node, const std::string& sentence) {
    std::string allowed;
    auto like = read_value(rule_like(info, allowed), node);
    const bool hints = !like && !info.secret;
    add(like ? problem::malformed : *like.error().kind, node.value, about(info.key) + sentence,
        hints ? like.error().hint : std::string());
  }

  // { env = "NAME" } or { file = "/path" }
  void read_reference(const SettingInfo& info, const Node& node) {
    const auto* target = node.children.size() == 1 ? &node.children.front() : nullptr;
    const bool whole =
        target != nullptr && target->type == Node::Type::Text && (target->name == "env" || target->name == "file");
    if (!whole) {
      std::string hint = "write { env = \"NAME\" } or { file = \"/path\" }";
      if (target != nullptr && target->type == Node::Type::Text) {
        if (auto near = did_you_mean(target->name, {"env", "file"}); !near.empty()) hint = std::move(near);
      }
      add(problem::malformed, target != nullptr ? target->key : node.value,
          about(info.key) + "expected a reference with one key, env or file", std::move(hint));
      return;
    }
    const auto text = target->name == "env" ? from_variable(info, *target) : from_file(info, *target);
    if (!text) return;
    auto guarded = info;
    guarded.secret = true;
    const auto checked = plugins::check_setting(guarded, text->reveal());
    if (const auto* wrong = std::get_if<plugins::SettingProblem>(&checked)) {
      add(problem::malformed, target->value, about(info.key) + wrong->sentence);
      return;
    }
    const auto source = target->name == "env" ? Origin::Source::Environment : Origin::Source::File;
    add_secret(info.key, text->reveal(), {source, target->text, 0});
  }

  std::optional<Secret<std::string>> from_variable(const SettingInfo& info, const Node& target) {
    const auto found = inputs_.environment.find(target.text);
    if (found != inputs_.environment.end() && !found->second.empty()) return Secret<std::string>(found->second);
    add(problem::secret_unreadable, target.value,
        about(info.key) + "the environment variable " + in_quotes(target.text) +
            (found == inputs_.environment.end() ? " is not set" : " is empty"));
    return std::nullopt;
  }

  std::optional<Secret<std::string>> from_file(const SettingInfo& info, const Node& target) {
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

  void add_defaults() {
    std::vector<SettingInfo> open;
    std::vector<plugins::ConfigEntry> entries;
    for (const auto& setting : block_.settings) {
      if (!setting.is_secret) entries.push_back({setting.key, setting.value});
    }
    for (const auto& info : infos_) {
      const bool secret_given = std::any_of(block_.settings.begin(), block_.settings.end(),
                                            [&](const auto& s) { return s.is_secret && s.key == info.key; });
      if (!secret_given) open.push_back(info);
    }
    // Keeps the order of what it was given and appends.
    const auto completed = plugins::complete_settings(open, std::move(entries), draft_.config.state_dir);
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

  const SettingInfo& info_of(std::string_view key) const {
    return *std::find_if(infos_.begin(), infos_.end(), [&](const auto& info) { return info.key == key; });
  }

  void take_completed(PluginSetting& setting, const plugins::ConfigEntry& entry) const {
    setting.value = entry.value;
    if (info_of(setting.key).type == SettingType::Path) setting.text = in_quotes(std::get<std::string>(entry.value));
  }

  ConfigDraft& draft_;
  const ConfigInputs& inputs_;
  PluginBlock& block_;
  const BlockSource& source_;
  const std::vector<SettingInfo>& infos_;
  bool sound_ = true;
  std::vector<std::string> doubtful_;  // keys that an unknown key was probably meant to be
};

// The names under which the systems before us took HMAC keys from the environment; the first that is set counts.
constexpr std::array<std::string_view, 2> hmac_variables = {"HMAC_SECRETS", "HMAC_SECRET"};
constexpr std::string_view hmac_plugin = "kms-local";
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

Place library_place(const BlockSource& source) {
  for (const std::string_view key : {"library", "name"}) {
    if (const auto found = source.keys.find(key); found != source.keys.end()) return found->second;
  }
  return source.place;
}

void ask_plugin(ConfigDraft& draft, const ConfigInputs& inputs, const PluginBlock& block, const BlockSource& source) {
  if (!inputs.ask || !draft.sound({"state_dir"})) return;
  auto refusal = inputs.ask(draft.config, block);
  if (refusal.empty()) return;
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
    if (const auto name = add_hmac_secrets(table, block, inputs); !name.empty()) hmac_variable = name;
    table.complete();
    if (table.sound()) ask_plugin(draft, inputs, block, source);
  }
  report_unused_hmac_variables(draft, inputs, hmac_variable);
}

}  // namespace gatehouse::app
