// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/chain_choice.h"
#include "app/config.h"

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::app {

// What a developer wants to see when `serve --dev` is up: the URLs, where keys and mail are kept, a first call to
// paste, what was skipped and what will be lost. `listen` and `management` with the ports that were picked.
std::string banner(const ResolvedConfig& resolved, const std::vector<ChainChoice>& choices, std::string_view listen,
                   std::string_view management);

// banner() to the standard output.
void print_banner(const ResolvedConfig& resolved, const std::vector<ChainChoice>& choices, std::string_view listen,
                  std::string_view management);

}  // namespace gatehouse::app
