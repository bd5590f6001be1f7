// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugins/settings.h"

#include <gatehouse/plugin.h>

#include <string>
#include <vector>

namespace gatehouse::plugins {

// The settings of one instance in the form a plugin's create takes them. Wipes every text of them when it ends: any may
// have been a secret.
class CreateArgs {
 public:
  // Adds defaults. Throws LoadError for a key the plugin does not have, a value of another type than its setting's, or
  // a required setting that is missing: the config check reports these with file and line, and nothing gets around it
  // here.
  CreateArgs(const gh_plugin& entry, const std::string& instance, const std::string& state_dir,
             std::vector<ConfigEntry> settings);
  ~CreateArgs();
  CreateArgs(const CreateArgs&) = delete;
  CreateArgs& operator=(const CreateArgs&) = delete;

  // Borrows from this object and from the texts the constructor got.
  gh_create_args raw(const gh_host& host, std::uint32_t flags) const noexcept;

 private:
  const std::string& instance_;
  const std::string& state_dir_;
  std::vector<ConfigEntry> settings_;
  std::vector<gh_config_entry> raw_;
};

}  // namespace gatehouse::plugins
