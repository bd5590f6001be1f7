// SPDX-License-Identifier: Apache-2.0
#include "report.h"

#include <algorithm>

namespace gatehouse::check {
namespace {

std::string padded(std::string_view word, std::size_t width) {
  std::string text(word);
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

bool is_bad(Verdict verdict) {
  return verdict == Verdict::Failed || verdict == Verdict::Crashed || verdict == Verdict::TimedOut;
}

std::string counted(int number, std::string_view word) { return std::to_string(number) + " " + std::string(word); }

}  // namespace

void apply_quirk(Result& result) {
  auto& outcome = result.outcome;
  if (!result.quirk || outcome.verdict == Verdict::Skipped) return;
  if (is_bad(outcome.verdict)) {
    outcome.sentence = "declared quirk: " + *result.quirk + "; " + std::string(verdict_name(outcome.verdict)) + ": " +
                       outcome.sentence;
  } else if (outcome.verdict == Verdict::Passed) {
    outcome.sentence = "declared as a quirk (" + *result.quirk + ") and passes: take the declaration out";
  }
  outcome.verdict = Verdict::Warned;
}

Totals totals(const Report& report) {
  Totals sum;
  for (const auto& result : report.results) {
    if (result.quirk) ++sum.quirks;
    switch (result.outcome.verdict) {
      case Verdict::Passed: ++sum.passed; break;
      case Verdict::Warned: ++sum.warned; break;
      case Verdict::Skipped: ++sum.skipped; break;
      case Verdict::Failed: ++sum.failed; break;
      case Verdict::Crashed: ++sum.crashed; break;
      case Verdict::TimedOut: ++sum.timed_out; break;
    }
  }
  return sum;
}

bool conforms(const Totals& sum) { return sum.failed + sum.crashed + sum.timed_out + sum.quirks == 0; }

std::string line_of(const Result& result) {
  const auto& outcome = result.outcome;
  auto line = padded(verdict_name(outcome.verdict), 10) + padded(result.name, 37) + " " + outcome.sentence + "\n";
  // What a case notes is for the one who looks for a fault.
  if (outcome.verdict == Verdict::Passed || outcome.verdict == Verdict::Skipped) return line;
  for (const auto& detail : outcome.details) line.append(12, ' ').append(detail).append("\n");
  return line;
}

std::string head_of(const Report& report) {
  std::string head = report.file + "\n";
  for (const auto& [name, value] : report.facts) head.append("  ").append(padded(name, 12)).append(value).append("\n");
  return head + "\n";
}

std::string summary_of(const Report& report) {
  const auto sum = totals(report);
  std::string text = "\n";
  text += counted(sum.passed, "passed");
  for (const auto& [number, word] : {std::pair(sum.failed, "failed"),
                                     {sum.crashed, "crashed"},
                                     {sum.timed_out, "timed out"},
                                     {sum.warned, "warned"},
                                     {sum.skipped, "skipped"}}) {
    if (number > 0) text.append(", ").append(counted(number, word));
  }
  if (sum.quirks > 0)
    text.append("; ").append(counted(sum.quirks, sum.quirks == 1 ? "declared quirk" : "declared quirks"));
  return text + "\n";
}

}  // namespace gatehouse::check
