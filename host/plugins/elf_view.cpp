// SPDX-License-Identifier: Apache-2.0
#include "plugins/elf_view.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <elf.h>

#ifndef DT_RELR
#define DT_RELRSZ 35
#define DT_RELR 36
#endif

namespace gatehouse::plugins {
namespace {

// "The library's base plus the addend", and "the symbol's address plus the addend".
#if defined(__x86_64__)
constexpr std::uint32_t relative = R_X86_64_RELATIVE;
constexpr std::uint32_t absolute = R_X86_64_64;
#elif defined(__aarch64__)
constexpr std::uint32_t relative = R_AARCH64_RELATIVE;
constexpr std::uint32_t absolute = R_AARCH64_ABS64;
#elif defined(__riscv)
constexpr std::uint32_t relative = R_RISCV_RELATIVE;
constexpr std::uint32_t absolute = R_RISCV_64;
#elif defined(__powerpc64__)
constexpr std::uint32_t relative = R_PPC64_RELATIVE;
constexpr std::uint32_t absolute = R_PPC64_ADDR64;
#elif defined(__s390x__)
constexpr std::uint32_t relative = R_390_RELATIVE;
constexpr std::uint32_t absolute = R_390_64;
#else
#error "name this machine's relocations here"
#endif

constexpr std::size_t longest_name = 255;  // of a library
constexpr unsigned most_headers = 100;     // of segments; the libraries of a compiler have a dozen
constexpr std::size_t most_pointers = 1'000'000;
constexpr std::size_t most_needed = 200;  // a file of millions is no plugin's, and its names would fill the memory

template <class T>
std::optional<T> copy_of(std::string_view bytes, std::uint64_t offset) noexcept {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

}  // namespace

struct ElfView::Dynamic {
  std::uint64_t symbols = 0;
  std::uint64_t texts = 0;
  std::vector<std::uint64_t> needed;
  std::uint64_t relocations = 0;
  std::uint64_t relocations_size = 0;
  std::uint64_t packed = 0;
  std::uint64_t packed_size = 0;

  void take(const Elf64_Dyn& entry) {
    switch (entry.d_tag) {
      case DT_STRTAB: texts = entry.d_un.d_ptr; break;
      case DT_NEEDED:
        if (needed.size() < most_needed) needed.push_back(entry.d_un.d_val);
        break;
      case DT_SYMTAB: symbols = entry.d_un.d_ptr; break;
      case DT_RELA: relocations = entry.d_un.d_ptr; break;
      case DT_RELASZ: relocations_size = entry.d_un.d_val; break;
      case DT_RELR: packed = entry.d_un.d_ptr; break;
      case DT_RELRSZ: packed_size = entry.d_un.d_val; break;
      default: break;
    }
  }
};

ElfView::ElfView(std::string_view bytes) {
  const auto header = copy_of<Elf64_Ehdr>(bytes, 0);
  if (!header) return;
  Dynamic dynamic;
  for (unsigned i = 0; i < std::min<unsigned>(header->e_phnum, most_headers); ++i) {
    const auto segment = copy_of<Elf64_Phdr>(bytes, header->e_phoff + std::uint64_t{i} * sizeof(Elf64_Phdr));
    if (!segment || segment->p_offset > bytes.size()) continue;
    const auto content = bytes.substr(segment->p_offset, segment->p_filesz);
    if (segment->p_type == PT_LOAD) segments_.push_back({segment->p_vaddr, content});
    if (segment->p_type != PT_DYNAMIC) continue;
    for (std::uint64_t at = 0; const auto entry = copy_of<Elf64_Dyn>(content, at); at += sizeof(Elf64_Dyn)) {
      if (entry->d_tag == DT_NULL) break;
      dynamic.take(*entry);
    }
  }
  texts_ = dynamic.texts;
  needed_ = std::move(dynamic.needed);
  read_relocations(dynamic);
  read_packed_relocations(dynamic);
}

std::vector<std::string> ElfView::needed() const {
  std::vector<std::string> names;
  for (const auto offset : needed_) {
    if (const auto name = text_at(texts_ + offset, longest_name)) names.emplace_back(*name);
  }
  return names;
}

std::optional<std::string_view> ElfView::at(std::uint64_t address, std::uint64_t size) const noexcept {
  for (const auto& segment : segments_) {
    if (address < segment.address) continue;
    const auto offset = address - segment.address;
    if (offset > segment.content.size() || size > segment.content.size() - offset) continue;
    return segment.content.substr(offset, size);
  }
  return std::nullopt;
}

std::optional<std::string_view> ElfView::text_at(std::uint64_t address, std::size_t longest) const noexcept {
  for (const auto& segment : segments_) {
    if (address < segment.address || address - segment.address >= segment.content.size()) continue;
    const auto rest = segment.content.substr(address - segment.address, longest);
    return rest.substr(0, rest.find('\0'));
  }
  return std::nullopt;
}

template <class T>
std::optional<T> ElfView::read(std::uint64_t address) const noexcept {
  const auto content = at(address, sizeof(T));
  return content ? copy_of<T>(*content, 0) : std::nullopt;
}

std::optional<std::uint64_t> ElfView::pointer_at(std::uint64_t address) const noexcept {
  if (const auto found = pointers_.find(address); found != pointers_.end()) return found->second;
  const auto plain = read<std::uint64_t>(address);
  // Without a relocation only null means the same wherever the library is loaded.
  return plain == std::uint64_t{0} ? plain : std::nullopt;
}

void ElfView::read_relocations(const Dynamic& dynamic) {
  const auto table = at(dynamic.relocations, dynamic.relocations_size);
  if (!table) return;
  for (std::uint64_t offset = 0; const auto entry = copy_of<Elf64_Rela>(*table, offset); offset += sizeof(Elf64_Rela)) {
    if (!at(entry->r_offset, sizeof(std::uint64_t))) continue;
    if (pointers_.size() == most_pointers) return;
    const auto addend = static_cast<std::uint64_t>(entry->r_addend);
    std::optional<std::uint64_t> value;
    const auto type = ELF64_R_TYPE(entry->r_info);
    if (type == relative) {
      value = addend;
    } else if (type == absolute) {
      const auto symbol = read<Elf64_Sym>(dynamic.symbols + ELF64_R_SYM(entry->r_info) * sizeof(Elf64_Sym));
      if (symbol && symbol->st_shndx != SHN_UNDEF && symbol->st_shndx != SHN_ABS) value = symbol->st_value + addend;
    }
    pointers_[entry->r_offset] = value;
  }
}

// DT_RELR: an even word is the address of a pointer, an odd one a bitmap of the 63 words after the last such address.
// The addends stand in place. A word of the table stands for up to 63 pointers: it ends with the first that is not in
// the file, and no table is followed further than any plugin's goes.
void ElfView::read_packed_relocations(const Dynamic& dynamic) {
  const auto table = at(dynamic.packed, dynamic.packed_size);
  if (dynamic.packed == 0 || !table) return;
  constexpr std::uint64_t word = sizeof(std::uint64_t);
  std::uint64_t next = 0;
  std::size_t met = 0;
  const auto note = [&](std::uint64_t address) {
    const auto value = read<std::uint64_t>(address);
    if (!value || ++met > most_pointers) return false;
    pointers_[address] = value;
    return true;
  };
  for (std::uint64_t offset = 0; auto entry = copy_of<std::uint64_t>(*table, offset); offset += word) {
    if ((*entry & 1) == 0) {
      if (!note(*entry)) return;
      next = *entry + word;
      continue;
    }
    for (unsigned bit = 1; bit < 64; ++bit) {
      const auto address = next + (bit - 1) * word;
      if ((*entry >> bit & 1) != 0 && !note(address)) return;
    }
    next += 63 * word;
  }
}

}  // namespace gatehouse::plugins
