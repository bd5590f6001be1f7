// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::plugins {

// A symbol that others can bind to.
struct ExportedSymbol {
  std::string name;
  bool is_object = false;     // data, not a function
  bool is_unique = false;     // STB_GNU_UNIQUE: one for the whole process, whatever RTLD_LOCAL says
  std::uint64_t address = 0;  // as linked
  std::uint64_t size = 0;
};

// Of a shared library that elf_problem() finds nothing wrong with: what its dynamic symbol table defines, in the
// table's order, without the names of versions. Reads the bytes, runs nothing. A table that does not hold together is
// read as far as it does.
std::vector<ExportedSymbol> exported_symbols(std::string_view bytes);

// What the file holds for `size` bytes at an address, before any relocation; empty where it holds less, as for memory
// that only code fills.
std::string_view linked_bytes(std::string_view bytes, std::uint64_t address, std::uint64_t size);

}  // namespace gatehouse::plugins
