// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli.h"
#include "app/config_load.h"

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::app {

// The file of a { file = ".." } reference: regular, at most 64 KiB, not empty; one line feed at its end does not count.
sdk::Expected<SecretText, std::string> read_secret_file(const std::string& path);

// The folder plugins are looked up in when no setting says otherwise: ../lib/gatehouse, seen from the program's folder.
std::string default_plugin_path();

// gatehouse-plugin-check, in this program's folder.
std::string plugin_check_program();

// How a configuration's plugins are looked at: loaded, which runs their constructors, and asked whether they take their
// settings; or only read, which runs nothing of them.
enum class PluginLook : std::uint8_t { Load, Read };

// A configuration from this process's point of view: its command line, its environment, the files it names, the plugins
// it can load.
ConfigOutcome load_from(const CommandLine& line, const std::vector<std::string>& kinds,
                        PluginLook look = PluginLook::Load);

// The file `line` means: the one it names, else /etc/gatehouse/gatehouse.toml when that is there and --dev was not
// given, else none.
std::string config_file(const CommandLine& line);

}  // namespace gatehouse::app
