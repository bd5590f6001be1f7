// SPDX-License-Identifier: Apache-2.0
#include "plugins/plugin_file.h"

#include "plugins/elf_image.h"
#include "plugins/instance.h"
#include "providers/limiter.h"
#include "support/plugin_fakes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gatehouse::plugins {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, const std::string& bytes) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << bytes;
}

// Where the last byte that is mapped ends; what follows is debug information and the section table.
std::size_t end_of_segments(const std::string& bytes) {
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  std::size_t end = 0;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, bytes.data() + header.e_phoff + i * sizeof(segment), sizeof(segment));
    if (segment.p_type == PT_LOAD) end = std::max<std::size_t>(end, segment.p_offset + segment.p_filesz);
  }
  return end;
}

// A plugin folder as a careful operator has it, for one test.
class PluginFileTest : public testing::Test {
 protected:
  PluginFileTest() {
    char name[] = "/tmp/gatehouse-plugins-XXXXXX";
    if (::mkdtemp(name) == nullptr) std::abort();
    root = name;
    folder = root / "plugins";
    fs::create_directory(folder);
    ::chmod(folder.c_str(), 0755);
  }
  ~PluginFileTest() override { fs::remove_all(root); }

  // A built plugin under another name in the folder.
  fs::path put(const std::string& built, const std::string& as) {
    const auto target = folder / as;
    const auto* folder_of_built = built.rfind("bad-", 0) == 0 ? BAD_PLUGINS : TEST_PLUGINS;
    fs::copy_file(fs::path(folder_of_built) / built, target);
    ::chmod(target.c_str(), 0644);
    return target;
  }
  fs::path put(const std::string& built) { return put(built, built); }
  fs::path good() { return put("good-limiter.so"); }
  fs::path put_bytes(const std::string& bytes) {
    const auto target = folder / "good-limiter.so";
    write(target, bytes);
    ::chmod(target.c_str(), 0644);
    return target;
  }

  std::string refusal(const std::string& library, std::string_view sha256 = {}) {
    try {
      PluginFile::load(library, {folder}, sha256);
      return "loaded";
    } catch (const LoadError& error) {
      return error.what();
    }
  }

  fs::path root;
  fs::path folder;
};

TEST_F(PluginFileTest, LoadsByStemByNameAndByAbsolutePath) {
  const auto path = good();
  const auto by_stem = PluginFile::load("good-limiter", {folder}, {});
  EXPECT_STREQ(by_stem->entry().id, "good-limiter");
  EXPECT_EQ(by_stem->path(), path);
  EXPECT_EQ(by_stem->sha256().size(), 64u);
  EXPECT_EQ(PluginFile::load("good-limiter.so", {folder}, {})->path(), path);
  EXPECT_EQ(PluginFile::load(path.string(), {}, {})->path(), path);
}

TEST_F(PluginFileTest, TheSameBytesAreLoadedOnce) {
  good();
  const auto first = PluginFile::load("good-limiter", {folder}, {});
  const auto second = PluginFile::load("good-limiter", {folder}, {});
  EXPECT_EQ(&first->entry(), &second->entry());
}

TEST_F(PluginFileTest, ACopyElsewhereIsTheSameCode) {
  good();
  const auto other = root / "other";
  fs::create_directory(other);
  ::chmod(other.c_str(), 0755);
  fs::copy_file(folder / "good-limiter.so", other / "good-limiter.so");
  const auto first = PluginFile::load("good-limiter", {folder}, {});
  const auto second = PluginFile::load("good-limiter", {other}, {});
  EXPECT_EQ(&first->entry(), &second->entry());
  EXPECT_EQ(second->path(), other / "good-limiter.so");
}

TEST_F(PluginFileTest, TheFirstFolderThatHasItWins) {
  const auto first = root / "first";
  fs::create_directory(first);
  ::chmod(first.c_str(), 0755);
  good();
  EXPECT_EQ(PluginFile::load("good-limiter", {first, folder}, {})->path(), folder / "good-limiter.so");
  write(first / "good-limiter.so", "not a library");
  ::chmod((first / "good-limiter.so").c_str(), 0644);
  EXPECT_THROW(PluginFile::load("good-limiter", {first, folder}, {}), LoadError)
      << "a broken first must not be hidden by a good second";
}

TEST_F(PluginFileTest, NeverLooksInTheWorkingDirectory) {
  good();
  const auto before = fs::current_path();
  fs::current_path(folder);
  try {
    PluginFile::load("good-limiter", {root}, {});
    ADD_FAILURE() << "found in the working directory";
  } catch (const LoadError& error) {
    EXPECT_EQ(error.what(), "good-limiter.so: not found in " + root.string());
  }
  EXPECT_THAT(refusal("./good-limiter.so"), HasSubstr("a library is a file name"));
  EXPECT_THAT(refusal("plugins/good-limiter"), HasSubstr("a library is a file name"));
  EXPECT_THAT(refusal(""), HasSubstr("a library is a file name"));
  EXPECT_THROW(PluginFile::load("good-limiter", {"plugins"}, {}), LoadError);
  fs::current_path(before);
}

TEST_F(PluginFileTest, APinnedHashMustMatch) {
  good();
  const auto hash = PluginFile::load("good-limiter", {folder}, {})->sha256();
  auto upper = hash;
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  EXPECT_EQ(refusal("good-limiter", hash), "loaded");
  EXPECT_EQ(refusal("good-limiter", upper), "loaded");
  auto wrong = hash;
  wrong[10] = wrong[10] == '0' ? '1' : '0';
  const auto words = refusal("good-limiter", wrong);
  EXPECT_THAT(words, HasSubstr(hash));
  EXPECT_THAT(words, HasSubstr(wrong));
}

TEST_F(PluginFileTest, TheFileIsNamedAfterThePlugin) {
  put("good-limiter.so", "renamed.so");
  EXPECT_THAT(refusal("renamed"), HasSubstr("holds the plugin good-limiter; rename the file to good-limiter.so"));
}

TEST_F(PluginFileTest, AFileThatOthersMayWriteIsRefused) {
  const auto path = good();
  for (const mode_t mode : {0666u, 0664u, 0646u, 0777u}) {
    ::chmod(path.c_str(), mode);
    EXPECT_THAT(refusal("good-limiter"), HasSubstr("chmod go-w " + path.string())) << std::oct << mode;
  }
}

TEST_F(PluginFileTest, AFolderThatOthersMayWriteIsRefused) {
  good();
  for (const mode_t mode : {0777u, 0775u, 01777u}) {
    ::chmod(folder.c_str(), mode);
    EXPECT_THAT(refusal("good-limiter"), HasSubstr("chmod go-w " + folder.string())) << std::oct << mode;
  }
}

TEST_F(PluginFileTest, AFolderBelowOneThatEverybodyMayWriteIsRefused) {
  good();
  ::chmod(root.c_str(), 0777);
  EXPECT_THAT(refusal("good-limiter"), HasSubstr("chmod o-w " + root.string()));
}

TEST_F(PluginFileTest, AFileOrFolderOfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const auto path = good();
  ASSERT_EQ(::chown(path.c_str(), 12345, 0), 0);
  EXPECT_THAT(refusal("good-limiter"), HasSubstr("belongs to user id 12345"));
  ASSERT_EQ(::chown(path.c_str(), 0, 0), 0);
  ASSERT_EQ(::chown(folder.c_str(), 12345, 0), 0);
  EXPECT_THAT(refusal("good-limiter"), HasSubstr("belongs to user id 12345"));
}

TEST_F(PluginFileTest, ASymbolicLinkIsRefused) {
  const auto real = put("good-limiter.so", "real.so");
  fs::create_symlink(real, folder / "good-limiter.so");
  EXPECT_THAT(refusal("good-limiter"), HasSubstr("is a symbolic link"));
  fs::remove(folder / "good-limiter.so");
  fs::create_symlink("/nonexistent", folder / "good-limiter.so");
  EXPECT_THAT(refusal("good-limiter"), HasSubstr("is a symbolic link")) << "a dangling one too";
}

TEST_F(PluginFileTest, AFolderThroughASymbolicLinkIsRefusedWithTheRealOne) {
  good();
  const auto link = root / "link";
  fs::create_directory_symlink(folder, link);
  EXPECT_THAT(refusal((link / "good-limiter.so").string()),
              testing::AllOf(HasSubstr("is a symbolic link"), HasSubstr(folder.string())));
}

TEST_F(PluginFileTest, OnlyRegularFilesAreOpened) {
  ASSERT_EQ(::mkfifo((folder / "pipe.so").c_str(), 0644), 0);
  EXPECT_THAT(refusal("pipe"), HasSubstr("is not a regular file"));
  fs::create_directory(folder / "folder.so");
  EXPECT_THAT(refusal("folder"), HasSubstr("is not a regular file"));
  EXPECT_THAT(refusal((folder / "missing.so").string()), HasSubstr("cannot be opened: No such file"));
}

TEST_F(PluginFileTest, AFileOfAbsurdSizeIsNotRead) {
  const auto path = good();
  fs::resize_file(path, std::uintmax_t{10} << 30);  // sparse
  EXPECT_THAT(refusal("good-limiter"), HasSubstr("larger than 64 MiB"));
}

TEST_F(PluginFileTest, WhatIsNoLibraryForThisMachineIsRefusedInWords) {
  const auto bytes = read(fs::path(TEST_PLUGINS) / "good-limiter.so");
  const auto patched = [&](std::size_t offset, std::string_view with) {
    auto copy = bytes;
    return copy.replace(offset, with.size(), with);
  };
  const auto without_sections = patched(offsetof(Elf64_Ehdr, e_shoff), std::string_view("\0\0\0\0\0\0\0\0", 8));
  const std::pair<std::string, std::string> table[] = {
      {"", "is empty"},
      {without_sections.substr(0, end_of_segments(bytes) - 1), "is truncated"},
      {"#!/bin/sh\n", "no ELF header"},
      {patched(EI_CLASS, "\x01"), "32-bit"},
      {patched(EI_DATA, "\x02"), "byte order"},
      {patched(offsetof(Elf64_Ehdr, e_machine), std::string_view("\xF3\x00", 2)),
       "is built for riscv, this server runs on"},
      {patched(offsetof(Elf64_Ehdr, e_type), std::string_view("\x02\x00", 2)), "not a shared library"},
      {patched(offsetof(Elf64_Ehdr, e_phnum), std::string_view("\x00\x00", 2)), "no loadable segments"},
      {bytes.substr(0, 20), "is truncated"},
      {bytes.substr(0, 100), "is truncated"},
      {bytes.substr(0, bytes.size() / 2), "is truncated"},
      {bytes.substr(0, bytes.size() - 1), "is truncated"},
  };
  for (const auto& [content, words] : table) {
    put_bytes(content);
    EXPECT_THAT(refusal("good-limiter"), HasSubstr(words));
  }
}

TEST_F(PluginFileTest, AProgramIsRefused) {
  fs::copy_file("/proc/self/exe", folder / "good-limiter.so");
  ::chmod((folder / "good-limiter.so").c_str(), 0644);
  EXPECT_THAT(refusal("good-limiter"), HasSubstr("is a program"));
}

TEST_F(PluginFileTest, ALibraryThatBringsItsOwnSearchPathIsRefused) {
  put("bad-rpath.so");
  EXPECT_THAT(refusal("bad-rpath"), HasSubstr("its own library search path"));
}

TEST_F(PluginFileTest, ALibraryThatWantsAnExecutableStackIsRefused) {
  put("bad-stack.so");
  EXPECT_THAT(refusal("bad-stack"), HasSubstr("executable stack"));
}

TEST(ElfImage, NoMutationIsReadBeyondItsEnd) {
  auto bytes = read(fs::path(TEST_PLUGINS) / "good-limiter.so");
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    auto mutant = bytes.substr(0, round % 3 == 0 ? random() % bytes.size() : bytes.size());
    for (int i = 0; i < 4 && !mutant.empty(); ++i) {
      mutant[random() % std::min<std::size_t>(mutant.size(), 1024)] = static_cast<char>(random());
    }
    // Exactly sized, so that the sanitizer sees one byte too far.
    const std::vector<char> exact(mutant.begin(), mutant.end());
    (void)elf_problem({exact.data(), exact.size()});
  }
}

TEST_F(PluginFileTest, APluginFromTheFutureIsRefusedBeforeItRuns) {
  put("bad-major.so");
  EXPECT_THAT(refusal("bad-major"), HasSubstr("is built for plugin ABI 2.4, this server has 1.0; update the server"));
  put("bad-minor.so");
  EXPECT_THAT(refusal("bad-minor"), HasSubstr("needs plugin ABI 1.9 or later, this server has 1.0"));
}

TEST_F(PluginFileTest, WhatDoesNotExportThePluginSymbolIsRefused) {
  put("bad-no-entry.so");
  EXPECT_THAT(refusal("bad-no-entry"), HasSubstr("does not export gatehouse_plugin_v1"));
  put("bad-function.so");
  EXPECT_THAT(refusal("bad-function"), HasSubstr("not as a data object"));
  put("bad-short.so");
  EXPECT_THAT(refusal("bad-short"), HasSubstr("is not a gh_plugin"));
  put("bad-magic.so");
  EXPECT_THAT(refusal("bad-magic"), HasSubstr("is not a gh_plugin"));
}

TEST_F(PluginFileTest, AMissingSymbolIsNamedAsItsAuthorWroteIt) {
  put("bad-missing-symbol.so");
  const auto words = refusal("bad-missing-symbol");
  EXPECT_THAT(
      words, HasSubstr((folder / "bad-missing-symbol.so").string() + ": cannot be linked: it uses acme::connect(int)"));
  EXPECT_THAT(words, HasSubstr("_ZN4acme7connectEi"));
  EXPECT_THAT(words, testing::Not(HasSubstr("/proc/")));
}

TEST_F(PluginFileTest, AMissingLibraryIsNamed) {
  put("bad-missing-library.so");
  EXPECT_THAT(refusal("bad-missing-library"),
              HasSubstr("it needs the library libnowhere-to-be-found.so, which is not installed"));
}

TEST_F(PluginFileTest, AnEmptySlotOfAnAssignedInterfaceIsNamed) {
  put("bad-null-slot.so");
  const auto file = PluginFile::load("bad-null-slot", {folder}, {});
  test::PluginHost host;
  try {
    const Instance instance(file->entry(), {.name = "limiter", .state_dir = "/nonexistent"}, host.services(),
                            {GH_RATE_LIMITER_V1});
    FAIL() << "made an instance";
  } catch (const LoadError& error) {
    EXPECT_THAT(error.what(), HasSubstr("gatehouse.rate_limiter/1 lacks the function take"));
  }
}

class LoadedTest : public PluginFileTest {
 protected:
  std::unique_ptr<Instance> make(const PluginFile& file, const std::string& mood) {
    InstanceConfig config;
    config.name = "limiter";
    config.state_dir = "/nonexistent";
    config.settings.push_back({"mood", mood});
    auto instance = std::make_unique<Instance>(file.entry(), std::move(config), host.services(),
                                               std::vector<std::string>{GH_RATE_LIMITER_V1});
    instance->start();
    return instance;
  }
  test::PluginHost host;
};

TEST_F(LoadedTest, ServesFromItsFile) {
  good();
  const auto file = PluginFile::load("good-limiter", {folder}, {});
  const auto instance = make(*file, "calm");
  providers::Limiter limiter(*instance);
  const auto admission = limiter.take("key", 5, std::chrono::seconds(1), host.call());
  ASSERT_TRUE(admission);
  EXPECT_EQ(admission->remaining, 4u);
}

TEST_F(LoadedTest, OverwritingOrTruncatingTheFileChangesNothing) {
  const auto path = good();
  const auto file = PluginFile::load("good-limiter", {folder}, {});
  write(path, std::string(fs::file_size(path), '\0'));
  fs::resize_file(path, 0);
  fs::remove(path);
  const auto instance = make(*file, "calm");
  providers::Limiter limiter(*instance);
  EXPECT_TRUE(limiter.take("key", 5, std::chrono::seconds(1), host.call()));
}

TEST_F(LoadedTest, AnExceptionInThePluginStaysInThePlugin) {
  good();
  const auto file = PluginFile::load("good-limiter", {folder}, {});
  const auto instance = make(*file, "throw");
  providers::Limiter limiter(*instance);
  const auto admission = limiter.take("key", 5, std::chrono::seconds(1), host.call());
  ASSERT_FALSE(admission);
  EXPECT_EQ(admission.error().code, Code::Internal);
  EXPECT_EQ(admission.error().detail, "plugin limiter: rate_limiter.take: internal: not today");
}

TEST_F(LoadedTest, AnExceptionInAConstructorIsARefusalInItsWords) {
  good();
  const auto file = PluginFile::load("good-limiter", {folder}, {});
  try {
    make(*file, "throw_in_create");
    FAIL() << "made an instance";
  } catch (const LoadError& error) {
    EXPECT_STREQ(error.what(), "plugin limiter (good-limiter 2.0.1): create: internal: in a bad mood");
  }
}

TEST_F(LoadedTest, TheCodeOutlivesTheObjectThatLoadedIt) {
  good();
  const gh_plugin* entry = nullptr;
  {
    const auto file = PluginFile::load("good-limiter", {folder}, {});
    entry = &file->entry();
  }
  EXPECT_STREQ(entry->version, "2.0.1");
}

}  // namespace
}  // namespace gatehouse::plugins
