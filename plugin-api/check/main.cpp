// SPDX-License-Identifier: Apache-2.0
#include "case.h"
#include "report.h"
#include "session.h"
#include "subject.h"

#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace {

namespace check = gatehouse::check;

// docs/plugin-check.md names them.
constexpr int exit_conforms = 0;
constexpr int exit_fails = 1;
constexpr int exit_usage = 2;
constexpr int exit_with_quirks = 3;

struct Line {
  std::string library;
  std::string config;
  std::string settings;
  std::vector<std::string> only;
  bool json = false;
  bool list = false;
};

int list_cases(const Line& line) {
  const auto cases = check::selected(check::all_cases(), line.only);
  std::cout << (line.json ? check::list_as_json(cases) : check::list_as_text(cases));
  return exit_conforms;
}

int check_plugin(const Line& line) {
  check::Subject subject;
  subject.file = std::filesystem::absolute(line.library).lexically_normal();
  if (!line.config.empty()) check::read_subject(line.config, subject);
  if (!line.settings.empty()) check::add_server_settings(line.settings, subject);
  const auto cases = check::selected(check::all_cases(), line.only);
  const bool text = !line.json;
  const auto report = check::run_cases(
      cases, subject,
      [&](const auto& begun) {
        if (text) std::cout << check::head_of(begun) << std::flush;
      },
      [&](const auto& result) {
        if (text) std::cout << check::line_of(result) << std::flush;
      });
  std::cout << (text ? check::summary_of(report) : check::json_of(report));
  const auto sum = check::totals(report);
  if (sum.failed + sum.crashed + sum.timed_out > 0) return exit_fails;
  return check::conforms(sum) ? exit_conforms : exit_with_quirks;
}

}  // namespace

int main(int argc, char** argv) {
  Line line;
  CLI::App app("Tries a Gatehouse plugin against the contract of the interfaces it offers.", "gatehouse-plugin-check");
  app.set_version_flag("--version", GATEHOUSE_VERSION);
  app.add_option("LIB.so", line.library, "The plugin");
  app.add_option("--config", line.config, "The plugin's settings and what its author declares")->type_name("FILE");
  // For `gatehouse plugins verify`.
  app.add_option("--settings", line.settings, "The plugin's settings in a server's configuration")->group("");
  app.add_option("--only", line.only, "This case, or this group of cases; may be repeated")
      ->type_name("CASE")
      ->allow_extra_args(false);
  app.add_flag("--json", line.json, "The report as one JSON object");
  app.add_flag("--list", line.list, "Name the cases and what each proves");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    std::cerr << "gatehouse-plugin-check: " << error.what() << "; --help says what there is\n";
    return exit_usage;
  }
  try {
    if (line.list) return list_cases(line);
    if (line.library.empty()) throw check::SubjectError("name the plugin's file; --help says what there is");
    return check_plugin(line);
  } catch (const std::exception& error) {
    std::cerr << "gatehouse-plugin-check: " << error.what() << "\n";
    return exit_usage;
  }
}
