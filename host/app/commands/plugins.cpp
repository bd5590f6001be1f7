// SPDX-License-Identifier: Apache-2.0
#include "app/commands/commands.h"
#include "app/commands/plugin_words.h"
#include "app/commands/text_table.h"
#include "app/plugin_catalogue.h"
#include "app/process_inputs.h"
#include "plugins/description.h"
#include "plugins/plugin_file.h"

#include <algorithm>
#include <ostream>
#include <utility>

namespace gatehouse::app {
namespace {

using plugins::Description;
using plugins::LoadError;
using plugins::PluginFile;

// A plugin as `plugins list` shows it.
struct Row {
  std::string name;  // in the configuration; empty: it is only there as a file
  Description about;
  std::string path;
  std::string error;  // it cannot be loaded
};

// Nothing of a listed file is run.
Row row_of(std::string name, const std::string& library, const std::vector<std::string>& plugin_path) {
  Row row{std::move(name), {}, {}, {}};
  try {
    auto facts = PluginFile::read(library, {plugin_path.begin(), plugin_path.end()}, {});
    row.about = std::move(facts.about);
    row.path = facts.path.string();
  } catch (const LoadError& error) {
    row.about.id = library;
    row.error = error.what();
  }
  return row;
}

std::vector<Row> all_rows(const Config& config) {
  std::vector<Row> rows;
  for (const auto& block : config.plugins) rows.push_back(row_of(block.name, block.library, config.plugin_path));
  for (const auto& library : libraries_in(config.plugin_path)) {
    const bool listed = std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return row.about.id == library; });
    if (!listed) rows.push_back(row_of({}, library, config.plugin_path));
  }
  return rows;
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

}  // namespace

int plugins_list_command(const CommandLine& line, const Product& product, const Streams& streams) {
  auto loaded = load_without_plugins(line, product, streams);
  if (loaded.has_errors) return exit_usage;
  Config config;
  config.plugin_path = {default_plugin_path()};
  if (loaded.config) config = std::move(*loaded.config);
  const auto rows = all_rows(config);
  streams.out << (line.format == OutputFormat::Json ? rows_as_json(rows) : rows_as_text(rows));
  return exit_ok;
}

}  // namespace gatehouse::app
