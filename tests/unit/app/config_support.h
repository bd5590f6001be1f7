// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config_load.h"

#include <map>
#include <string>
#include <vector>

namespace gatehouse::app {

// What a test gives a configuration to be made of.
struct Given {
  std::string file = {};
  std::map<std::string, std::string> environment = {};
  std::vector<FlagValue> flags = {};
  std::map<std::string, std::string> secret_files = {};
  bool secrets_open = false;
  AskPlugin ask = {};
};

// load_config with plugins that exist nowhere: those of Gatehouse with what they take from the environment, and
// acme-store, a store with a setting of every type. HOME is /home/test where the test says nothing else; the file is
// "gatehouse.toml".
ConfigOutcome load(Given given);

FlagValue dev_flag();

// A production configuration without errors, on acme-store.
extern const std::string production_file;

// "error GH1002 gatehouse.toml:3:1", one a problem, in order.
std::vector<std::string> summary(const ConfigOutcome& outcome);

}  // namespace gatehouse::app
