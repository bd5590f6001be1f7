// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "case.h"
#include "frames.h"
#include "progress.h"
#include "subject.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include <sys/types.h>

namespace gatehouse::check {

// The child process of one case: forked by the constructor, gone with all it started at the end of this object.
class CaseProcess {
 public:
  // Throws std::runtime_error when this machine has no process, pipe or folder to give.
  CaseProcess(const Case& subject_case, const Subject& subject, std::chrono::milliseconds limit);
  ~CaseProcess();
  CaseProcess(const CaseProcess&) = delete;
  CaseProcess& operator=(const CaseProcess&) = delete;

  struct End {
    bool timed_out = false;
    int status = 0;                   // as of waitpid
    const char* operation = nullptr;  // the last one that was entered; null: none
    // When it timed out: the call that had been inside for longest, and for how long; null: none was inside.
    const char* inside = nullptr;
    std::chrono::milliseconds inside_for{0};
    std::chrono::milliseconds quiet_for{0};  // since a call came back
    int rounds_done = 0;
    int rounds_wanted = 0;
    std::uint64_t commits = 0;
    std::string output;  // the end of what it wrote to standard output and error
    std::chrono::milliseconds took{0};
  };
  // Waits for the end and hands over what the child says meanwhile. Kills it when the limit has passed.
  End run(const std::function<void(const Frame&)>& heard);

 private:
  [[noreturn]] void be_the_child(const Case& subject_case, const Subject& subject, int report);
  void look_at_progress(End& end) const;
  void reap(End& end);

  std::filesystem::path folder_;
  const std::chrono::milliseconds limit_;
  Progress* progress_ = nullptr;  // in memory both processes share
  int output_ = -1;
  int reports_ = -1;
  pid_t pid_ = -1;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace gatehouse::check
