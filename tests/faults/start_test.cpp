// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/command_line.h"
#include "support/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

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

TEST_F(Start, AnUnlockThatWouldFindTheMemoryOfAnotherProcessIsRefusedInWords) {
  const auto config = folder_.write("gatehouse.toml", "state_dir = \"" + (folder_.path() / "state").string() + "\"\n");
  const std::vector<std::string> file = {"--dev", "--config", config.string()};
  const auto command = [&](std::vector<std::string> words) {
    words.insert(words.begin(), server_binary().string());
    words.insert(words.end(), file.begin(), file.end());
    return run_program({.arguments = std::move(words)});
  };
  ASSERT_EQ(command({"keys", "init"}).code, 0);
  EXPECT_THAT(words(command({"users", "unlock", "ada@example.org"})),
              AllOf(HasSubstr("store-memory keeps its records in the memory of the server"), HasSubstr("reset")));
}

TEST(ReadyFile, GoesWhenTheServerIsToldToEnd) {
  ServerProcess server;
  const auto ready = server.folder() / "ready-1";
  ASSERT_TRUE(fs::exists(ready));
  ASSERT_EQ(server.stop(), 0);
  EXPECT_FALSE(fs::exists(ready));
}

// A child that starts a server, tells its process id and aborts when the pipe says so.
[[noreturn]] void start_and_abort(int tell, int wait) {
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const ServerProcess server;
  const pid_t pid = server.pid();
  char word = 0;
  const bool told = ::write(tell, &pid, sizeof(pid)) == sizeof(pid) && ::read(wait, &word, 1) == 1;
  if (told) ::raise(SIGABRT);
  ::_exit(1);
}

TEST_F(Start, AServerDiesWithATestThatAborts) {
  ::setenv("TMPDIR", folder_.path().c_str(), 1);  // what the child leaves behind
  int told[2];
  int go[2];
  ASSERT_EQ(::pipe2(told, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(go, O_CLOEXEC), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGABRT, SIG_DFL);
    start_and_abort(told[1], go[0]);
  }
  ::unsetenv("TMPDIR");
  ::close(told[1]);
  ::close(go[0]);
  pid_t server = 0;
  ASSERT_EQ(::read(told[0], &server, sizeof(server)), static_cast<ssize_t>(sizeof(server)));
  pollfd ended{static_cast<int>(::syscall(SYS_pidfd_open, server, 0)), POLLIN, 0};
  ASSERT_GE(ended.fd, 0);
  ASSERT_EQ(::write(go[1], "!", 1), 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(::poll(&ended, 1, 20'000), 1) << "the server outlives its test";
  if (ended.revents == 0) ::kill(server, SIGKILL);
  for (const int file : {told[0], go[1], ended.fd}) ::close(file);
}

}  // namespace
}  // namespace gatehouse::test
