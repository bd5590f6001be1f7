// SPDX-License-Identifier: Apache-2.0
#include "app/commands/commands.h"
#include "app/commands/plugin_subject.h"
#include "app/config_values.h"
#include "app/process_inputs.h"
#include "base/secret.h"
#include "plugins/load_error.h"
#include "plugins/settings.h"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <ostream>
#include <system_error>
#include <utility>
#include <variant>

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gatehouse::app {
namespace {

namespace fs = std::filesystem;

// A path of the server's state folder as one of the check's own: what stands there is a server's, and the check
// deletes.
std::string apart_from(const std::string& state_dir, const std::string& path) {
  const auto relative = fs::path(path).lexically_relative(state_dir);
  const bool below = !relative.empty() && *relative.begin() != "..";
  return below ? relative.string() : path;
}

std::string value_of(const PluginSetting& setting, plugins::SettingType type, const std::string& state_dir) {
  if (!setting.is_secret && type != plugins::SettingType::Path) return setting.text;
  const auto text = setting.is_secret ? setting.secret.reveal() : std::get<std::string>(setting.value);
  return in_quotes(type == plugins::SettingType::Path ? apart_from(state_dir, text) : text);
}

// What the operator wrote for a block, in the form the check takes it: a list is one entry an element here, and one key
// there. Defaults are left out.
Secret<std::string> settings_as_toml(const PluginBlock& block, const std::vector<plugins::SettingInfo>& infos,
                                     const std::string& state_dir) {
  std::string toml = "[config]\n";
  for (const auto& info : infos) {
    std::string values;
    for (const auto& setting : block.settings) {
      if (setting.key != info.key || setting.origin.source == Origin::Source::Default) continue;
      values += values.empty() ? "" : ", ";
      values += value_of(setting, info.type, state_dir);
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
  // This process ignores it, and a child would, too.
  posix_spawnattr_t attributes;
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
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
  try {
    const auto subject = find_subject(line, loaded.config);
    const auto* block = subject.block;
    if (block != nullptr) {
      streams.err << "gatehouse: the check reads, writes and deletes in what the settings of plugin \"" << block->name
                  << "\" name, but for its state folder; do not name what is in use\n";
    }
    // Also without a block: the check then knows whom it talks to.
    const auto settings = block == nullptr
                              ? Secret<std::string>(std::string("[config]\n"))
                              : settings_as_toml(*block, subject.facts.about.settings, loaded.config->state_dir);
    const MemoryFile file(settings.reveal());
    std::vector<std::string> words = {checker, subject.facts.path.string(), "--settings", file.path()};
    if (!line.check_file.empty()) words.insert(words.end(), {"--config", line.check_file});
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
