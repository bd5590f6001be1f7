// SPDX-License-Identifier: Apache-2.0
#include "app/config_show.h"

#include "app/config_draft.h"
#include "app/config_settings.h"
#include "base/json_text.h"

#include <algorithm>
#include <utility>

namespace gatehouse::app {
namespace {

constexpr std::size_t comment_column = 56;
constexpr std::size_t widest = 118;

std::string_view table_of(std::string_view path) {
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}

std::string_view key_of(std::string_view path) {
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

bool is_unset(const SettingValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  const auto* list = std::get_if<std::vector<std::string>>(&value);
  return std::holds_alternative<std::monostate>(value) || (text != nullptr && text->empty()) ||
         (list != nullptr && list->empty());
}

void append_line(std::string& out, std::string line, std::string_view comment) {
  if (line.size() < comment_column) line.append(comment_column - line.size(), ' ');
  out.append(line).append("  # ").append(comment).append("\n");
}

std::string origin_of(const ResolvedConfig& resolved, std::string_view path) {
  const auto found = resolved.origins.find(path);
  return found == resolved.origins.end() ? Origin{}.text() : found->second.text();
}

void append_setting(std::string& out, const Setting& setting, const ResolvedConfig& resolved) {
  const auto value = setting.get(resolved.config);
  const auto origin = origin_of(resolved, setting.path);
  const std::string key(key_of(setting.path));
  if (is_unset(value) && !setting.when_unset.empty()) {
    append_line(out, "# " + key + " is not set", origin + ": " + std::string(setting.when_unset));
  } else {
    append_line(out, key + " = " + format_value(setting.rule, value), origin);
  }
}

void append_chains(std::string& out, const ResolvedConfig& resolved) {
  for (const auto& [kind, chain] : resolved.config.storage.by_kind) {
    const auto path = chain_path(kind);
    append_line(out, std::string(key_of(path)) + " = " + format_value(storage_chain_rule, chain),
                origin_of(resolved, path));
  }
}

// Settings of a list of texts are one entry an element; this is the text of all entries of the key that `from` begins.
std::string entries_text(const std::vector<PluginSetting>& entries, std::size_t from) {
  const auto same = [&](const PluginSetting& s) { return s.key == entries[from].key; };
  if (std::count_if(entries.begin(), entries.end(), same) == 1) return entries[from].text;
  std::string list;
  for (const auto& entry : entries) {
    if (same(entry)) list += (list.empty() ? "[" : ", ") + entry.text;
  }
  return list + "]";
}

bool is_first_of_key(const std::vector<PluginSetting>& entries, std::size_t at) {
  return std::none_of(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(at),
                      [&](const PluginSetting& s) { return s.key == entries[at].key; });
}

void append_plugin(std::string& out, const PluginBlock& block) {
  out += "\n";
  append_line(out, "[[plugin]]", block.origin.text());
  for (const auto& key : plugin_keys()) {
    const auto value = key.get(block);
    if (!is_unset(value)) out += std::string(key.path) + " = " + format_value(key.rule, value) + "\n";
  }
  if (block.settings.empty()) return;
  out += "[plugin.config]\n";
  for (std::size_t i = 0; i < block.settings.size(); ++i) {
    const auto& setting = block.settings[i];
    if (!is_first_of_key(block.settings, i)) continue;
    if (setting.is_secret) {
      out += "# " + setting.key + " is set from " + setting.origin.text() + "\n";
    } else {
      append_line(out, setting.key + " = " + entries_text(block.settings, i), setting.origin.text());
    }
  }
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  append_json_text(out, name);
  out.push_back(':');
  append_json_text(out, text);
}

void append_plugin_json(std::string& out, const PluginBlock& block) {
  out.push_back('{');
  append_member(out, "name", block.name);
  out.push_back(',');
  append_member(out, "library", block.library);
  out.push_back(',');
  append_member(out, "id", block.id);
  out.push_back(',');
  append_member(out, "origin", block.origin.text());
  out += R"(,"settings":[)";
  bool first = true;
  for (std::size_t i = 0; i < block.settings.size(); ++i) {
    const auto& setting = block.settings[i];
    if (!is_first_of_key(block.settings, i)) continue;
    out += std::exchange(first, false) ? "{" : ",{";
    append_member(out, "key", setting.key);
    out += setting.is_secret ? std::string(R"(,"secret":true)") : R"(,"value":)" + entries_text(block.settings, i);
    out.push_back(',');
    append_member(out, "origin", setting.origin.text());
    out.push_back('}');
  }
  out += "]}";
}

void append_value_json(std::string& out, std::string_view path, const std::string& value,
                       const ResolvedConfig& resolved) {
  out.push_back('{');
  append_member(out, "path", path);
  out += R"(,"value":)" + (value.empty() ? std::string("null") : value) + ",";
  append_member(out, "origin", origin_of(resolved, path));
  out.push_back('}');
}

void append_wrapped(std::string& out, std::string_view text) {
  std::string line = "#";
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    if (line.size() + 1 + word.size() > widest) {
      out += line + "\n";
      line = "#  ";
    }
    line.append(" ").append(word);
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  out += line + "\n";
}

// What a setting takes: its rule, or in the words of its form.
template <class Target>
std::string takes(const Descriptor<Target>& entry) {
  if (entry.rule.form == nullptr) return describe_rule(entry.rule);
  auto expected = entry.rule.form("");
  if (expected.empty()) expected = describe_rule(entry.rule);
  if (entry.rule.kind != ValueKind::TextList) return expected;
  return (entry.rule.one_or_more ? "one, or a list of: " : "list of: ") + expected;
}

template <class Target>
void append_reference(std::string& out, const Descriptor<Target>& entry, const Target& defaults) {
  const auto value = entry.get(defaults);
  const bool unset = is_unset(value) && !entry.when_unset.empty();
  const std::string otherwise = unset ? "; unset: " + std::string(entry.when_unset) : "";
  append_wrapped(out, std::string(entry.summary) + " (" + takes(entry) + otherwise + ")");
  out += "# " + std::string(key_of(entry.path)) + " = " + (unset ? "..." : format_value(entry.rule, value)) + "\n";
}

constexpr std::string_view reference_head =
    R"(# Every setting of Gatehouse with its default. Generated: `gatehouse show-config --reference`.
#
# Copy what you need; a setting that is not in the file keeps its default. `gatehouse check-config` finds mistakes,
# `gatehouse show-config` says where each value comes from. A change takes effect at the next start.
#
# A flag of the command line comes before the environment, the environment before this file. The variable of a setting
# is its path: GATEHOUSE__SERVER__LISTEN is server.listen; lists take commas.
# Durations are written "500ms", "30s", "15m", "12h", "7d"; sizes "512B", "64KiB", "64MiB"; rates "5/60s".
)";

constexpr std::string_view reference_storage =
    R"(# One kind of record can live elsewhere: users, sessions, events, tickets, mail_jobs,
#   lockouts. (as default)
# sessions = ["..."]
)";

constexpr std::string_view reference_plugins = R"(
# Nothing is loaded that is not named here, except in dev what the defaults name.
# [[plugin]]
)";

constexpr std::string_view reference_plugin_config =
    R"(# The plugin's own settings follow; `gatehouse plugins inspect` lists them. A secret is a reference.
# Each has a variable too: GATEHOUSE__PLUGIN__STORE_REDIS__PASSWORD is password of the plugin named store-redis.
# [plugin.config]
# password = { file = "/run/secrets/db" }
# password = { env = "DB_PASSWORD" }
)";

}  // namespace

std::string show_config(const ResolvedConfig& resolved) {
  std::string out;
  std::string_view table;
  for (const auto& setting : settings()) {
    if (table_of(setting.path) != table) {
      if (table == "storage") append_chains(out, resolved);
      table = table_of(setting.path);
      out += "\n[" + std::string(table) + "]\n";
    }
    append_setting(out, setting, resolved);
  }
  for (const auto& block : resolved.config.plugins) append_plugin(out, block);
  return out;
}

std::string show_config_json(const ResolvedConfig& resolved) {
  std::string out = R"({"settings":[)";
  bool first = true;
  for (const auto& setting : settings()) {
    if (!std::exchange(first, false)) out.push_back(',');
    const auto value = setting.get(resolved.config);
    const bool unset = is_unset(value) && !setting.when_unset.empty();
    append_value_json(out, setting.path, unset ? "" : format_value(setting.rule, value), resolved);
  }
  for (const auto& [kind, chain] : resolved.config.storage.by_kind) {
    out.push_back(',');
    append_value_json(out, chain_path(kind), format_value(storage_chain_rule, chain), resolved);
  }
  out += R"(],"plugins":[)";
  first = true;
  for (const auto& block : resolved.config.plugins) {
    if (!std::exchange(first, false)) out.push_back(',');
    append_plugin_json(out, block);
  }
  return out + "]}\n";
}

std::string reference_config() {
  std::string out(reference_head);
  std::string_view table;
  const Config defaults;
  for (const auto& setting : settings()) {
    if (table_of(setting.path) != table) {
      if (table == "storage") out += reference_storage;
      table = table_of(setting.path);
      out += "\n[" + std::string(table) + "]\n";
    } else if (table.empty()) {
      out += "\n";
    }
    append_reference(out, setting, defaults);
  }
  out += reference_plugins;
  const PluginBlock block;
  for (const auto& key : plugin_keys()) append_reference(out, key, block);
  out += reference_plugin_config;
  return out;
}

}  // namespace gatehouse::app
