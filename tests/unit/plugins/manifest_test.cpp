// SPDX-License-Identifier: Apache-2.0
#include "plugins/manifest.h"

#include "plugins/description.h"
#include "plugins/elf_image.h"
#include "plugins/elf_symbols.h"
#include "plugins/load_error.h"
#include "plugins/plugin_file.h"
#include "support/temp_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include <sys/stat.h>

namespace gatehouse::plugins {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string bytes_of(const std::string& built) {
  const auto* folder = built.rfind("bad-", 0) == 0 ? BAD_PLUGINS : TEST_PLUGINS;
  std::ifstream in(fs::path(folder) / built, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string refusal(const std::string& bytes) {
  try {
    const Manifest manifest(bytes, "x.so");
    return "read";
  } catch (const LoadError& error) {
    return error.what();
  }
}

// The plugin tells this file when its constructor runs.
class ManifestTest : public testing::Test {
 protected:
  ManifestTest() {
    ::chmod(folder_.path().c_str(), 0755);
    ::setenv("CONSTRUCTOR_RAN", told().c_str(), 1);
  }
  ~ManifestTest() override { ::unsetenv("CONSTRUCTOR_RAN"); }

  fs::path told() const { return folder_.path() / "told"; }
  bool code_ran() const { return fs::exists(told()); }
  std::string put(const std::string& built) {
    const auto path = folder_.path() / built;
    fs::copy_file(fs::path(TEST_PLUGINS) / built, path);
    ::chmod(path.c_str(), 0644);
    return path.string();
  }

  test::TempFolder folder_;
};

TEST_F(ManifestTest, IsReadWithoutRunningAConstructor) {
  const auto path = put("told.so");
  EXPECT_EQ(PluginFile::read(path, {}, {}).about.id, "told");
  EXPECT_FALSE(code_ran());
  PluginFile::load(path, {}, {});
  EXPECT_TRUE(code_ran()) << "the constructor does not tell, so that it did not before says nothing";
}

TEST_F(ManifestTest, APluginFromTheFutureIsRefusedBeforeItsConstructorRuns) {
  try {
    PluginFile::load(put("told-future.so"), {}, {});
    FAIL() << "loaded";
  } catch (const LoadError& error) {
    EXPECT_THAT(error.what(), HasSubstr("is built for plugin ABI 2.0, this server has 1.0"));
  }
  EXPECT_FALSE(code_ran());
}

TEST_F(ManifestTest, AnEntryThatIsPutTogetherByCodeIsRefusedBeforeThatCodeRuns) {
  EXPECT_THAT(refusal(bytes_of("told-late.so")), HasSubstr("cannot be read from the file"));
  EXPECT_FALSE(code_ran());
}

TEST_F(ManifestTest, APointerIntoAnotherLibraryIsNotGuessed) {
  EXPECT_THAT(refusal(bytes_of("told-foreign.so")), HasSubstr("cannot be read from the file"));
}

TEST_F(ManifestTest, HoldsAllThePluginSaysOfItself) {
  const Manifest manifest(bytes_of("told.so"), "told.so");
  const auto about = describe(manifest.entry());
  EXPECT_EQ(about.version, "1.2.3");
  EXPECT_EQ(about.license, "MIT");
  EXPECT_EQ(about.summary, "Tells.");
  EXPECT_EQ(about.max_concurrency, 7u);
  EXPECT_THAT(about.interfaces, ElementsAre("gatehouse.mail_transport/1"));
  ASSERT_EQ(about.settings.size(), 2u);
  EXPECT_EQ(about.settings[0].default_value, "mails");
  EXPECT_THAT(about.settings[1].allowed, ElementsAre("fast", "safe"));
  EXPECT_TRUE(about.settings[1].required);
}

TEST_F(ManifestTest, NamesTheLibrariesItNeeds) {
  EXPECT_THAT(Manifest(bytes_of("told.so"), "told.so").needed(), Contains("libc.so.6"));
}

// The linker's other way to write down where pointers go (-z pack-relative-relocs).
TEST_F(ManifestTest, IsReadWithPackedRelocations) {
  const Manifest manifest(bytes_of("told-packed.so"), "told-packed.so");
  EXPECT_EQ(describe(manifest.entry()).settings.at(1).summary, "How they go there.");
}

TEST_F(ManifestTest, NamesWhatElseIsExported) {
  EXPECT_THAT(Manifest(bytes_of("bad-two-exports.so"), "x.so").other_exports(), Contains("one_more"));
  EXPECT_THAT(Manifest(bytes_of("good-limiter.so"), "x.so").other_exports(), IsEmpty());
}

// Whatever stands in a file: it is read or refused, and never does harm (the sanitizers judge that).
TEST_F(ManifestTest, DamagedFilesAreReadOrRefused) {
  const auto good = bytes_of("told.so");
  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    auto bytes = good;
    // Mostly where headers, tables and the entry are; the rest of such a library is debug information.
    for (int changes = 1 + static_cast<int>(random() % 4); changes > 0; --changes) {
      bytes[random() % std::min<std::size_t>(bytes.size(), 0x4000)] = static_cast<char>(random());
    }
    if (!elf_problem(bytes).empty() || refusal(bytes) != "read") ++refused;
  }
  EXPECT_GT(refused, 100);
  EXPECT_LT(refused, 3000);
}

TEST_F(ManifestTest, PointersToNowhereAreRefusedAndNotFollowed) {
  const auto good = bytes_of("told.so");
  for (const auto& symbol : exported_symbols(good)) {
    if (symbol.name != GH_ENTRY_SYMBOL) continue;  // a sanitizer adds some
    auto bytes = good;
    // The relocation of gh_plugin.id: where it is, its type, and what it is to point at.
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + at, sizeof(word));
      if (word != symbol.address + offsetof(gh_plugin, id)) continue;
      const std::uint64_t nowhere = 0x7fff'ffff'ffffu;
      std::memcpy(bytes.data() + at + 16, &nowhere, sizeof(nowhere));
    }
    EXPECT_THAT(refusal(bytes), HasSubstr("cannot be read from the file"));
  }
}

}  // namespace
}  // namespace gatehouse::plugins
