// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/plugin.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::plugins {

class ElfView;

// A plugin's entry (its gh_plugin with texts, settings and ids), read from the bytes of its file: no code of the
// library runs, constructors included, and no pointer of it is followed outside the file.
class Manifest {
 public:
  // `bytes` have passed elf_problem(); they are not needed afterwards. `file` starts every message. Throws LoadError:
  // there is no entry symbol, it does not fit this host, its tables are malformed, or it cannot be read without running
  // the library.
  Manifest(std::string_view bytes, const std::string& file);
  Manifest(const Manifest&) = delete;
  Manifest& operator=(const Manifest&) = delete;

  // As a loaded plugin's, with copies of all tables and texts, valid as long as this; but not to be called: of
  // functions and of interface tables it only says that they are there.
  const gh_plugin& entry() const noexcept { return entry_; }

  // What else other libraries could bind to; a plugin should export nothing but its entry.
  const std::vector<std::string>& other_exports() const noexcept { return other_exports_; }

  // The libraries it needs, in its order.
  const std::vector<std::string>& needed() const noexcept { return needed_; }

  // What a store claims to keep beyond the contract (GH_STORE_*); nothing: it is no store, or says so by code only.
  std::optional<std::uint32_t> store_flags() const noexcept { return store_flags_; }

 private:
  class Reader;

  gh_plugin entry_{};
  std::deque<std::string> texts_;                  // a deque: they never move
  std::deque<std::vector<std::uint64_t>> tables_;  // words, for the alignment
  std::vector<std::string> other_exports_;
  std::vector<std::string> needed_;
  std::optional<std::uint32_t> store_flags_;
};

}  // namespace gatehouse::plugins
