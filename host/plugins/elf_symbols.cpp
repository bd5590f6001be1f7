// SPDX-License-Identifier: Apache-2.0
#include "plugins/elf_symbols.h"

#include <cstring>
#include <optional>

#include <elf.h>

namespace gatehouse::plugins {
namespace {

// Copied out, because nothing in a file is aligned by promise.
template <class T>
std::optional<T> read_at(std::string_view bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

std::optional<Elf64_Shdr> section(std::string_view bytes, const Elf64_Ehdr& header, std::uint64_t at) {
  if (at >= header.e_shnum) return std::nullopt;
  return read_at<Elf64_Shdr>(bytes, header.e_shoff + at * sizeof(Elf64_Shdr));
}

std::string text_at(std::string_view bytes, const Elf64_Shdr& texts, std::uint64_t at) {
  if (at >= texts.sh_size || texts.sh_offset > bytes.size() || bytes.size() - texts.sh_offset < texts.sh_size)
    return {};
  const auto rest = bytes.substr(texts.sh_offset + at, texts.sh_size - at);
  return std::string(rest.substr(0, rest.find('\0')));
}

void add_table(std::string_view bytes, const Elf64_Shdr& table, const Elf64_Shdr& texts,
               std::vector<ExportedSymbol>& found) {
  for (std::uint64_t at = 0; at + sizeof(Elf64_Sym) <= table.sh_size; at += sizeof(Elf64_Sym)) {
    const auto symbol = read_at<Elf64_Sym>(bytes, table.sh_offset + at);
    if (!symbol) return;
    const auto bind = ELF64_ST_BIND(symbol->st_info);
    const auto visibility = ELF64_ST_VISIBILITY(symbol->st_other);
    if (symbol->st_shndx == SHN_UNDEF || bind == STB_LOCAL) continue;
    if (visibility == STV_HIDDEN || visibility == STV_INTERNAL) continue;
    // The linker's marks for versions are absolute and have no size.
    if (symbol->st_shndx == SHN_ABS && symbol->st_size == 0) continue;
    found.push_back({text_at(bytes, texts, symbol->st_name), ELF64_ST_TYPE(symbol->st_info) == STT_OBJECT,
                     bind == STB_GNU_UNIQUE, symbol->st_value, symbol->st_size});
  }
}

}  // namespace

std::vector<ExportedSymbol> exported_symbols(std::string_view bytes) {
  std::vector<ExportedSymbol> found;
  const auto header = read_at<Elf64_Ehdr>(bytes, 0);
  if (!header) return found;
  for (unsigned i = 0; i < header->e_shnum; ++i) {
    const auto table = section(bytes, *header, i);
    if (!table || table->sh_type != SHT_DYNSYM) continue;
    if (const auto texts = section(bytes, *header, table->sh_link)) add_table(bytes, *table, *texts, found);
  }
  return found;
}

std::string_view linked_bytes(std::string_view bytes, std::uint64_t address, std::uint64_t size) {
  const auto header = read_at<Elf64_Ehdr>(bytes, 0);
  if (!header) return {};
  for (unsigned i = 0; i < header->e_phnum; ++i) {
    const auto segment = read_at<Elf64_Phdr>(bytes, header->e_phoff + std::uint64_t{i} * sizeof(Elf64_Phdr));
    if (!segment || segment->p_type != PT_LOAD || address < segment->p_vaddr) continue;
    const auto inside = address - segment->p_vaddr;
    if (inside > segment->p_filesz || segment->p_filesz - inside < size) continue;
    if (segment->p_offset > bytes.size() || bytes.size() - segment->p_offset < segment->p_filesz) return {};
    return bytes.substr(segment->p_offset + inside, size);
  }
  return {};
}

}  // namespace gatehouse::plugins
