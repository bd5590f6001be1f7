// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "providers/store_copy.h"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::app {

// "session [#####---------------]  25%  250 of 1000, 120/s, 6 s left". `total` 0: not known.
std::string progress_text(std::string_view kind, std::uint64_t met, std::uint64_t total, std::uint64_t per_second);

// What `store copy` says while it works: on a terminal one line that changes, elsewhere a line every ten seconds.
class CopyScreen {
 public:
  CopyScreen(std::ostream& err, bool terminal, const Clock& clock);

  // Of a first pass: how many records of each kind the source has.
  void expect(std::vector<providers::KindDef> kinds, std::vector<std::uint64_t> totals);
  void progress(const providers::CopyProgress& now);
  // A line that stays.
  void say(std::string_view line);
  // A line that the next one replaces; not on a terminal, it is said every ten seconds.
  void say_in_passing(std::string_view line);
  // Leaves no half of a line behind.
  void end() { clear(); }

 private:
  bool due(std::chrono::milliseconds every);
  void clear();

  std::ostream& err_;
  const bool terminal_;
  const Clock& clock_;
  std::vector<providers::KindDef> kinds_;
  std::vector<std::uint64_t> totals_;
  Steady said_;
  std::optional<providers::KindId> kind_;
  Steady kind_began_;
  bool drawn_ = false;
};

// The end of a copy, for people and for programs.
struct CopyResult {
  std::string from;
  std::string to;
  std::vector<std::string> tenants;
  std::vector<providers::KindDef> kinds;
  providers::CopyReport report;
  bool looked_only = false;
  bool whole = false;            // the target has all of it
  std::optional<bool> verified;  // empty: not asked for
};
std::string copy_text(const CopyResult& result);
std::string copy_json(const CopyResult& result);

// What a verification found, for people.
std::string difference_text(const providers::StoreCopy::Difference& difference, std::string_view from,
                            std::string_view to);

}  // namespace gatehouse::app
