// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/program.h"
#include "support/server_process.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::test {

// Where the build puts the plugins.
std::filesystem::path plugin_folder();

// Runs `gatehouse` with the arguments to its end.
ProgramResult gatehouse(const std::vector<std::string>& arguments);

// `gatehouse check-config --config <file>`.
ProgramResult check_config(const std::filesystem::path& file);

// `gatehouse serve --dev` with the config text; for starts that are expected to be refused. Code -1: it did start.
ProgramResult try_to_serve(const std::string& config);

// A configuration that names its three plugins itself. `store` is the library of the store and limiter; `store_lines`
// are further lines of its [[plugin]] block.
std::string config_with_plugins(const std::filesystem::path& state, const std::filesystem::path& store,
                                std::string_view store_lines = {});

}  // namespace gatehouse::test
