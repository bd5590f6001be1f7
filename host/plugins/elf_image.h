// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::plugins {

// Looks at the bytes of a shared library before the dynamic linker does. Empty when they are a complete ELF shared
// library for this machine; else one sentence on what they are instead. The linker's own words for another machine are
// "No such file or directory", and a truncated file kills the process instead of failing.
std::string elf_problem(std::string_view bytes);

}  // namespace gatehouse::plugins
