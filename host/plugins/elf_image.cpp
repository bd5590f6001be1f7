// SPDX-License-Identifier: Apache-2.0
#include "plugins/elf_image.h"

#include <cstring>
#include <optional>

#include <elf.h>

namespace gatehouse::plugins {
namespace {

#if defined(__x86_64__)
constexpr unsigned our_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned our_machine = EM_AARCH64;
#elif defined(__riscv)
constexpr unsigned our_machine = EM_RISCV;
#elif defined(__powerpc64__)
constexpr unsigned our_machine = EM_PPC64;
#elif defined(__s390x__)
constexpr unsigned our_machine = EM_S390;
#else
#error "name this machine's ELF number here"
#endif
constexpr unsigned our_order = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;

std::string machine_name(unsigned machine) {
  switch (machine) {
    case EM_X86_64: return "x86-64";
    case EM_386: return "x86 (32 bits)";
    case EM_AARCH64: return "aarch64";
    case EM_ARM: return "arm (32 bits)";
    case EM_RISCV: return "riscv";
    case EM_PPC64: return "ppc64";
    case EM_S390: return "s390x";
    default: return "machine " + std::to_string(machine);
  }
}

// Copied out, because nothing in a file is aligned by promise.
template <class T>
std::optional<T> read_at(std::string_view bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

bool inside(std::string_view bytes, std::uint64_t offset, std::uint64_t size) {
  return offset <= bytes.size() && size <= bytes.size() - offset;
}

const char* const truncated = "is truncated: copy or build it again";

std::string dynamic_problem(std::string_view bytes, const Elf64_Phdr& segment) {
  for (std::uint64_t at = 0; at + sizeof(Elf64_Dyn) <= segment.p_filesz; at += sizeof(Elf64_Dyn)) {
    const auto entry = read_at<Elf64_Dyn>(bytes, segment.p_offset + at);
    if (!entry) return truncated;
    switch (entry->d_tag) {
      case DT_NULL: return {};
      case DT_RPATH:
      case DT_RUNPATH:
        return "brings its own library search path (DT_RPATH or DT_RUNPATH), from which anything could be loaded; link "
               "it "
               "without -rpath";
      case DT_TEXTREL: return "wants to rewrite its own code while loading (DT_TEXTREL); build it with -fPIC";
      default: break;
    }
  }
  return {};
}

std::string segments_problem(std::string_view bytes, const Elf64_Ehdr& header) {
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    const auto segment = read_at<Elf64_Phdr>(bytes, header.e_phoff + std::uint64_t{i} * sizeof(Elf64_Phdr));
    if (!segment) return truncated;
    if (segment->p_type == PT_LOAD || segment->p_type == PT_DYNAMIC) {
      if (!inside(bytes, segment->p_offset, segment->p_filesz)) return truncated;
    }
    if (segment->p_type == PT_INTERP) return "is a program, not a shared library";
    if (segment->p_type == PT_GNU_STACK && (segment->p_flags & PF_X) != 0) {
      return "asks for an executable stack; link it with -z noexecstack";
    }
    if (segment->p_type == PT_DYNAMIC) {
      if (auto problem = dynamic_problem(bytes, *segment); !problem.empty()) return problem;
    }
  }
  return {};
}

}  // namespace

std::string elf_problem(std::string_view bytes) {
  if (bytes.substr(0, SELFMAG) != std::string_view(ELFMAG, SELFMAG)) return "is not a shared library (no ELF header)";
  if (bytes.size() < EI_NIDENT) return truncated;
  if (bytes[EI_CLASS] != ELFCLASS64) return "is a 32-bit library; this server is 64-bit";
  if (bytes[EI_DATA] != our_order) return "is built for the other byte order";
  const auto header = read_at<Elf64_Ehdr>(bytes, 0);
  if (!header) return truncated;
  if (header->e_machine != our_machine) {
    return "is built for " + machine_name(header->e_machine) + ", this server runs on " + machine_name(our_machine) +
           "; get the plugin for this machine";
  }
  if (header->e_type != ET_DYN) return "is an ELF file, but not a shared library; link it with -shared";
  if (header->e_phnum == 0 || header->e_phentsize != sizeof(Elf64_Phdr)) return "has no loadable segments";
  if (header->e_shoff != 0 && !inside(bytes, header->e_shoff, std::uint64_t{header->e_shnum} * header->e_shentsize)) {
    return truncated;
  }
  return segments_problem(bytes, *header);
}

}  // namespace gatehouse::plugins
