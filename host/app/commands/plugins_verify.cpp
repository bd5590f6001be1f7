// SPDX-License-Identifier: Apache-2.0
#include "app/commands/commands.h"
#include "app/commands/plugin_words.h"
#include "app/config_values.h"
#include "app/process_inputs.h"
#include "base/secret.h"
#include "plugins/plugin_file.h"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <optional>
#include <ostream>
#include <system_error>
#include <utility>

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gatehouse::app {
namespace {

namespace fs = std::filesystem;

// What the operator wrote for a block, in the form the check takes it: a list is one entry an element here, and one key
// there. Defaults are left out and paths stay as written, so that relative ones end up in the check's own folders.
Secret<std::string> settings_as_toml(const PluginBlock& block, const std::vector<plugins::SettingInfo>& infos) {
  std::string toml = "[config]\n";
  for (const auto& info : infos) {
    std::string values;
    for (const auto& setting : block.settings) {
      if (setting.key != info.key || setting.origin.source == Origin::Source::Default) continue;
      values += values.empty() ? "" : ", ";
      values += setting.is_secret ? in_quotes(setting.secret.reveal()) : setting.text;
    }
    const bool list = info.type == plugins::SettingType::TextList;
    if (!values.empty()) toml += info.key + " = " + (list ? "[" + values + "]" : values) + "\n";
    wipe(values.data(), values.size());
  }
  return Secret<std::string>(std::move(toml));
}

// A file that is in no folder and that only this process and its children can open: the settings hold secrets.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content) : fd_(::memfd_create("gatehouse-plugin-settings", 0)) {
    const auto size = static_cast<ssize_t>(content.size());
    if (fd_ < 0 || ::write(fd_, content.data(), content.size()) != size) {
      throw std::system_error(errno, std::generic_category(), "the plugin's settings cannot be handed to the check");
    }
  }
  ~MemoryFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  // As the child sees it.
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

int run_and_wait(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  // This process blocks signals for the server's sake; the check is to end with Ctrl-C.
  posix_spawnattr_t attributes;
  sigset_t none;
  sigset_t defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, arguments[0], nullptr, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) throw std::system_error(error, std::generic_category(), words[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), words[0]);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : exit_failure;
}

}  // namespace

int plugins_verify_command(const CommandLine& line, const Product& product, const Streams& streams) {
  const auto loaded = load_without_plugins(line, product, streams);
  if (loaded.has_errors) return exit_usage;
  const auto checker = plugin_check_program();
  if (!fs::exists(checker)) {
    streams.err << "gatehouse: " << checker << ": is missing; it comes with the plugin SDK, beside this program\n";
    return exit_failure;
  }
  std::vector<std::string> plugin_path = {default_plugin_path()};
  auto library = library_of(line.subject);
  const PluginBlock* block = nullptr;
  if (loaded.config) {
    plugin_path = loaded.config->plugin_path;
    block = loaded.config->plugin(line.subject);
    if (block != nullptr) library = block->library;
  }
  try {
    const auto facts = plugins::PluginFile::read(library, {plugin_path.begin(), plugin_path.end()}, {});
    std::vector<std::string> words = {checker, facts.path.string()};
    std::optional<MemoryFile> settings;
    if (block != nullptr) {
      streams.err << "gatehouse: the check reads, writes and deletes in what the settings of plugin \"" << block->name
                  << "\" name; do not name what is in use\n";
      settings.emplace(settings_as_toml(*block, facts.about.settings).reveal());
      words.insert(words.end(), {"--config", settings->path()});
    }
    if (!line.only.empty()) words.insert(words.end(), {"--only", line.only});
    if (line.format == OutputFormat::Json) words.emplace_back("--json");
    streams.out.flush();
    return run_and_wait(words);
  } catch (const plugins::LoadError& error) {
    streams.err << "gatehouse: " << error.what() << "\n";
    return exit_failure;
  }
}

}  // namespace gatehouse::app
