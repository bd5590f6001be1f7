// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli.h"
#include "plugins/plugin_file.h"

#include <optional>
#include <string>
#include <vector>

namespace gatehouse::app {

// The plugin a command is about. Nothing of its file was run.
struct PluginSubject {
  const PluginBlock* block = nullptr;  // of the configuration; null: it has none of that name
  plugins::PluginFile::Facts facts;
  bool in_plugin_path = false;  // by its file's stem alone the server finds this file
};

// What `line` names: a block of `config`, a stem in plugin_path, or a path. `config`: as load_without_plugins() gave
// it, and outlives the result. Throws plugins::LoadError; where nothing is found the words say what there is, and what
// was probably meant.
PluginSubject find_subject(const CommandLine& line, const std::optional<Config>& config);

}  // namespace gatehouse::app
