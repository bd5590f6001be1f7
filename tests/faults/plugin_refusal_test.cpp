// SPDX-License-Identifier: Apache-2.0
#include "support/command_line.h"
#include "support/temp_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace gatehouse::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// A server told to use a store plugin that is not fit for it: it does not start, it says which file, and nothing
// listens.
class PluginRefusal : public ::testing::Test {
 protected:
  fs::path good() const { return plugin_folder() / "store-memory.so"; }
  fs::path copy_of_good() const {
    const auto target = folder_.path() / "store-memory.so";
    fs::copy_file(good(), target);
    fs::permissions(target, fs::perms::owner_all);
    return target;
  }
  std::string bytes_of_good() const { return read_file(good()); }

  // Refused by `serve` and by `check-config` alike, with `words` in the message: the file's name, or what is wrong in
  // the config, which then is named by its line.
  void refused(const fs::path& library, const std::string& words, std::string_view lines = {}) {
    const auto config = config_with_plugins(folder_.path() / "state", library, lines);
    const auto served = try_to_serve(config);
    EXPECT_GT(served.code, 0) << served.out << served.err;
    EXPECT_LT(served.code, 128) << "it crashed: " << served.err;
    EXPECT_THAT(served.out + served.err, HasSubstr(words));
    const auto checked = check_config(folder_.write("checked.toml", config));
    EXPECT_EQ(checked.code, 2) << checked.out << checked.err;
    EXPECT_THAT(checked.out + checked.err, HasSubstr(words));
  }

  const TempFolder folder_;
};

TEST_F(PluginRefusal, TheGoodOneStarts) {
  const auto config = config_with_plugins(folder_.path() / "state", copy_of_good());
  const auto checked = check_config(folder_.write("checked.toml", config));
  EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
  EXPECT_EQ(try_to_serve(config).code, -1) << "it did not stay up";
}

TEST_F(PluginRefusal, OfAFileThatIsNotThere) { refused(folder_.path() / "absent.so", "absent.so"); }

TEST_F(PluginRefusal, OfAFolder) {
  fs::create_directory(folder_.path() / "folder.so");
  refused(folder_.path() / "folder.so", "folder.so: is not a regular file");
}

TEST_F(PluginRefusal, OfAFileThatEverybodyMayWrite) {
  const auto plugin = copy_of_good();
  fs::permissions(plugin, fs::perms::others_write, fs::perm_options::add);
  refused(plugin, "writ");
}

TEST_F(PluginRefusal, OfAFileInAFolderThatEverybodyMayWrite) {
  const auto plugin = copy_of_good();
  fs::permissions(folder_.path(), fs::perms::all);
  refused(plugin, "writ");
}

TEST_F(PluginRefusal, OfText) { refused(folder_.write("text.so", "#!/bin/sh\necho no\n"), "ELF"); }

TEST_F(PluginRefusal, OfAnEmptyFile) { refused(folder_.write("empty.so", ""), "empty"); }

TEST_F(PluginRefusal, OfATruncatedPlugin) {
  for (const std::size_t size : {20U, 64U, 4096U}) {
    refused(folder_.write("cut.so", bytes_of_good().substr(0, size)), "cut.so");
  }
}

TEST_F(PluginRefusal, OfAnotherMachinesPlugin) {
  auto bytes = bytes_of_good();
  bytes[18] = static_cast<char>(0xb7);  // e_machine: AArch64
  refused(folder_.write("foreign.so", bytes), "machine");
}

TEST_F(PluginRefusal, OfALibraryThatIsNoPlugin) {
  for (const auto* library : {"/lib/x86_64-linux-gnu/libm.so.6", "/lib64/libm.so.6", "/usr/lib/libm.so.6"}) {
    if (!fs::exists(library)) continue;
    refused(folder_.write("libm.so", read_file(library)), "gatehouse_plugin_v1");
    return;
  }
  FAIL() << "no libm.so.6 found to try with";
}

TEST_F(PluginRefusal, OfAnotherDigestThanThePinned) {
  refused(copy_of_good(), "SHA-256", "sha256 = \"" + std::string(64, '0') + '"');
}

TEST_F(PluginRefusal, OfASettingItDoesNotHave) {
  refused(copy_of_good(), "max_memroy", "[plugin.config]\nmax_memroy = \"1GiB\"");
}

TEST_F(PluginRefusal, OfAPluginThatCannotDoTheJob) { refused(plugin_folder() / "mail-outbox.so", "store"); }

}  // namespace
}  // namespace gatehouse::test
