// SPDX-License-Identifier: Apache-2.0
// A plugin that hangs while the server starts: whoever stops the server waits for nothing.
#include "bad_server.h"
#include "support/folder_watch.h"

#include <gmock/gmock.h>

#include <csignal>
#include <memory>

namespace gatehouse::test {
namespace {

using ::testing::HasSubstr;

constexpr std::chrono::seconds long_enough{60};

class HangingStart : public BadServer {
 protected:
  // Starts a server with this fault and comes back when the plugin hangs in it, or the server has ended.
  bool hangs(const Fault& fault, const std::string& more = {}) {
    begin();
    const FolderWatch watch(folder_.path());
    const auto given = options(fault);
    auto text = "state_dir = " + quoted((folder_.path() / "state").string()) + '\n';
    for (const auto& [key, value] : quick_settings()) text += key + " = " + value + '\n';
    for (const auto& [key, value] : given.settings) text += key + " = " + value + '\n';
    ProgramCall call;
    call.arguments = {server_binary().string(),
                      "serve",
                      "--dev",
                      "--config",
                      folder_.write("gatehouse.toml", text + given.more + more).string(),
                      "--listen",
                      "127.0.0.1:0",
                      "--management",
                      "127.0.0.1:0"};
    call.environment = given.environment;
    call.out = folder_.path() / "out";
    call.err = folder_.path() / "err";
    call.dies_with_us = true;
    program_ = std::make_unique<Program>(call);
    while (!std::filesystem::exists(latch().string() + ".reached")) {
      if (!watch.wait(program_->descriptor(), long_enough)) return false;
    }
    return true;
  }
  std::string output() const { return read_file(folder_.path() / "out") + read_file(folder_.path() / "err"); }

  std::unique_ptr<Program> program_;
};

class HangingStartIn : public HangingStart, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Function, HangingStartIn, ::testing::Values("create", "start", "open"),
                         [](const auto& function) { return std::string(function.param); });

TEST_P(HangingStartIn, IsEndedByASignalAtOnce) {
  ASSERT_TRUE(hangs({.kind = "hang", .in = GetParam()})) << output();
  program_->signal(SIGTERM);
  EXPECT_EQ(program_->wait(long_enough), 128 + SIGTERM);
  EXPECT_TRUE(operator_reads(output(), "hangs-at-the-start"));
  EXPECT_THAT(output(), HasSubstr(GetParam()));
  EXPECT_EQ(fault_row("hangs-at-the-start").does, "ends: SIGTERM");
}

TEST_F(HangingStart, IsEndedAtOnceWhileThePluginsAreAskedAboutTheirSettings) {
  ASSERT_TRUE(hangs({.kind = "hang", .in = "validate"})) << output();
  program_->signal(SIGINT);
  EXPECT_EQ(program_->wait(long_enough), 128 + SIGINT);
  EXPECT_THAT(output(), HasSubstr("gatehouse: SIGINT during the start"));
}

// The store of sessions.
const std::string thrower = "\n[[plugin]]\nname = \"thrower\"\nlibrary = \"" + bad_plugin("bad-store").string() +
                            "\"\ncall_timeout = \"100ms\"\n[plugin.config]\nfault = \"throw\"\nin = \"create\"\n";

// The reason is told although what was begun does not end.
TEST_F(HangingStart, ThatFailedEndsWithItsReasonThoughAPluginHangs) {
  const Fault fault{.kind = "hang",
                    .in = "destroy",
                    .lines = "call_timeout = \"100ms\"",
                    .settings = {{"server.shutdown_grace", "\"100ms\""}, {"storage.sessions", "[\"thrower\"]"}},
                    .others = "call_timeout = \"100ms\""};
  ASSERT_TRUE(hangs(fault, thrower)) << output();
  EXPECT_EQ(program_->wait(long_enough), 1);
  EXPECT_TRUE(operator_reads(output(), "hangs-after-a-failed-start"));
  EXPECT_EQ(fault_row("hangs-after-a-failed-start").does, "ends: 1");
}

}  // namespace
}  // namespace gatehouse::test
