// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

struct gh_plugin;

namespace gatehouse::plugins {

// Reads what a library exports as its entry symbol the way the ABI asks for: the version fields first and, when they do
// not fit, nothing else; then every table, so that later code need not look twice. `symbol_size` is what the library's
// symbol table says the object occupies; `file` starts every message. Throws LoadError.
void check_entry(const gh_plugin& entry, std::size_t symbol_size, const std::string& file);

}  // namespace gatehouse::plugins
