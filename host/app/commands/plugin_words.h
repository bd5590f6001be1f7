// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::app {

// What the commands about plugins share.

// "a, b".
std::string join(const std::vector<std::string>& words);

// "name":"value" and "name":["value",..].
void append_member(std::string& out, std::string_view name, std::string_view value);
void append_list(std::string& out, std::string_view name, const std::vector<std::string>& values);

// "1.2.3", "1.2.3-rc.1", "1.2.3+build".
bool is_semantic_version(std::string_view version);

// The library a command's argument means: a relative path is the operator's own, from where the command was given; a
// bare word is looked up in plugin_path.
std::string library_of(const std::string& subject);

}  // namespace gatehouse::app
