// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::test {

struct ProgramCall {
  std::vector<std::string> arguments{};  // the program itself first, found in PATH
  // Beside those of the test; a name without a value is taken out.
  std::vector<std::pair<std::string, std::optional<std::string>>> environment{};
  std::filesystem::path folder{};  // working directory; empty: the test's own
  std::filesystem::path out{};     // where standard output and error go; they must be set
  std::filesystem::path err{};
  std::optional<unsigned> max_files{};   // RLIMIT_NOFILE
  std::optional<std::string> account{};  // run as this user; only root may
  bool dies_with_us = false;             // killed by the kernel when the thread that started it ends
};

// A started child process. Ends it with SIGKILL when nobody has waited for it. One thread.
class Program {
 public:
  explicit Program(const ProgramCall& call);  // throws std::runtime_error when it cannot be started
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t pid() const { return pid_; }
  // Readable when the program has ended: for poll().
  int descriptor() const { return descriptor_; }
  // After SIGSTOP it stands still.
  void signal(int number) const;
  // The exit code, or 128 + the signal that ended it; nothing when it still runs after `patience`.
  std::optional<int> wait(std::chrono::milliseconds patience);

 private:
  pid_t pid_ = -1;
  int descriptor_ = -1;
  std::optional<int> code_;
};

struct ProgramResult {
  int code = -1;  // as Program::wait; -1: it did not end in time and was killed
  std::string out;
  std::string err;
};

// Runs a program to its end. `out` and `err` of the call are ignored.
ProgramResult run_program(ProgramCall call, std::chrono::milliseconds patience = std::chrono::seconds(60));

// SIGSTOP, and back when all of its threads stand still: one on another processor runs on for a moment. For ten seconds
// at most.
void stop_process(pid_t pid);

}  // namespace gatehouse::test
