// SPDX-License-Identifier: Apache-2.0
#include "plugins/plugin_file.h"

#include "plugins/elf_image.h"
#include "plugins/entry_check.h"
#include "plugins/last_words.h"
#include "plugins/link_words.h"
#include "plugins/manifest.h"
#include "plugins/trusted_file.h"

#include <gatehouse/plugin.h>

#include <boost/dll/shared_library.hpp>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <system_error>

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <unistd.h>

namespace gatehouse::plugins {
namespace {

std::filesystem::path locate(std::string_view library, const std::vector<std::filesystem::path>& plugin_path) {
  const std::filesystem::path named(library);
  if (named.is_absolute()) return named.lexically_normal();
  const std::string word(library);
  if (library.empty() || library.find('/') != std::string_view::npos) {
    throw LoadError("\"" + word +
                    "\": a library is a file name, which is looked up in plugin_path, or an absolute path");
  }
  const auto file_name = named.extension() == ".so" ? word : word + ".so";
  std::string folders;
  for (const auto& folder : plugin_path) {
    if (!folder.is_absolute()) throw LoadError("plugin_path: " + folder.string() + " is not an absolute path");
    const auto candidate = (folder / file_name).lexically_normal();
    std::error_code ignored;
    // What is there is taken, even when it is a symbolic link or unreadable: those are refused with words later, while
    // going on to the next folder would hide them.
    if (std::filesystem::symlink_status(candidate, ignored).type() != std::filesystem::file_type::not_found) {
      return candidate;
    }
    folders.append(folders.empty() ? "" : ", ").append(folder.string());
  }
  throw LoadError(file_name + ": not found in " + (folders.empty() ? "plugin_path, which is empty" : folders));
}

void check_hash(const std::string& file, const std::string& actual, std::string_view pinned) {
  if (pinned.empty()) return;
  std::string wanted(pinned);
  std::transform(wanted.begin(), wanted.end(), wanted.begin(), [](unsigned char c) { return std::tolower(c); });
  if (wanted == actual) return;
  throw LoadError(file + ": has the SHA-256 " + actual + ", the config says " + wanted +
                  "; if the file was updated on purpose, write the new one, else restore the file");
}

// The name under which the same bytes were loaded before. The dynamic linker's own list is the registry: a library is
// in it for good, and the file descriptors behind the names stay open.
struct Loaded {
  const std::string& content;
  std::string name;
};

int same_content(dl_phdr_info* info, std::size_t, void* context) {
  auto& search = *static_cast<Loaded*>(context);
  if (info->dlpi_name == nullptr) return 0;
  char target[256];
  const auto size = ::readlink(info->dlpi_name, target, sizeof(target));
  if (size <= 0) return 0;
  if (std::string_view(target, static_cast<std::size_t>(size)).find(search.content) == std::string_view::npos) return 0;
  search.name = info->dlpi_name;
  return 1;
}

std::string name_of_loaded(const std::string& memory_name) {
  Loaded search{memory_name, {}};
  ::dl_iterate_phdr(same_content, &search);
  return search.name;
}

// Boost.DLL would close the library when its object ends, and offers no way to keep it: the second dlopen marks it as
// never to be closed. Code that threads, destructors and callbacks may still run cannot be unmapped.
boost::dll::shared_library open_pinned(const std::string& name, const std::string& file) {
  namespace load_mode = boost::dll::load_mode;
  const LoadingMark mark(file.c_str());
  try {
    boost::dll::shared_library library(name, load_mode::rtld_now | load_mode::rtld_local);
    if (::dlopen(name.c_str(), RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE) == nullptr) {
      throw LoadError(file + ": could not be pinned in memory");
    }
    return library;
  } catch (const LoadError&) {
    throw;
  } catch (const std::exception& error) {
    throw LoadError(file + ": " + words_for_link_error(error.what(), name));
  }
}

struct EntrySymbol {
  const gh_plugin* entry = nullptr;
  std::size_t size = 0;
};

EntrySymbol find_entry(const boost::dll::shared_library& library, const std::string& file) {
  if (!library.has(GH_ENTRY_SYMBOL)) {
    throw LoadError(file + ": is a shared library but no Gatehouse plugin: it does not export " GH_ENTRY_SYMBOL
                           "; define it with GATEHOUSE_PLUGIN() and build with gatehouse_add_plugin()");
  }
  // As a byte: what carries the name may be a function, or not aligned for a gh_plugin.
  const auto* address = &library.get<const unsigned char>(GH_ENTRY_SYMBOL);
  Dl_info info{};
  const ElfW(Sym)* symbol = nullptr;
  if (::dladdr1(address, &info, reinterpret_cast<void**>(const_cast<ElfW(Sym)**>(&symbol)), RTLD_DL_SYMENT) == 0 ||
      symbol == nullptr || ELF64_ST_TYPE(symbol->st_info) != STT_OBJECT ||
      reinterpret_cast<std::uintptr_t>(address) % alignof(gh_plugin) != 0) {
    throw LoadError(file + ": exports " GH_ENTRY_SYMBOL ", but not as a data object of type gh_plugin");
  }
  return {reinterpret_cast<const gh_plugin*>(address), symbol->st_size};
}

// A file that passed every check that can be made without running it.
struct CheckedFile {
  TrustedFile trusted;
  std::filesystem::path path;
  Manifest manifest;

  CheckedFile(std::filesystem::path where, TrustedFile what)
      : trusted(std::move(what)), path(std::move(where)), manifest(library_bytes(), path.string()) {
    if (path.stem() == manifest.entry().id) return;
    throw LoadError(path.string() + ": holds the plugin " + manifest.entry().id + "; rename the file to " +
                    manifest.entry().id + ".so");
  }

 private:
  std::string_view library_bytes() const {
    if (const auto problem = elf_problem(trusted.bytes()); !problem.empty()) {
      throw LoadError(path.string() + ": " + problem);
    }
    return trusted.bytes();
  }
};

CheckedFile check_file(std::string_view library, const std::vector<std::filesystem::path>& plugin_path,
                       std::string_view sha256) {
  auto path = locate(library, plugin_path);
  auto trusted = TrustedFile::open(path);
  check_hash(path.string(), trusted.sha256(), sha256);
  return {std::move(path), std::move(trusted)};
}

}  // namespace

PluginFile::Facts PluginFile::read(std::string_view library, const std::vector<std::filesystem::path>& plugin_path,
                                   std::string_view sha256) {
  const auto checked = check_file(library, plugin_path, sha256);
  const auto& manifest = checked.manifest;
  return {describe(manifest.entry()), checked.path,      checked.trusted.sha256(),
          manifest.other_exports(),   manifest.needed(), manifest.store_flags()};
}

std::shared_ptr<const PluginFile> PluginFile::load(std::string_view library,
                                                   const std::vector<std::filesystem::path>& plugin_path,
                                                   std::string_view sha256) {
  auto checked = check_file(library, plugin_path, sha256);
  const auto file = checked.path.string();
  auto name = name_of_loaded(checked.trusted.memory_name());
  if (name.empty()) name = checked.trusted.keep_open();
  const auto code = open_pinned(name, file);
  const auto symbol = find_entry(code, file);
  // Once more: from here on it is this one that counts, and code of the plugin has run.
  check_entry(*symbol.entry, symbol.size, file);

  std::shared_ptr<PluginFile> loaded(new PluginFile());
  loaded->entry_ = symbol.entry;
  loaded->path_ = std::move(checked.path);
  loaded->sha256_ = checked.trusted.sha256();
  return loaded;
}

}  // namespace gatehouse::plugins
