// SPDX-License-Identifier: Apache-2.0
#include "runner.h"

#include "case_process.h"
#include "context.h"
#include "frames.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <string>

#include <sys/wait.h>

namespace gatehouse::check {
namespace {

#ifdef GATEHOUSE_SANITIZED
constexpr double sanitizer_factor = 10;
#else
constexpr double sanitizer_factor = 1;
#endif
constexpr std::size_t most_details = 60;
constexpr std::size_t most_output_lines = 25;

std::chrono::milliseconds limit_of(const Case& subject_case, const Subject& subject) {
  const double factor = subject.time_factor * sanitizer_factor;
  return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(subject_case.limit.count()) * factor));
}

// What the frames say so far.
struct Told {
  Outcome outcome;
  bool ended = false;

  void take(const Frame& frame) {
    switch (frame.kind) {
      case frame::passed: ended = true; break;
      case frame::failed: end(Verdict::Failed, frame.text); break;
      case frame::skipped: end(Verdict::Skipped, frame.text); break;
      case frame::warned:
        if (outcome.verdict == Verdict::Passed) {
          outcome.verdict = Verdict::Warned;
          outcome.sentence = frame.text;
          break;
        }
        [[fallthrough]];
      case frame::detail:
        if (outcome.details.size() < most_details) outcome.details.push_back(frame.text);
        break;
      case frame::fact: {
        const auto equals = frame.text.find('=');
        if (equals != std::string::npos) {
          outcome.facts.emplace_back(frame.text.substr(0, equals), frame.text.substr(equals + 1));
        }
        break;
      }
      default: break;
    }
  }

  void end(Verdict verdict, const std::string& sentence) {
    ended = true;
    outcome.verdict = verdict;
    outcome.sentence = sentence;
  }
};

std::string during(const char* operation) {
  return operation == nullptr ? " before it called the plugin" : std::string(" in or after ") + operation;
}

std::string words_for_end(int status, const char* operation) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    const char* name = ::sigabbrev_np(number);
    return "the process died of SIG" + std::string(name == nullptr ? std::to_string(number) : name) + during(operation);
  }
  return "the process ended by itself with exit code " + std::to_string(WEXITSTATUS(status)) + during(operation) +
         "; a plugin never ends its host";
}

std::string seconds(std::chrono::milliseconds time) {
  auto text = std::to_string(static_cast<double>(time.count()) / 1000);
  return text.substr(0, text.find('.') + 2) + " s";
}

// Slow is not hung: what hung is a call that did not come back, or a case whose calls all did and that made none since.
std::string words_for_timeout(const CaseProcess::End& end, std::chrono::milliseconds limit) {
  const std::string begin = "it did not end within " + seconds(limit);
  const auto patience = limit / 4;
  if (end.inside != nullptr && end.inside_for > patience) {
    return begin + "; it hung in " + end.inside + ", which had not come back after " + seconds(end.inside_for);
  }
  if (end.quiet_for > patience) return begin + "; it hung" + during(end.operation);
  const auto rate = end.commits * 1000 / static_cast<std::uint64_t>(std::max<std::int64_t>(limit.count(), 1));
  const std::string done = end.rounds_wanted == 0 ? "its calls came back"
                                                  : std::to_string(end.rounds_done) + " of " +
                                                        std::to_string(end.rounds_wanted) + " rounds done";
  return begin + ": " + done + ", about " + std::to_string(rate) +
         " commits/s; raise time_factor or lower effort in [check]";
}

// What the child wrote to its standard output and error, for the one who looks for the fault.
void add_output(const std::string& output, std::vector<std::string>& details) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < output.size()) {
    const auto end = std::min(output.find('\n', at), output.size());
    lines.push_back("output: " + output.substr(at, end - at));
    at = end + 1;
  }
  const auto skipped = lines.size() > most_output_lines ? lines.size() - most_output_lines : 0;
  if (skipped > 0) details.push_back("output: (" + std::to_string(skipped) + " lines before these)");
  details.insert(details.end(), lines.begin() + static_cast<std::ptrdiff_t>(skipped), lines.end());
}

}  // namespace

std::string_view verdict_name(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::Passed: return "passed";
    case Verdict::Warned: return "warned";
    case Verdict::Skipped: return "skipped";
    case Verdict::Failed: return "failed";
    case Verdict::Crashed: return "crashed";
    case Verdict::TimedOut: return "timed out";
  }
  return "unknown";
}

Outcome run_case(const Case& subject_case, const Subject& subject) {
  const auto limit = limit_of(subject_case, subject);
  CaseProcess process(subject_case, subject, limit);
  Told told;
  const auto end = process.run([&](const Frame& frame) { told.take(frame); });
  Outcome& outcome = told.outcome;
  outcome.took = end.took;
  // A verdict that came before the end counts, unless it was a good one and the end was not.
  const bool bad = told.ended && (outcome.verdict == Verdict::Failed || outcome.verdict == Verdict::Skipped);
  if (!bad && end.timed_out) {
    outcome.verdict = Verdict::TimedOut;
    outcome.sentence = words_for_timeout(end, limit);
  } else if (!bad && (!told.ended || !WIFEXITED(end.status) || WEXITSTATUS(end.status) != 0)) {
    outcome.verdict = Verdict::Crashed;
    outcome.sentence = words_for_end(end.status, end.operation);
  }
  if (outcome.verdict == Verdict::Passed) outcome.sentence = subject_case.sentence;
  if (outcome.verdict != Verdict::Passed && outcome.verdict != Verdict::Skipped)
    add_output(end.output, outcome.details);
  return std::move(outcome);
}

}  // namespace gatehouse::check
