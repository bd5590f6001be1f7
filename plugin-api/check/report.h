// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "case.h"
#include "runner.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::check {

// A case that was run.
struct Result {
  std::string name;
  std::string interface_id;
  std::string says;
  Outcome outcome;
  std::optional<std::string> quirk;  // the reason its author gave, where one is declared
};

struct Report {
  std::string file;
  // id, version, license, sha256, abi, interface (once each), declares (once each).
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<Result> results;
};

struct Totals {
  int passed = 0;
  int warned = 0;
  int skipped = 0;
  int failed = 0;  // and not declared as a quirk; so the next two
  int crashed = 0;
  int timed_out = 0;
  int quirks = 0;  // whatever came of cases that are declared
};
Totals totals(const Report& report);

// True when nothing failed and nothing had to be declared: what "passes the kit" means.
bool conforms(const Totals& totals);

// A failure that is declared is a warning that says both: it is shown, never hidden. A declared case that passes is a
// warning too: the declaration is out of date.
void apply_quirk(Result& result);

// One line a case as it ends, and what follows it.
std::string line_of(const Result& result);
std::string head_of(const Report& report);
std::string summary_of(const Report& report);

// Everything as one JSON object with a line feed after it.
std::string json_of(const Report& report);

std::string list_as_text(const std::vector<Case>& cases);
std::string list_as_json(const std::vector<Case>& cases);

}  // namespace gatehouse::check
