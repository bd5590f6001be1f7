// SPDX-License-Identifier: Apache-2.0
#include "app/commands/commands.h"
#include "app/commands/plugin_words.h"
#include "app/commands/text_table.h"
#include "app/config_values.h"
#include "app/process_inputs.h"
#include "base/json_text.h"
#include "plugins/plugin_file.h"

#include <gatehouse/plugin.h>

#include <algorithm>
#include <ostream>
#include <utility>

namespace gatehouse::app {
namespace {

using plugins::Description;
using plugins::SettingInfo;
using Facts = plugins::PluginFile::Facts;

constexpr std::size_t most_exports_shown = 5;

std::string abi_words(const Description& about) {
  const auto major = std::to_string(about.abi_major) + ".";
  std::string words = "built for " + major + std::to_string(about.abi_minor);
  if (about.needs_host_minor > 0) words += ", needs " + major + std::to_string(about.needs_host_minor) + " or later";
  return words;
}

std::string export_words(const std::vector<std::string>& others) {
  if (others.empty()) return " and nothing else";
  const auto shown = std::min(others.size(), most_exports_shown);
  std::string words = ", and " + std::to_string(others.size()) + " that should be hidden: ";
  append_escaped(words, join({others.begin(), others.begin() + static_cast<long>(shown)}));
  return words + (shown < others.size() ? ", ..." : "") + "; build it with gatehouse_add_plugin()";
}

std::string value_of(const SettingInfo& info) {
  using plugins::SettingType;
  if (info.secret) return "{ env = \"...\" }";
  if (!info.default_value) return info.type == SettingType::TextList ? "[\"...\"]" : "\"...\"";
  const bool bare = info.type == SettingType::Int || info.type == SettingType::Bool;
  return bare ? *info.default_value : in_quotes(*info.default_value);
}

std::string block_to_paste(const Facts& facts) {
  const auto& about = facts.about;
  std::string out = "[[plugin]]\nname = " + in_quotes(about.id) + "\nlibrary = " + in_quotes(about.id) +
                    "\nsha256 = " + in_quotes(facts.sha256) + "\n";
  if (!about.settings.empty()) out += "[plugin.config]\n";
  for (const auto& info : about.settings) {
    // What must be written stands without a comment sign.
    out += (info.required ? "" : "# ") + info.key + " = " + value_of(info) + "\n";
  }
  return out;
}

std::string inspect_text(const Facts& facts) {
  const auto& about = facts.about;
  std::string out = about.id + " " + about.version + ": " + about.summary + "\n";
  out += "file:     " + facts.path.string() + "\nsha256:   " + facts.sha256 + "\nlicence:  " + about.license + "\n";
  out += "ABI:      " + abi_words(about) + "\n";
  out += "offers:   " + join(about.interfaces) + "\n";
  const auto calls = about.max_concurrency == 0 ? "any number" : std::to_string(about.max_concurrency);
  out.append("calls:    ").append(calls).append(" at a time\n");
  out.append("exports:  " GH_ENTRY_SYMBOL).append(export_words(facts.other_exports)).append("\n");
  if (!about.settings.empty()) {
    std::vector<std::vector<std::string>> rows = {{"SETTING", "TYPE", "DEFAULT", "NOTE", "ABOUT"}};
    for (const auto& info : about.settings) {
      const std::string flags = info.required ? "required" : info.secret ? "secret" : "";
      const auto type =
          info.allowed.empty() ? std::string(setting_type_name(info.type)) : "one of " + join(info.allowed);
      rows.push_back({info.key, type, info.default_value.value_or(""), flags, info.summary});
    }
    out.append("\n").append(text_table(rows));
  }
  return out + "\nTo switch it on:\n\n" + block_to_paste(facts);
}

std::string inspect_json(const Facts& facts) {
  const auto& about = facts.about;
  std::string out = "{";
  append_member(out, "id", about.id);
  for (const auto& [name, value] : {std::pair<std::string_view, std::string>{"version", about.version},
                                    {"summary", about.summary},
                                    {"license", about.license},
                                    {"path", facts.path.string()},
                                    {"sha256", facts.sha256},
                                    {"abi", std::to_string(about.abi_major) + "." + std::to_string(about.abi_minor)}}) {
    out.push_back(',');
    append_member(out, name, value);
  }
  out.push_back(',');
  append_list(out, "interfaces", about.interfaces);
  out.push_back(',');
  append_list(out, "otherExports", facts.other_exports);
  out += R"(,"maxConcurrency":)" + std::to_string(about.max_concurrency) + R"(,"settings":[)";
  for (const auto& info : about.settings) {
    out += &info == about.settings.data() ? "{" : ",{";
    append_member(out, "key", info.key);
    out.push_back(',');
    append_member(out, "type", setting_type_name(info.type));
    out += std::string(R"(,"required":)") + (info.required ? "true" : "false") + R"(,"secret":)" +
           (info.secret ? "true" : "false") + R"(,"default":)";
    if (info.default_value) {
      append_json_text(out, *info.default_value);
    } else {
      out += "null";
    }
    out.push_back(',');
    append_list(out, "allowed", info.allowed);
    out.push_back(',');
    append_member(out, "summary", info.summary);
    out.push_back('}');
  }
  return out + "]}\n";
}

}  // namespace

int plugins_inspect_command(const CommandLine& line, const Product& product, const Streams& streams) {
  const auto loaded = load_without_plugins(line, product, streams);
  if (loaded.has_errors) return exit_usage;
  std::vector<std::string> plugin_path = {default_plugin_path()};
  auto library = library_of(line.subject);
  if (loaded.config) {
    plugin_path = loaded.config->plugin_path;
    if (const auto* block = loaded.config->plugin(line.subject)) library = block->library;
  }
  try {
    const auto facts = plugins::PluginFile::read(library, {plugin_path.begin(), plugin_path.end()}, {});
    streams.out << (line.format == OutputFormat::Json ? inspect_json(facts) : inspect_text(facts));
    return exit_ok;
  } catch (const plugins::LoadError& error) {
    streams.err << "gatehouse: " << error.what() << "\n";
    return exit_failure;
  }
}

}  // namespace gatehouse::app
