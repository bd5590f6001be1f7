// SPDX-License-Identifier: Apache-2.0
// Files that were made to cost the server memory or time before anything of them runs.
#include "plugins/elf_view.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <elf.h>
#include <malloc.h>

namespace gatehouse::plugins {
namespace {

constexpr std::uint64_t dynamic_tag_relr = 36;  // DT_RELR
constexpr std::uint64_t dynamic_tag_relrsz = 35;

template <class T>
void append(std::string& bytes, const T& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// A file that is nothing but one segment at address 0, with a table of packed relocations and one word behind it.
struct Packed {
  std::string bytes;
  std::uint64_t word = 0;  // its address; it holds 77
};

Packed packed(const std::vector<std::uint64_t>& table) {
  constexpr std::uint64_t headers = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr);
  constexpr std::uint64_t at = headers + 3 * sizeof(Elf64_Dyn);
  const std::uint64_t size = table.size() * sizeof(std::uint64_t);
  Packed made{{}, at + size};
  Elf64_Ehdr header{};
  header.e_phoff = sizeof(header);
  header.e_phnum = 2;
  append(made.bytes, header);
  Elf64_Phdr whole{};
  whole.p_type = PT_LOAD;
  whole.p_filesz = made.word + sizeof(std::uint64_t);
  append(made.bytes, whole);
  Elf64_Phdr dynamic{};
  dynamic.p_type = PT_DYNAMIC;
  dynamic.p_offset = headers;
  dynamic.p_filesz = at - headers;
  append(made.bytes, dynamic);
  for (const auto& [tag, value] : {std::pair{dynamic_tag_relr, at}, {dynamic_tag_relrsz, size}, {0, 0}}) {
    Elf64_Dyn entry{};
    entry.d_tag = static_cast<std::int64_t>(tag);
    entry.d_un.d_val = value;
    append(made.bytes, entry);
  }
  for (const auto word : table) append(made.bytes, word);
  append(made.bytes, std::uint64_t{77});
  return made;
}

std::size_t in_use() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

constexpr std::uint64_t all_63 = ~std::uint64_t{0};

TEST(ElfView, ReadsAPointerFromAPackedTable) {
  const auto where = packed({0}).word;
  const auto file = packed({where});
  EXPECT_EQ(ElfView(file.bytes).pointer_at(where), std::uint64_t{77});
}

// Each of these words stands for 63 pointers, which are nowhere in the file.
TEST(ElfView, KeepsNothingOfPointersThatAreNotInTheFile) {
  std::vector<std::uint64_t> table(32 * 1024, all_63);
  table.front() = std::uint64_t{1} << 40;
  const auto file = packed(table);
  const auto before = in_use();
  const ElfView view(file.bytes);
  EXPECT_LT(in_use() - before, file.bytes.size());
  EXPECT_EQ(view.pointer_at(table.front()), std::nullopt);
}

// The same pointers again and again, 64 a pair of words: the whole table would be twenty-six million.
TEST(ElfView, FollowsATableNoFurtherThanAnyPluginsGoes) {
  std::vector<std::uint64_t> table(800 * 1024, all_63);
  for (std::size_t i = 0; i < table.size(); i += 2) table[i] = 0;
  table.back() = packed(table).word & ~std::uint64_t{1};
  const auto file = packed(table);
  EXPECT_EQ(ElfView(file.bytes).pointer_at(file.word), std::nullopt) << "it was read to its end";
}

}  // namespace
}  // namespace gatehouse::plugins
