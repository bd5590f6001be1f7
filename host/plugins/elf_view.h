// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse::plugins {

// A shared library as the dynamic linker would see it, read from its bytes: what is at an address, where a pointer will
// point. Nothing is mapped or run, and nothing in the bytes is believed: what is inconsistent reads as
// "not there", and what no plugin has so many of (segments, relocations) is read in part.
class ElfView {
 public:
  // `bytes` have passed elf_problem(); borrowed for as long as this lives.
  explicit ElfView(std::string_view bytes);

  // The bytes the file puts at an address; nothing: some of them are not in the file.
  std::optional<std::string_view> at(std::uint64_t address, std::uint64_t size) const noexcept;
  // Text from an address to its NUL or to where the file's bytes there end, at most `longest` bytes.
  std::optional<std::string_view> text_at(std::uint64_t address, std::size_t longest) const noexcept;
  // The libraries it names as needed (DT_NEEDED), in its order, 200 at most.
  std::vector<std::string> needed() const;
  // Where the pointer at an address will point once the library is loaded, as an address of this view; 0: it is null.
  // Nothing: it cannot be told without running the linker (or the library).
  std::optional<std::uint64_t> pointer_at(std::uint64_t address) const noexcept;

 private:
  struct Segment {
    std::uint64_t address = 0;
    std::string_view content;
  };
  struct Dynamic;

  template <class T>
  std::optional<T> read(std::uint64_t address) const noexcept;
  void read_relocations(const Dynamic& dynamic);
  void read_packed_relocations(const Dynamic& dynamic);

  std::vector<Segment> segments_;
  std::uint64_t texts_ = 0;            // DT_STRTAB
  std::vector<std::uint64_t> needed_;  // offsets in it
  // By the pointer's own address, which is in a segment; of a million at most; no value: something only the dynamic
  // linker knows.
  std::unordered_map<std::uint64_t, std::optional<std::uint64_t>> pointers_;
};

}  // namespace gatehouse::plugins
