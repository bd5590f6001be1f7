// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.h"
#include "app/config_problem.h"
#include "plugins/settings.h"

#include <gatehouse/sdk/result.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::app {

// What a plugin's file says about the plugin.
struct PluginDescription {
  std::string id;
  std::vector<plugins::SettingInfo> settings;
  std::vector<std::string> interfaces;
  std::shared_ptr<const plugins::PluginFile> file;
};

// Reads the file of a block; the error is a sentence for the operator.
using DescribePlugin = std::function<sdk::Expected<PluginDescription, std::string>(
    const PluginBlock&, const std::vector<std::string>& plugin_path)>;

// Asks the plugin itself whether the settings of a block can be right, without side effects; the answer is empty or a
// sentence for the operator.
using AskPlugin = std::function<std::string(const Config&, const PluginBlock&)>;

struct SecretText {
  Secret<std::string> text;
  bool open_to_others = false;  // its permissions let every user of the machine read it
};
// Reads the file of a { file = ".." } reference; the error is a sentence for the operator.
using ReadSecret = std::function<sdk::Expected<SecretText, std::string>(const std::string& path)>;

// Looks at a path of this machine and changes nothing; the answer is empty or a sentence for the operator.
using LookAtPath = std::function<std::string(const std::string& path)>;

// A file other than the configuration that a setting leads to, and what is wrong with it; line 0: with all of it.
struct FileFault {
  std::string file;
  std::size_t line = 0;
  std::string what;
};
using LookAtFolder = std::function<std::vector<FileFault>(const std::string& path)>;

// A setting given on the command line.
struct FlagValue {
  std::string flag;  // "--listen"
  std::string path;  // "server.listen"
  std::string value;
};

// Everything a configuration is made of. Nothing else is looked at: no file, no variable.
struct ConfigInputs {
  std::string file_name;  // as messages show it; empty: there is no file
  std::string file_text;
  std::map<std::string, std::string> environment;
  std::vector<FlagValue> flags;
  std::vector<std::string> kinds;   // names of the kinds of records that storage.<kind>s may assign
  std::string default_plugin_path;  // absolute
  DescribePlugin describe;          // required
  AskPlugin ask;                    // may be empty
  ReadSecret read_secret;           // required
  LookAtPath state_folder;          // whether state_dir may be used; may be empty
  LookAtPath private_file;          // whether a file is its owner's alone; may be empty
  LookAtFolder mail_templates;      // whether the operator's mail texts can be used; may be empty
};

struct ConfigOutcome {
  ResolvedConfig resolved;  // of use only when there is no error among the problems
  std::vector<Problem> problems;
  bool ok() const noexcept { return !any_errors(problems); }
};

// Whether the environment alone says what a server runs on, so that none needs a file.
bool names_plugins(const std::map<std::string, std::string>& environment);

// Puts a configuration together: flag before environment before file before the variables of the systems Gatehouse
// replaces before default; checks it as a whole and every plugin's own table with it, and reports every problem in one
// go. A file that is not TOML is the only problem reported then, since everything after it would be guesswork.
ConfigOutcome load_config(const ConfigInputs& inputs);

}  // namespace gatehouse::app
