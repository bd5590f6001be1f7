// SPDX-License-Identifier: Apache-2.0
#include "plugins/crash_report.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace gatehouse::plugins {
namespace {

const std::string hash(64, 'a');

TEST(PluginOfMapping, KnowsTheNamesThatPluginsAreLoadedUnder) {
  const auto name = "/memfd:gatehouse:acme.so:" + hash + " (deleted)";
  const auto plugin = plugin_of_mapping(name);
  EXPECT_EQ(plugin.file, "acme.so");
  EXPECT_EQ(plugin.sha256, hash);
}

TEST(PluginOfMapping, TakesNothingElseForAPlugin) {
  for (const auto* name :
       {"", "[stack]", "/usr/lib/x86_64-linux-gnu/libc.so.6", "/memfd:other:x:y", "/memfd:gatehouse:"}) {
    EXPECT_TRUE(plugin_of_mapping(name).file.empty()) << name;
  }
}

// What CrashText and CrashStack write goes to standard error, as it would in a crash.
std::string written(const std::function<void()>& act) {
  testing::internal::CaptureStderr();
  act();
  return testing::internal::GetCapturedStderr();
}

TEST(CrashText, WritesWordsAndNumbersAndCutsWhatIsTooMuch) {
  const auto said = written([] {
    CrashText text;
    (text << "at ").hex(0x12ab).write();
    (text << "zero ").hex(0).write();
    (text << std::string(5'000, 'x')).write();
  });
  EXPECT_EQ(said.substr(0, 18), "at 0x12ab\nzero 0x0");
  EXPECT_EQ(said.size(), 10u + 9u + 1024u);
  EXPECT_EQ(said.back(), '\n');
}

TEST(CrashStack, NamesTheFilesItsFramesLieIn) {
  const auto said = written([] { CrashStack(0).write(); });
  EXPECT_NE(said.find("  plugins_test+0x"), std::string::npos) << said;
  EXPECT_NE(said.find("  libc.so.6+0x"), std::string::npos) << said;
}

TEST(CrashStack, WithoutAPluginNamesNone) { EXPECT_TRUE(CrashStack(0).plugin().file.empty()); }

}  // namespace
}  // namespace gatehouse::plugins
