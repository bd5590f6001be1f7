// SPDX-License-Identifier: Apache-2.0
#include "app/scaffold.h"

#include "app/config_values.h"

#include <algorithm>

namespace gatehouse::app {
namespace {

constexpr std::size_t longest_name = 40;  // of a plugin's id

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string result;
  for (auto at = text.find(what); at != text.npos; at = text.find(what)) {
    result.append(text.substr(0, at)).append(by);
    text.remove_prefix(at + what.size());
  }
  return result.append(text);
}

std::string with_underscores(std::string_view text) { return replaced(text, "-", "_"); }

// A plugin's project is its author's: our licence line does not go with it.
std::string_view without_licence_line(std::string_view text) {
  for (const std::string_view sign : {"// ", "# ", "/* "}) {
    const auto line = std::string(sign) + "SPDX-License-Identifier: Apache-2.0";
    if (text.starts_with(line)) return text.substr(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  return text;
}

bool is_name(std::string_view name) {
  const auto part_of_name = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= longest_name && name.front() >= 'a' && name.front() <= 'z' &&
         name.back() != '-' && name.find("--") == name.npos && std::all_of(name.begin(), name.end(), part_of_name);
}

// What CMake and its generators call targets of their own.
constexpr std::string_view taken_by_cmake[] = {
    "all", "clean", "depend", "help", "install", "package", "preinstall", "test",
};

bool is_one_of(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Why a plugin cannot have this name; empty: it can.
std::string name_problem(std::string_view name) {
  if (!is_name(name)) {
    return "it begins with a letter and has at most 40 lower-case letters, digits and single hyphens";
  }
  if (is_one_of(taken_by_cmake, name)) {
    return "CMake has a target of that name; put your own name before it, such as acme-" + std::string(name);
  }
  if (is_one_of(shipped_plugins(), name)) {
    return "Gatehouse comes with a plugin of that name; put your own name before it, such as acme-" + std::string(name);
  }
  return {};
}

std::string languages_of(PluginKind kind) {
  std::string words;
  for (const auto language : {PluginLanguage::Cpp, PluginLanguage::C}) {
    const auto folder = std::string(language_word(language)) + "/" + std::string(kind_word(kind)) + "/";
    const auto files = template_files();
    if (std::any_of(files.begin(), files.end(), [&](const TextFile& file) { return file.path.starts_with(folder); })) {
      words.append(words.empty() ? "" : ", ").append(language_word(language));
    }
  }
  return words;
}

}  // namespace

std::string_view kind_word(PluginKind kind) noexcept {
  switch (kind) {
    case PluginKind::Store: return "store";
    case PluginKind::Kms: return "kms";
    case PluginKind::Limiter: return "limiter";
    case PluginKind::Mail: return "mail";
  }
  return {};
}

std::string_view language_word(PluginLanguage language) noexcept { return language == PluginLanguage::C ? "c" : "cpp"; }

std::span<const std::string_view> shipped_plugins() noexcept {
  static constexpr std::string_view names[] = {
      "kms-local", "kms-vault", "mail-outbox", "mail-smtp", "store-memory", "store-postgres", "store-redis",
  };
  return names;
}

sdk::Expected<std::vector<ProjectFile>, std::string> plugin_project(PluginKind kind, PluginLanguage language,
                                                                    std::string_view name) {
  if (const auto problem = name_problem(name); !problem.empty()) {
    return in_quotes(name) + " cannot be a plugin's name: " + problem;
  }
  const auto folder = std::string(language_word(language)) + "/" + std::string(kind_word(kind)) + "/";
  const auto stand_in = "example-" + std::string(kind_word(kind));
  // As an identifier with a word after it: no name is then a keyword.
  const auto identifier = with_underscores(name) + "_plugin";
  std::vector<ProjectFile> files;
  for (const auto& file : template_files()) {
    if (!file.path.starts_with(folder)) continue;
    auto text = replaced(without_licence_line(file.text), stand_in, name);
    text = replaced(text, with_underscores(stand_in), identifier);
    files.push_back({std::string(file.path.substr(folder.size())), std::move(text)});
  }
  if (files.empty()) {
    return "there is no template for the kind " + std::string(kind_word(kind)) + " in the language " +
           std::string(language_word(language)) + "; there is: " + languages_of(kind);
  }
  return files;
}

}  // namespace gatehouse::app
