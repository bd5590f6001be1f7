// SPDX-License-Identifier: Apache-2.0
#include "support/command_line.h"

#include "support/temp_folder.h"

namespace gatehouse::test {
namespace {

std::string in_quotes(const std::filesystem::path& path) { return '"' + path.string() + '"'; }

std::string block(std::string_view name, const std::filesystem::path& library, std::string_view lines) {
  return "[[plugin]]\nname = \"" + std::string(name) + "\"\nlibrary = " + in_quotes(library) + '\n' +
         std::string(lines) + '\n';
}

}  // namespace

std::filesystem::path plugin_folder() { return GATEHOUSE_PLUGIN_FOLDER; }

ProgramResult gatehouse(const std::vector<std::string>& arguments) {
  ProgramCall call;
  call.arguments = {server_binary().string()};
  call.arguments.insert(call.arguments.end(), arguments.begin(), arguments.end());
  return run_program(std::move(call));
}

ProgramResult check_config(const std::filesystem::path& file) {
  return gatehouse({"check-config", "--config", file.string()});
}

ProgramResult try_to_serve(const std::string& config) {
  const TempFolder folder;
  const auto file = folder.write("gatehouse.toml", config);
  ProgramCall call;
  call.arguments = {
      server_binary().string(), "serve",      "--dev", "--config", file.string(), "--listen", "127.0.0.1:0",
      "--management",           "127.0.0.1:0"};
  return run_program(std::move(call), std::chrono::seconds(10));
}

std::string config_with_plugins(const std::filesystem::path& state, const std::filesystem::path& store,
                                std::string_view store_lines) {
  std::string text = "config_version = 1\nmode = \"dev\"\nstate_dir = " + in_quotes(state) + '\n';
  for (const auto& [key, value] : quick_settings()) text += key + " = " + value + '\n';
  text += "storage.default = [\"memory\"]\nrate_limit.limiter = \"memory\"\nkeys.provider = \"keys\"\n";
  text += "mail.deliver_via = [\"outbox\"]\n";
  text += block("memory", store, store_lines);
  text += block("keys", plugin_folder() / "kms-local.so", "");
  text += block("outbox", plugin_folder() / "mail-outbox.so", "");
  return text;
}

}  // namespace gatehouse::test
