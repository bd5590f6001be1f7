// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

struct gh_plugin;

namespace gatehouse::plugins {

enum class SettingType : std::uint8_t { Text, Int, Bool, Duration, Size, Path, TextList };

// One row of a plugin's settings table: what the operator may write below [plugin.config].
struct SettingInfo {
  std::string key;
  SettingType type = SettingType::Text;
  bool required = false;
  bool private_file = false;                 // of a path: what is there must be for the server's user alone
  bool secret = false;                       // written as a reference, never logged, never shown
  std::optional<std::string> default_value;  // as the operator would write it, without quotes
  std::vector<std::string> allowed;          // closed set for a text; empty: anything
  std::string summary;
};

// "duration", "list of texts", ...: for messages and documentation.
std::string_view setting_type_name(SettingType type) noexcept;

// The table of a plugin that has passed PluginFile::load.
std::vector<SettingInfo> settings_of(const gh_plugin& entry);

// What the operator wrote, as the config file's format has it; for a secret, what the reference resolved to.
using SettingValue = std::variant<bool, std::int64_t, std::string>;

// A checked setting on its way to a plugin: durations are integers of microseconds, sizes integers of bytes. A list of
// texts is one entry per element. Secrets are wiped by whoever made them, after the plugin was created.
struct ConfigEntry {
  std::string key;
  SettingValue value;
};

// What is wrong with a value, as the rest of the sentence "<key>: ..": `expected a duration such as "150ms", got the
// integer 150`. The value of a secret is not repeated.
struct SettingProblem {
  std::string sentence;
};

// The value as the plugin gets it. For a list of texts: one element of it.
std::variant<SettingValue, SettingProblem> check_setting(const SettingInfo& setting, const SettingValue& written);

// The default as the plugin gets it: no value, one, or the elements of a list.
std::variant<std::vector<SettingValue>, SettingProblem> default_of(const SettingInfo& setting);

// Adds the defaults of settings the operator left out, in the table's order, and makes paths absolute against
// `state_dir`. Entries of unknown keys stay as they are: whoever checks reports them.
std::vector<ConfigEntry> complete_settings(const std::vector<SettingInfo>& settings, std::vector<ConfigEntry> entries,
                                           const std::filesystem::path& state_dir);

}  // namespace gatehouse::plugins
