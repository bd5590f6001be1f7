// SPDX-License-Identifier: Apache-2.0
#include "app/process_inputs.h"

#include "app/config_document.h"
#include "app/plugin_catalogue.h"
#include "app/state_folder.h"
#include "mail/templates.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gatehouse::app {
namespace {

constexpr auto system_config = "/etc/gatehouse/gatehouse.toml";
constexpr std::size_t longest_secret = 64 * 1024;

class File {
 public:
  explicit File(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (fd_ < 0) reason_ = std::generic_category().message(errno);
    if (fd_ >= 0 && (fstat(fd_, &status_) != 0 || !S_ISREG(status_.st_mode))) reason_ = "it is not a regular file";
  }
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Empty: it is open and a regular file.
  const std::string& reason() const noexcept { return reason_; }
  mode_t mode() const noexcept { return status_.st_mode; }

  // At most `most` bytes and one, so that the caller sees when there are more.
  std::string read_up_to(std::size_t most) {
    std::string text;
    std::array<char, 16 * 1024> buffer;
    text.reserve(buffer.size());  // a secret never leaves a shorter copy of itself behind
    while (text.size() <= most) {
      const auto count = read(fd_, buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) reason_ = std::generic_category().message(errno);
      if (count <= 0) break;
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    wipe(buffer.data(), buffer.size());
    return text;
  }

 private:
  int fd_;
  struct stat status_ {};
  std::string reason_;
};

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

std::vector<FlagValue> flags_of(const CommandLine& line) {
  std::vector<FlagValue> flags;
  if (line.dev) flags.push_back({"--dev", "mode", "dev"});
  if (!line.listen.empty()) flags.push_back({"--listen", "server.listen", line.listen});
  if (!line.management.empty()) flags.push_back({"--management", "server.management", line.management});
  return flags;
}

std::vector<FileFault> mail_template_faults(const std::string& folder) {
  std::vector<FileFault> faults;
  for (auto& fault : mail::Templates::faults_in(folder)) {
    faults.push_back({std::move(fault.path), fault.line, std::move(fault.what)});
  }
  return faults;
}

ConfigOutcome unreadable(const std::string& file, std::string message, std::string hint) {
  Problems problems(file, {});
  problems.add(problem::unreadable, Position{}, std::move(message), std::move(hint));
  return {{}, problems.take()};
}

}  // namespace

sdk::Expected<SecretText, std::string> read_secret_file(const std::string& path) {
  File file(path);
  if (!file.reason().empty()) return "\"" + path + "\" cannot be read: " + file.reason();
  Secret<std::string> text(file.read_up_to(longest_secret));
  if (!file.reason().empty()) return "\"" + path + "\" cannot be read: " + file.reason();
  if (text.reveal().size() > longest_secret) return "\"" + path + "\" is longer than 64 KiB";
  std::string_view content = text.reveal();
  if (content.ends_with('\n')) content.remove_suffix(1);
  if (content.ends_with('\r')) content.remove_suffix(1);
  if (content.empty()) return "\"" + path + "\" is empty";
  return SecretText{Secret<std::string>(std::string(content)), (file.mode() & S_IROTH) != 0};
}

std::string default_plugin_path() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return (program.parent_path().parent_path() / "lib" / "gatehouse").string();
}

std::string plugin_check_program() {
  std::error_code error;
  return (std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "gatehouse-plugin-check").string();
}

std::string config_file(const CommandLine& line) {
  if (!line.config.empty()) return line.config;
  std::error_code error;
  return !line.dev && std::filesystem::exists(system_config, error) ? system_config : "";
}

ConfigOutcome load_from(const CommandLine& line, const std::vector<std::string>& kinds, PluginLook look) {
  ConfigInputs inputs;
  inputs.file_name = config_file(line);
  inputs.environment = process_environment();
  if (!inputs.file_name.empty()) {
    File file(inputs.file_name);
    if (file.reason().empty()) inputs.file_text = file.read_up_to(longest_config);
    if (!file.reason().empty()) return unreadable(inputs.file_name, "cannot be read: " + file.reason(), {});
  } else if (!line.dev && !names_plugins(inputs.environment)) {
    return unreadable(
        {}, "there is none, and no " + std::string(system_config),
        "give --config FILE, or --dev for a server on this machine that needs nothing, or set DATABASE_URL "
        "and the other variables of docs/configuration.md");
  }
  inputs.flags = flags_of(line);
  inputs.kinds = kinds;
  inputs.default_plugin_path = default_plugin_path();
  inputs.describe = look == PluginLook::Load ? describe_plugin : read_plugin;
  if (look == PluginLook::Load) inputs.ask = ask_plugin;
  inputs.read_secret = read_secret_file;
  inputs.state_folder = state_folder_problem;
  inputs.private_file = private_file_problem;
  inputs.mail_templates = mail_template_faults;
  return load_config(inputs);
}

}  // namespace gatehouse::app
