// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.h"

#include <string>
#include <string_view>

namespace gatehouse::app {

// What a developer wants to see when `serve --dev` is up: the URLs, where keys and mail are kept, a first call to
// paste, and what will be lost. `listen` and `management` with the ports that were picked.
std::string banner(const ResolvedConfig& resolved, std::string_view listen, std::string_view management);

// banner() to the standard output.
void print_banner(const ResolvedConfig& resolved, std::string_view listen, std::string_view management);

}  // namespace gatehouse::app
