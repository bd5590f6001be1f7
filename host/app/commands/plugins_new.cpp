// SPDX-License-Identifier: Apache-2.0
#include "app/commands/commands.h"
#include "app/process_inputs.h"
#include "app/scaffold.h"

#include <filesystem>
#include <fstream>
#include <ostream>
#include <system_error>

namespace gatehouse::app {
namespace {

namespace fs = std::filesystem;

// Empty, or why the file could not be written.
std::string write_new(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return file ? "" : path.string() + ": cannot be written";
}

// Where this program is installed with the SDK; empty: it runs from a build folder.
fs::path sdk_prefix() {
  const auto prefix = fs::path(default_plugin_path()).parent_path().parent_path();
  std::error_code ignored;
  return fs::exists(prefix / "share/cmake/Gatehouse/GatehouseConfig.cmake", ignored) ? prefix : fs::path();
}

// " -DCMAKE_PREFIX_PATH=/opt/gatehouse", where CMake would not look there by itself.
std::string prefix_option(const fs::path& prefix) {
  if (prefix.empty() || prefix == "/usr" || prefix == "/usr/local") return {};
  return " -DCMAKE_PREFIX_PATH=" + prefix.string();
}

int fail(const Streams& streams, const std::string& sentence) {
  streams.err << "gatehouse: " << sentence << "\n";
  return exit_failure;
}

}  // namespace

int plugins_new_command(const CommandLine& line, const Streams& streams) {
  const auto project = plugin_project(line.plugin_kind, line.language, line.subject);
  if (!project) {
    streams.err << "gatehouse: " << project.error() << "\n";
    return exit_usage;
  }
  const fs::path folder = line.directory.empty() ? line.subject : line.directory;
  std::error_code error;
  if (fs::exists(folder, error) && !fs::is_empty(folder, error)) {
    return fail(streams, folder.string() + ": is there already, and not an empty folder; choose another with --dir");
  }
  fs::create_directories(folder, error);
  if (error) return fail(streams, folder.string() + ": cannot be made: " + error.message());
  for (const auto& file : *project) {
    if (const auto problem = write_new(folder / file.path, file.text); !problem.empty()) return fail(streams, problem);
  }
  const auto build = (folder / "build").string();
  const auto prefix = sdk_prefix();
  streams.out << "Wrote the plugin " << line.subject << " (" << kind_word(line.plugin_kind) << ", "
              << language_word(line.language) << ") to " << folder.string() << ". Build it and have it checked:\n\n"
              << "  cmake -S " << folder.string() << " -B " << build << prefix_option(prefix) << "\n"
              << "  cmake --build " << build << "\n"
              << "  ctest --test-dir " << build << " --output-on-failure\n";
  if (prefix.empty()) {
    streams.err << "gatehouse: this program is not installed, so CMake may not find the SDK; cmake --install it with "
                   "--prefix DIR, then give -DCMAKE_PREFIX_PATH=DIR to the first command\n";
  }
  return exit_ok;
}

}  // namespace gatehouse::app
