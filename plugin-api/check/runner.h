// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "case.h"
#include "subject.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::check {

enum class Verdict : std::uint8_t { Passed, Warned, Skipped, Failed, Crashed, TimedOut };

// "passed", "timed out", ...
std::string_view verdict_name(Verdict verdict) noexcept;

struct Outcome {
  Verdict verdict = Verdict::Passed;
  std::string sentence;  // why; of a case that passed, what the case says
  std::vector<std::string> details;
  std::chrono::milliseconds took{0};
  std::vector<std::pair<std::string, std::string>> facts;  // about the plugin
};

// Runs a case in a child process with its own folder, its own process group and its output caught, and ends all of it
// when its time is over. A crash of the plugin, its exit() and its threads end with that process. One thread, which has
// to be the only one of the calling process.
Outcome run_case(const Case& subject_case, const Subject& subject);

}  // namespace gatehouse::check
