// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/store_copy.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace gatehouse::providers {

// Keeps a target near a source that servers write to, until it is told to finish: then it makes the two equal. What
// that takes is that nobody writes to the source any more. One thread.
class CopyFollower {
 public:
  struct Control {
    // How often it was told: once, to finish; twice, to end at once.
    std::function<int()> told;
    // Waits that long, or until it is told.
    std::function<void(std::chrono::milliseconds)> wait;
    // After each pass: the counts of this one, the changes of all.
    std::function<void(const CopyReport&)> passed;
    std::function<void()> finishing;
    // A store could not be reached; it goes on trying.
    std::function<void(const Error&)> away;
    // During the first pass and the last ones.
    std::function<void(const CopyProgress&)> progress;
  };

  // References outlive it; as those of StoreCopy.
  CopyFollower(Storage& from, Storage& to, std::vector<std::string> tenants, const Clock& clock, Control control);

  // Mirrors, pauses as long as a pass takes (1 to 30 s), mirrors again. When told to finish it gives up the pass it is
  // in and makes last ones until one finds nothing to do: that one has compared every record of both stores.
  // Conflict: each of five last passes found changes. Other errors as those of StoreCopy; while it follows,
  // ProviderUnavailable is none. The report is `stopped` when it was told twice.
  Result<CopyReport> run();

 private:
  Result<CopyReport> finish(CopyReport all);
  PatientCalls calls_until(int told) const;
  void pause(std::chrono::microseconds last_pass) const;

  Storage& from_;
  Storage& to_;
  const std::vector<std::string> tenants_;
  const Clock& clock_;
  const Control control_;
};

}  // namespace gatehouse::providers
