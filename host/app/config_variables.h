// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config_draft.h"
#include "app/config_plugin_table.h"

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::app {

// A variable of the systems before us whose value is a setting of a plugin.
struct PluginVariable {
  enum class Show : std::uint8_t {
    Plain,
    Secret,  // never shown, whatever the plugin calls it
    Url,     // as Secret; user and password in it are settings of their own
  };
  std::string_view name;
  std::string_view plugin;  // its id
  std::string_view setting;
  Show show;
};
std::span<const PluginVariable> plugin_variables() noexcept;

// The variable a plugin's setting is taken from; empty: there is none.
std::string_view variable_of(std::string_view plugin, std::string_view setting) noexcept;

// The value of a variable; empty where it is not set, which is the same to us.
std::string_view value_of(const ConfigInputs& inputs, std::string_view name);

// The variable of a setting of the plugin that the operator calls so: GATEHOUSE__PLUGIN__STORE_REDIS__POOL_SIZE.
std::string variable_of_block(std::string_view block, std::string_view setting);
inline constexpr std::string_view block_prefix = "GATEHOUSE__PLUGIN__";

// Gives the variables to the plugins whose settings they are and tells of those that nobody took. GATEHOUSE__PLUGIN__
// variables come before the file, the old names after it.
class VariableReader {
 public:
  VariableReader(ConfigDraft& draft, const ConfigInputs& inputs) : draft_(draft), inputs_(inputs) {}

  // One plugin after the other: what comes before its file's table is read, and what comes after.
  void fill_first(PluginTable& table, const PluginBlock& block, const std::vector<plugins::SettingInfo>& infos);
  void fill_last(PluginTable& table, const PluginBlock& block);
  // Of the last table filled: whether a variable gave the setting, and which one gave that which the plugin's refusal
  // names; null: none did.
  bool gave(std::string_view setting) const;
  const std::string* refused_variable(const std::string& refusal) const;
  void report_unused() const;

 private:
  void take(PluginTable& table, const PluginVariable& variable, const std::string& value);
  void report_unknown() const;

  ConfigDraft& draft_;
  const ConfigInputs& inputs_;
  std::set<std::string_view> used_;
  std::vector<std::string> known_;                           // GATEHOUSE__PLUGIN__ variables there may be
  std::vector<std::pair<std::string, std::string>> filled_;  // setting, variable
};

}  // namespace gatehouse::app
