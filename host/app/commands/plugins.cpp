// SPDX-License-Identifier: Apache-2.0
#include "app/commands/commands.h"
#include "app/commands/text_table.h"
#include "app/config_values.h"
#include "app/plugin_catalogue.h"
#include "app/process_inputs.h"
#include "base/json_text.h"
#include "plugins/description.h"
#include "plugins/plugin_file.h"

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <utility>

namespace gatehouse::app {
namespace {

using plugins::Description;
using plugins::LoadError;
using plugins::PluginFile;
using plugins::SettingInfo;

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// A plugin as `plugins list` shows it.
struct Row {
  std::string name;  // in the configuration; empty: it is only there as a file
  Description about;
  std::string path;
  std::string error;  // it cannot be loaded
};

Row row_of(std::string name, const PluginFile& file) {
  return {std::move(name), plugins::describe(file.entry()), file.path().string(), {}};
}

Row row_of_library(const std::string& library, const std::vector<std::string>& plugin_path) {
  try {
    return row_of({}, *PluginFile::load(library, {plugin_path.begin(), plugin_path.end()}, {}));
  } catch (const LoadError& error) {
    Row row;
    row.about.id = library;
    row.error = error.what();
    return row;
  }
}

// What there is to know without a configuration is still told when none was given.
bool has_configuration(const CommandLine& line) { return line.dev || !config_file(line).empty(); }

std::vector<Row> all_rows(const Config& config) {
  std::vector<Row> rows;
  for (const auto& block : config.plugins) rows.push_back(row_of(block.name, *block.file));
  for (const auto& library : libraries_in(config.plugin_path)) {
    const bool listed = std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return row.about.id == library; });
    if (!listed) rows.push_back(row_of_library(library, config.plugin_path));
  }
  return rows;
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  append_json_text(out, name);
  out.push_back(':');
  append_json_text(out, value);
}

void append_list(std::string& out, std::string_view name, const std::vector<std::string>& values) {
  append_json_text(out, name);
  out += ":[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out.push_back(',');
    append_json_text(out, values[i]);
  }
  out.push_back(']');
}

std::string rows_as_json(const std::vector<Row>& rows) {
  std::string out = R"({"plugins":[)";
  for (const auto& row : rows) {
    out += &row == rows.data() ? "{" : ",{";
    append_member(out, "id", row.about.id);
    out.push_back(',');
    append_member(out, "name", row.name);
    out.push_back(',');
    append_member(out, "version", row.about.version);
    out.push_back(',');
    append_list(out, "interfaces", row.about.interfaces);
    out.push_back(',');
    append_member(out, "path", row.path);
    out.push_back(',');
    append_member(out, "error", row.error);
    out.push_back('}');
  }
  return out + "]}\n";
}

std::string rows_as_text(const std::vector<Row>& rows) {
  std::vector<std::vector<std::string>> cells = {{"NAME", "PLUGIN", "VERSION", "OFFERS", "FILE"}};
  for (const auto& row : rows) {
    cells.push_back({row.name, row.about.id, row.about.version, join(row.about.interfaces),
                     row.error.empty() ? row.path : row.error});
  }
  return text_table(cells);
}

// A relative path is the operator's own, from where the command was given; a bare word is looked up.
std::string library_of(const std::string& subject) {
  return subject.find('/') == std::string::npos ? subject
                                                : std::filesystem::absolute(subject).lexically_normal().string();
}

std::string value_of(const SettingInfo& info) {
  using plugins::SettingType;
  if (info.secret) return "{ env = \"...\" }";
  if (!info.default_value) return info.type == SettingType::TextList ? "[\"...\"]" : "\"...\"";
  const bool bare = info.type == SettingType::Int || info.type == SettingType::Bool;
  return bare ? *info.default_value : in_quotes(*info.default_value);
}

std::string block_to_paste(const Description& about, const PluginFile& file) {
  std::string out = "[[plugin]]\nname = " + in_quotes(about.id) + "\nlibrary = " + in_quotes(about.id) +
                    "\nsha256 = " + in_quotes(file.sha256()) + "\n";
  if (!about.settings.empty()) out += "[plugin.config]\n";
  for (const auto& info : about.settings) {
    // What must be written stands without a comment sign.
    out += (info.required ? "" : "# ") + info.key + " = " + value_of(info) + "\n";
  }
  return out;
}

std::string inspect_text(const Description& about, const PluginFile& file) {
  std::string out = about.id + " " + about.version + ": " + about.summary + "\n";
  out += "file:     " + file.path().string() + "\nsha256:   " + file.sha256() + "\nlicence:  " + about.license + "\n";
  out += "ABI:      " + std::to_string(about.abi_major) + "." + std::to_string(about.abi_minor) + "\n";
  out += "offers:   " + join(about.interfaces) + "\n";
  if (!about.settings.empty()) {
    std::vector<std::vector<std::string>> rows = {{"SETTING", "TYPE", "DEFAULT", "NOTE", "ABOUT"}};
    for (const auto& info : about.settings) {
      const std::string flags = info.required ? "required" : info.secret ? "secret" : "";
      const auto type =
          info.allowed.empty() ? std::string(setting_type_name(info.type)) : "one of " + join(info.allowed);
      rows.push_back({info.key, type, info.default_value.value_or(""), flags, info.summary});
    }
    out += "\n" + text_table(rows);
  }
  return out + "\nTo switch it on:\n\n" + block_to_paste(about, file);
}

std::string inspect_json(const Description& about, const PluginFile& file) {
  std::string out = "{";
  append_member(out, "id", about.id);
  for (const auto& [name, value] : {std::pair<std::string_view, std::string>{"version", about.version},
                                    {"summary", about.summary},
                                    {"license", about.license},
                                    {"path", file.path().string()},
                                    {"sha256", file.sha256()},
                                    {"abi", std::to_string(about.abi_major) + "." + std::to_string(about.abi_minor)}}) {
    out.push_back(',');
    append_member(out, name, value);
  }
  out.push_back(',');
  append_list(out, "interfaces", about.interfaces);
  out += R"(,"settings":[)";
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

int plugins_list_command(const CommandLine& line, const Product& product, const Streams& streams) {
  Config config;
  config.plugin_path = {default_plugin_path()};
  if (has_configuration(line)) {
    auto resolved = load_or_report(line, product, streams);
    if (!resolved) return exit_usage;
    config = std::move(resolved->config);
  }
  const auto rows = all_rows(config);
  streams.out << (line.format == OutputFormat::Json ? rows_as_json(rows) : rows_as_text(rows));
  return exit_ok;
}

int plugins_inspect_command(const CommandLine& line, const Product& product, const Streams& streams) {
  std::vector<std::string> plugin_path = {default_plugin_path()};
  auto library = library_of(line.subject);
  if (has_configuration(line)) {
    const auto resolved = load_or_report(line, product, streams);
    if (!resolved) return exit_usage;
    plugin_path = resolved->config.plugin_path;
    if (const auto* block = resolved->config.plugin(line.subject)) library = block->library;
  }
  try {
    const auto file = PluginFile::load(library, {plugin_path.begin(), plugin_path.end()}, {});
    const auto about = plugins::describe(file->entry());
    streams.out << (line.format == OutputFormat::Json ? inspect_json(about, *file) : inspect_text(about, *file));
    return exit_ok;
  } catch (const LoadError& error) {
    streams.err << "gatehouse: " << error.what() << "\n";
    return exit_failure;
  }
}

}  // namespace gatehouse::app
