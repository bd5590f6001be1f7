// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/address.h"
#include "support/program.h"
#include "support/temp_folder.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::test {

// Path of the server under test.
std::filesystem::path server_binary();

// Settings of the config file: dotted key to TOML value text. They replace the defaults of `quick_settings`.
using Settings = std::map<std::string, std::string>;

// What makes the server quick enough for tests: cheap hashes, no minimum time of answers, no rate limits, no lockout.
Settings quick_settings();

struct ServerOptions {
  Settings settings{};  // laid over quick_settings()
  bool quick = true;    // false: only `settings`, the server's own defaults otherwise
  bool file = true;     // false: neither --dev nor a file, `environment` says it all
  std::string more{};   // TOML put after the settings: tables such as [[plugin]]
  std::string listen = "127.0.0.1:0";
  std::vector<std::string> arguments{};  // beside serve --dev --config ...
  std::vector<std::pair<std::string, std::optional<std::string>>> environment{};
  std::optional<unsigned> max_files{};
  std::chrono::milliseconds start_patience = std::chrono::seconds(60);
};

// A real server: the binary, started with a config file in a folder of its own, on ports the system chose. The folder
// outlives restarts, so `restart` finds the state of the run before. With GATEHOUSE_TEST_REDIS_URL in the environment
// its sessions and rate limits are in that Redis, with TEST_DATABASE_URL all its records in that PostgreSQL, in tables
// of its own. The kernel kills it when the thread that started it (or restarted it) ends, so that a test that aborts
// leaves no server behind: that thread is the test's own, not one of its helpers. One thread.
class ServerProcess {
 public:
  // Starts it and waits until it serves. Throws std::runtime_error with what the server printed when it does not.
  explicit ServerProcess(ServerOptions options = {});
  ~ServerProcess();

  const Address& listen() const { return listen_; }
  const Address& management() const { return management_; }
  pid_t pid() const { return program_->pid(); }
  bool running() const { return program_ != nullptr; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path state_folder() const { return folder_.path() / "state"; }

  void signal(int number) const { program_->signal(number); }
  // SIGTERM; gives the exit code. Throws when it has not ended in time.
  int stop(std::chrono::milliseconds patience = std::chrono::seconds(60));
  // Waits for the end of a server that was told to stop; gives the exit code.
  int wait(std::chrono::milliseconds patience = std::chrono::seconds(60));
  void kill9();
  // Starts it again after stop() or kill9(), with the same config and state; ports are new. Throws as the constructor.
  void restart();

  // All that it has printed so far, over all its runs.
  std::string output() const;
  // A line of /proc/PID/status in KiB ("VmRSS").
  long status_kib(std::string_view name) const;
  std::size_t open_files() const;

 private:
  void migrate() const;
  void start();
  void wait_until_ready(const std::filesystem::path& ready_file);

  ServerOptions options_;
  TempFolder folder_;
  std::unique_ptr<Program> program_;
  Address listen_;
  Address management_;
  int runs_ = 0;
};

}  // namespace gatehouse::test
