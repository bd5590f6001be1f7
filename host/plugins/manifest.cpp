// SPDX-License-Identifier: Apache-2.0
#include "plugins/manifest.h"

#include "plugins/elf_symbols.h"
#include "plugins/elf_view.h"
#include "plugins/entry_check.h"
#include "plugins/load_error.h"

#include <gatehouse/store.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace gatehouse::plugins {
namespace {

constexpr std::size_t longest_text = 501;  // one more than check_entry() lets through
constexpr std::uint32_t most_rows = 200;   // as many as check_entry() lets through

// As long as they were in the first release: a plugin may be older than members that came later.
constexpr std::size_t shortest_entry = offsetof(gh_plugin, destroy) + sizeof(gh_plugin::destroy);
constexpr std::size_t shortest_setting = offsetof(gh_setting, flags) + sizeof(gh_setting::flags);
constexpr std::size_t shortest_interface = offsetof(gh_interface, table) + sizeof(gh_interface::table);

// Stands for whatever a pointer points at that is not read from the file.
const std::uint64_t something = 0;

}  // namespace

// Reads one manifest.
class Manifest::Reader {
 public:
  Reader(Manifest& manifest, const ElfView& elf, const std::string& file)
      : manifest_(manifest), elf_(elf), file_(file) {}

  // `symbol`: what the library exports as its entry.
  void read(const ExportedSymbol& symbol) {
    const auto size = std::min<std::uint64_t>(symbol.size, sizeof(gh_plugin));
    const auto content = elf_.at(symbol.address, size);
    if (!content) unreadable();
    auto& entry = manifest_.entry_;
    std::memcpy(&entry, content->data(), content->size());
    if (content->size() >= shortest_entry) resolve(symbol.address);
    check_entry(entry, symbol.size, file_);
  }

 private:
  [[noreturn]] void unreadable() const {
    throw LoadError(file_ +
                    ": its " GH_ENTRY_SYMBOL
                    " cannot be read from the file: it, or what it points at, is put together by code while the "
                    "library is loaded, or lies outside of it; make all of it constants, as GATEHOUSE_PLUGIN() "
                    "does");
  }

  std::uint64_t target(std::uint64_t address) const {
    const auto pointer = elf_.pointer_at(address);
    if (!pointer) unreadable();
    return *pointer;
  }

  const char* text(std::uint64_t address) {
    const auto pointer = target(address);
    if (pointer == 0) return nullptr;
    const auto content = elf_.text_at(pointer, longest_text);
    if (!content) unreadable();
    return manifest_.texts_.emplace_back(*content).c_str();
  }

  // The rows as the file has them, each put right by patch(row, its address in the library). Null where there is
  // nothing to read. A table whose measures check_entry() refuses before it looks at a row is not read at all.
  template <class Row, class Patch>
  const Row* table(std::uint64_t address, std::uint32_t count, std::uint32_t stride, std::size_t shortest,
                   Patch&& patch) {
    const auto pointer = target(address);
    if (pointer == 0 || count == 0) return nullptr;
    auto& words = manifest_.tables_.emplace_back(1);
    if (count <= most_rows && stride >= shortest && stride % sizeof(void*) == 0) {
      const auto content = elf_.at(pointer, std::uint64_t{count} * stride);
      if (!content) unreadable();
      words.resize(content->size() / sizeof(std::uint64_t));
      std::memcpy(words.data(), content->data(), content->size());
      for (std::uint64_t offset = 0; offset < content->size(); offset += stride) {
        patch(*reinterpret_cast<Row*>(reinterpret_cast<std::byte*>(words.data()) + offset), pointer + offset);
      }
    }
    return reinterpret_cast<const Row*>(words.data());
  }

  template <class Function>
  Function function(std::uint64_t address, Function stand_in) const {
    return target(address) == 0 ? nullptr : stand_in;
  }

  void read_flags(std::uint64_t table) {
    std::uint32_t flags = 0;
    const auto content = elf_.at(table + offsetof(gh_store_v1, flags), sizeof(flags));
    if (table == 0 || !content) return;
    std::memcpy(&flags, content->data(), content->size());
    manifest_.store_flags_ = flags;
  }

  // Puts the pointers of the entry right. Of an entry that does not fit nothing but the version fields has a meaning:
  // check_entry() looks at no more of it either.
  void resolve(std::uint64_t at) {
    auto& entry = manifest_.entry_;
    if (entry.magic != GH_MAGIC || entry.abi_major != GH_ABI_MAJOR || entry.needs_host_minor > GH_ABI_MINOR ||
        entry.struct_size < shortest_entry) {
      return;
    }
    entry.id = text(at + offsetof(gh_plugin, id));
    entry.version = text(at + offsetof(gh_plugin, version));
    entry.license = text(at + offsetof(gh_plugin, license));
    entry.summary = text(at + offsetof(gh_plugin, summary));
    entry.settings = table<gh_setting>(at + offsetof(gh_plugin, settings), entry.setting_count, entry.setting_stride,
                                       shortest_setting, [&](gh_setting& row, std::uint64_t address) {
                                         row.key = text(address + offsetof(gh_setting, key));
                                         row.default_value = text(address + offsetof(gh_setting, default_value));
                                         row.allowed = text(address + offsetof(gh_setting, allowed));
                                         row.summary = text(address + offsetof(gh_setting, summary));
                                       });
    entry.interfaces =
        table<gh_interface>(at + offsetof(gh_plugin, interfaces), entry.interface_count, entry.interface_stride,
                            shortest_interface, [&](gh_interface& row, std::uint64_t address) {
                              row.id = text(address + offsetof(gh_interface, id));
                              const auto where = target(address + offsetof(gh_interface, table));
                              row.table = where == 0 ? nullptr : &something;
                              if (row.id != nullptr && row.id == std::string_view(GH_STORE_V1)) read_flags(where);
                            });
    entry.create = function<decltype(entry.create)>(
        at + offsetof(gh_plugin, create),
        [](const gh_create_args*, const gh_call*, gh_instance**) -> gh_status { return GH_UNSUPPORTED; });
    const auto phase = [](gh_instance*, const gh_call*) -> gh_status { return GH_UNSUPPORTED; };
    entry.start = function<decltype(entry.start)>(at + offsetof(gh_plugin, start), phase);
    entry.drain = function<decltype(entry.drain)>(at + offsetof(gh_plugin, drain), phase);
    entry.destroy = function<decltype(entry.destroy)>(at + offsetof(gh_plugin, destroy), [](gh_instance*) {});
  }

  Manifest& manifest_;
  const ElfView& elf_;
  const std::string& file_;
};

Manifest::Manifest(std::string_view bytes, const std::string& file) {
  const ElfView elf(bytes);
  const ExportedSymbol* entry = nullptr;
  const auto exported = exported_symbols(bytes);
  for (const auto& symbol : exported) {
    if (symbol.name == GH_ENTRY_SYMBOL) {
      entry = &symbol;
    } else {
      other_exports_.push_back(symbol.name);
    }
  }
  if (entry == nullptr) {
    throw LoadError(file + ": is a shared library but no Gatehouse plugin: it does not export " GH_ENTRY_SYMBOL
                           "; define it with GATEHOUSE_PLUGIN() and build with gatehouse_add_plugin()");
  }
  if (!entry->is_object || entry->address % alignof(gh_plugin) != 0) {
    throw LoadError(file + ": exports " GH_ENTRY_SYMBOL ", but not as a data object of type gh_plugin");
  }
  Reader(*this, elf, file).read(*entry);
  needed_ = elf.needed();
}

}  // namespace gatehouse::plugins
