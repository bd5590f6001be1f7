// SPDX-License-Identifier: Apache-2.0
#include "app/state_folder.h"

#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace gatehouse::app {

namespace fs = std::filesystem;

std::string state_folder_problem(const std::string& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return {};
  const auto name = "state_dir " + path;
  if (error) return name + " cannot be looked at: " + error.message();
  if (status.type() != fs::file_type::directory) return name + " is not a folder; set state_dir to one";
  if ((status.permissions() & (fs::perms::group_write | fs::perms::others_write)) == fs::perms::none) return {};
  return name + " may be written by others than its owner, who could put keys of their own there; run: chmod go-w " +
         path;
}

std::string private_file_problem(const std::string& path) {
  std::error_code error;
  const auto status = fs::symlink_status(path, error);
  // Not there, or not to be seen by whoever asks: the plugin will say, when it opens it.
  if (error || status.type() == fs::file_type::not_found) return {};
  if (status.type() != fs::file_type::regular) return path + " is not a regular file";
  constexpr auto others = fs::perms::group_all | fs::perms::others_all;
  if ((status.permissions() & others) == fs::perms::none) return {};
  return path + " can be read or written by others than its owner; run: chmod 0600 " + path;
}

void prepare_state_folder(const std::string& path) {
  if (const auto wrong = state_folder_problem(path); !wrong.empty()) throw std::runtime_error(wrong);
  std::error_code error;
  if (fs::create_directories(path, error)) fs::permissions(path, fs::perms::owner_all, error);
  if (error) {
    throw std::runtime_error("state_dir " + path + " cannot be made: " + error.message() +
                             "; make it for the user the server runs as, or set state_dir to another folder");
  }
}

}  // namespace gatehouse::app
