// SPDX-License-Identifier: Apache-2.0
#include "plugins/link_words.h"

#include <cstdlib>
#include <memory>

#include <cxxabi.h>

namespace gatehouse::plugins {
namespace {

std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  const auto start = text.find(before);
  if (start == std::string_view::npos) return {};
  text.remove_prefix(start + before.size());
  return text.substr(0, text.find(after));
}

std::string demangled(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status),
                                                         &std::free);
  return status == 0 && name ? std::string(name.get()) : symbol;
}

// Boost.DLL puts its own words around what dlerror() said.
std::string_view linker_words(std::string_view complaint) {
  constexpr std::string_view marker = "dlerror system message: ";
  const auto start = complaint.find(marker);
  if (start == std::string_view::npos) return complaint;
  complaint.remove_prefix(start + marker.size());
  return complaint.substr(0, complaint.rfind(')'));
}

}  // namespace

std::string words_for_link_error(std::string_view complaint, std::string_view loaded_name) {
  auto words = linker_words(complaint);
  if (const auto symbol = between(words, "undefined symbol: ", ","); !symbol.empty()) {
    const std::string raw(symbol.substr(0, symbol.find_first_of(" (")));
    return "cannot be linked: it uses " + demangled(raw) + " (symbol " + raw +
           "), which none of the libraries it names provides; link it with -Wl,-z,defs to see what is missing";
  }
  if (const auto version = between(words, "version `", "'"); !version.empty()) {
    return "cannot be linked: it needs " + std::string(version) +
           ", which this system's libraries do not have; build the plugin on this system, or update the system";
  }
  constexpr std::string_view not_found = ": cannot open shared object file";
  if (const auto end = words.find(not_found); end != std::string_view::npos) {
    const auto library = words.substr(0, end);
    if (library != loaded_name) {
      return "cannot be linked: it needs the library " + std::string(library) + ", which is not installed" +
             "; install the package that has it, or build the plugin on a system like this one";
    }
  }
  std::string rest(words);
  if (const auto at = rest.find(loaded_name); at != std::string::npos) rest.replace(at, loaded_name.size(), "it");
  return "cannot be loaded: " + rest;
}

}  // namespace gatehouse::plugins
