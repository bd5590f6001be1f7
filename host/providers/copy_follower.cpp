// SPDX-License-Identifier: Apache-2.0
#include "providers/copy_follower.h"

#include <algorithm>
#include <utility>

namespace gatehouse::providers {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds least_pause{1'000};
constexpr milliseconds longest_pause{30'000};
constexpr int most_last_passes = 5;

}  // namespace

CopyFollower::CopyFollower(Storage& from, Storage& to, std::vector<std::string> tenants, const Clock& clock,
                           Control control)
    : from_(from), to_(to), tenants_(std::move(tenants)), clock_(clock), control_(std::move(control)) {}

PatientCalls CopyFollower::calls_until(int told) const {
  return {clock_, [this, told](milliseconds time) {
            if (time.count() > 0 && control_.told() < told) control_.wait(time);
            return control_.told() < told;
          }};
}

// At most half of the time is spent reading.
void CopyFollower::pause(std::chrono::microseconds last_pass) const {
  control_.wait(std::clamp(std::chrono::duration_cast<milliseconds>(last_pass), least_pause, longest_pause));
}

Result<CopyReport> CopyFollower::run() {
  auto calls = calls_until(1);
  StoreCopy copy(from_, to_, tenants_, calls);
  copy.on_progress(control_.progress);
  CopyReport all;
  all.kinds.resize(from_.schema().size());
  while (!calls.stopped()) {
    auto report = copy.pass(CopyMode::Mirror);
    if (!report && report.error().code != Code::ProviderUnavailable) return report;
    if (!report) {
      control_.away(report.error());
    } else {
      report->add_changes(all);
      all = std::move(*report);
      if (all.stopped) break;
      copy.on_progress({});
      control_.passed(all);
    }
    pause(all.took);
  }
  return finish(std::move(all));
}

Result<CopyReport> CopyFollower::finish(CopyReport all) {
  control_.finishing();
  auto calls = calls_until(2);
  StoreCopy copy(from_, to_, tenants_, calls);
  copy.on_progress(control_.progress);
  for (int passes = 0; passes < most_last_passes; ++passes) {
    auto report = copy.complete(CopyMode::Mirror);
    if (!report) return report;
    const bool quiet = report->changes() == 0;
    report->add_changes(all);
    all = std::move(*report);
    if (quiet || all.stopped) return all;
  }
  return Error{Code::Conflict, "records of the source still change: a server is at work there", {}, {}};
}

}  // namespace gatehouse::providers
