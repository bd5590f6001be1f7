// SPDX-License-Identifier: Apache-2.0
#include "app/commands/commands.h"
#include "app/config_show.h"
#include "app/process_inputs.h"

#include <ostream>
#include <utility>

namespace gatehouse::app {

std::optional<ResolvedConfig> load_or_report(const CommandLine& line, const Product& product, const Streams& streams) {
  auto outcome = load_from(line, product.kinds);
  streams.err << problems_as_text(outcome.problems);
  if (!outcome.ok()) return std::nullopt;
  return std::move(outcome.resolved);
}

PluginConfig load_without_plugins(const CommandLine& line, const Product& product, const Streams& streams) {
  if (!line.dev && config_file(line).empty()) return {};
  auto outcome = load_from(line, product.kinds, PluginLook::Read);
  streams.err << problems_as_text(outcome.problems);
  if (!outcome.ok()) return {true, std::nullopt};
  return {false, std::move(outcome.resolved.config)};
}

int check_config_command(const CommandLine& line, const Product& product, const Streams& streams) {
  const auto outcome = load_from(line, product.kinds);
  if (line.format == OutputFormat::Json) {
    streams.out << problems_as_json(outcome.problems);
  } else {
    streams.err << problems_as_text(outcome.problems);
    const auto file = config_file(line);
    if (outcome.ok()) streams.out << (file.empty() ? std::string("configuration") : file) << ": ok\n";
  }
  return outcome.ok() ? exit_ok : exit_usage;
}

int show_config_command(const CommandLine& line, const Product& product, const Streams& streams) {
  if (line.reference) {
    streams.out << reference_config();
    return exit_ok;
  }
  const auto resolved = load_or_report(line, product, streams);
  if (!resolved) return exit_usage;
  streams.out << (line.format == OutputFormat::Json ? show_config_json(*resolved) : show_config(*resolved));
  return exit_ok;
}

}  // namespace gatehouse::app
