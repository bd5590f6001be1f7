// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/command_line.h"
#include "support/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace gatehouse::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

// What stops a start names the setting and says what to do.
class Start : public ::testing::Test {
 protected:
  std::string words(const ProgramResult& result) {
    EXPECT_EQ(result.code, 1) << result.out << result.err;
    return result.out + result.err;
  }
  std::string refusal(const fs::path& state) { return words(try_to_serve("state_dir = \"" + state.string() + "\"\n")); }

  const TempFolder folder_;
};

TEST_F(Start, BothListenersThatAreTakenAreNamed) {
  const Listener first;
  const Listener second;
  ProgramCall call;
  const auto config = folder_.write("gatehouse.toml", "state_dir = \"" + (folder_.path() / "state").string() + "\"\n");
  call.arguments = {server_binary().string(),
                    "serve",
                    "--dev",
                    "--config",
                    config.string(),
                    "--listen",
                    first.address().text(),
                    "--management",
                    second.address().text()};
  EXPECT_THAT(words(run_program(std::move(call))),
              AllOf(HasSubstr("server.listen: cannot listen on " + first.address().text()),
                    HasSubstr("server.management: cannot listen on " + second.address().text()),
                    HasSubstr("Address already in use"), HasSubstr("ss -ltnp")));
}

TEST_F(Start, AStateFolderThatCannotBeMadeIsNamedAsASetting) {
  const auto file = folder_.write("file", "");
  EXPECT_THAT(refusal(file / "state"), HasSubstr("state_dir " + (file / "state").string()));
  EXPECT_THAT(refusal("/proc/state"),
              AllOf(HasSubstr("state_dir /proc/state cannot be made"), HasSubstr("set state_dir to another folder")));
}

TEST_F(Start, AStateFolderThatOthersMayWriteToIsRefused) {
  for (const auto writer : {fs::perms::group_write, fs::perms::others_write}) {
    const auto state = folder_.path() / std::to_string(static_cast<unsigned>(writer));
    fs::create_directory(state);
    fs::permissions(state, fs::perms::owner_all | writer);
    const auto result = try_to_serve("state_dir = \"" + state.string() + "\"\n");
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.out + result.err,
                AllOf(HasSubstr(":1:13: error GH1018: state_dir " + state.string()), HasSubstr("chmod go-w")));
    EXPECT_TRUE(fs::is_empty(state)) << "keys were made in it";
  }
}

TEST(ReadyFile, GoesWhenTheServerIsToldToEnd) {
  ServerProcess server;
  const auto ready = server.folder() / "ready-1";
  ASSERT_TRUE(fs::exists(ready));
  ASSERT_EQ(server.stop(), 0);
  EXPECT_FALSE(fs::exists(ready));
}

}  // namespace
}  // namespace gatehouse::test
