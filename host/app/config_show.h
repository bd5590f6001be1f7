// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.h"

#include <string>

namespace gatehouse::app {

// Every setting with its value and its origin, as TOML with comments. Secrets are named, never shown.
std::string show_config(const ResolvedConfig& resolved);
// {"settings":[{"path","value","origin"}],"plugins":[{"name","library","id","origin","settings":[{"key","value","origin"}]}]};
// a value that is not set is null, a secret has "secret":true and no value.
std::string show_config_json(const ResolvedConfig& resolved);

// config/gatehouse.toml: every setting with its default, what it takes and one sentence, commented out.
std::string reference_config();

}  // namespace gatehouse::app
