// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config_draft.h"
#include "plugins/settings.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::app {

// Checks one plugin's [plugin.config] against what the plugin says it takes, and collects what the plugin will get.
// All references outlive it.
class PluginTable {
 public:
  PluginTable(ConfigDraft& draft, const ConfigInputs& inputs, PluginBlock& block, const BlockSource& source,
              const std::vector<plugins::SettingInfo>& infos)
      : draft_(draft), inputs_(inputs), block_(block), source_(source), infos_(infos) {}

  void read();
  // The plugin has this setting, and the file does not say it.
  bool takes(std::string_view key) const;
  // The value of a variable, as it would be written in the file without quotes; lists have commas between their
  // elements. A secret one is in no message. Before read() it comes before what the file says.
  void add_variable(std::string_view key, const std::string& name, const std::string& text, bool secret);
  // After everything was added: reports what is required and missing, adds the defaults.
  void complete();
  // Nothing of the table was refused.
  bool sound() const noexcept { return sound_; }

 private:
  template <class At>
  void add(const ProblemKind& kind, const At& at, std::string message, std::string hint = {}) {
    sound_ = sound_ && kind.severity != Severity::Error;
    draft_.problems.add(kind, at, std::move(message), std::move(hint));
  }

  bool has(std::string_view key) const;
  void add_element(const plugins::SettingInfo& info, const std::string& name, const std::string& text);
  void add_secret(std::string_view key, const std::string& text, Origin origin);
  void read_member(const Node& member);
  void read_list(const plugins::SettingInfo& info, const Node& node);
  void read_element(const plugins::SettingInfo& info, const Node& node);
  void read_reference(const plugins::SettingInfo& info, const Node& node);
  std::optional<Secret<std::string>> from_variable(const plugins::SettingInfo& info, const Node& target);
  std::optional<Secret<std::string>> from_file(const plugins::SettingInfo& info, const Node& target);
  void unknown(const Node& member);
  void refuse(const plugins::SettingInfo& info, const Node& node, const std::string& sentence);

  void add_defaults();
  std::vector<plugins::SettingInfo> infos_without_secrets_given() const;
  void take_completed(PluginSetting& setting, const plugins::ConfigEntry& entry) const;
  const plugins::SettingInfo& info_of(std::string_view key) const;

  bool is_written(std::string_view key) const;
  std::string about(std::string_view key) const;
  Origin origin(const Node& node) const;

  ConfigDraft& draft_;
  const ConfigInputs& inputs_;
  PluginBlock& block_;
  const BlockSource& source_;
  const std::vector<plugins::SettingInfo>& infos_;
  bool sound_ = true;
  std::vector<std::string> doubtful_;  // keys that an unknown key was probably meant to be
};

}  // namespace gatehouse::app
