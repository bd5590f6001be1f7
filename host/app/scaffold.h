// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/sdk/result.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::app {

struct TextFile {
  std::string_view path;
  std::string_view text;
};

// The files of plugin-api/template, by their path below it ("cpp/store/plugin.cpp"). They are in the program, and so
// fit the ABI it was built with.
std::span<const TextFile> template_files();

enum class PluginKind : std::uint8_t { Store, Kms, Limiter, Mail };
enum class PluginLanguage : std::uint8_t { Cpp, C };

struct ProjectFile {
  std::string path;  // below the project's folder
  std::string text;
};

// The project of a plugin `name`, complete: what `gatehouse plugins new` writes. The error is a sentence: the name is
// not [a-z][a-z0-9-]{0,39} without a hyphen at its end or two in a row, CMake or Gatehouse has something of that name,
// or there is no template of that kind in that language.
sdk::Expected<std::vector<ProjectFile>, std::string> plugin_project(PluginKind kind, PluginLanguage language,
                                                                    std::string_view name);

// The ids of the plugins that come with the server.
std::span<const std::string_view> shipped_plugins() noexcept;

// "store", "kms", "limiter", "mail", and "cpp", "c".
std::string_view kind_word(PluginKind kind) noexcept;
std::string_view language_word(PluginLanguage language) noexcept;

}  // namespace gatehouse::app
