// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugins/description.h"
#include "plugins/load_error.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct gh_plugin;

namespace gatehouse::plugins {

// A plugin file that passed every check and whose code is now in the process, for good: it is pinned and never closed.
// The process holds one file descriptor for each, under whose name debuggers and sanitizers find the symbols. Files
// with the same content are loaded once.
class PluginFile {
 public:
  // `library` is a file name or stem looked up in `plugin_path` (absolute folders; first match wins), or an absolute
  // path; never the working directory. `sha256`: 64 hex digits the file must have, or empty.
  // Throws LoadError: file not regular, a symlink, writable by others or in a folder that is; not ELF or another class,
  // machine or type; hash differs; dlopen failed (with the missing symbol or library by name); no entry symbol; wrong
  // magic, another ABI major, needs a newer host; malformed tables; the file's stem is not the plugin's id. All but
  // what dlopen finds is checked before any code of the file runs. [control thread]
  static std::shared_ptr<const PluginFile> load(std::string_view library,
                                                const std::vector<std::filesystem::path>& plugin_path,
                                                std::string_view sha256);

  // What can be said of a plugin file without running any of it, its constructors included. The same checks and words
  // as load(), but for what only the dynamic linker finds out: whether every symbol it needs is there.
  struct Facts {
    Description about;
    std::filesystem::path path;
    std::string sha256;
    std::vector<std::string> other_exports;    // beside the entry; there should be none
    std::vector<std::string> needed;           // libraries
    std::optional<std::uint32_t> store_flags;  // GH_STORE_*; nothing where it is no store
  };
  static Facts read(std::string_view library, const std::vector<std::filesystem::path>& plugin_path,
                    std::string_view sha256);

  // Valid until the process ends.
  const gh_plugin& entry() const noexcept { return *entry_; }
  const std::filesystem::path& path() const noexcept { return path_; }
  const std::string& sha256() const noexcept { return sha256_; }

 private:
  PluginFile() = default;
  const gh_plugin* entry_ = nullptr;
  std::filesystem::path path_;
  std::string sha256_;
};

}  // namespace gatehouse::plugins
