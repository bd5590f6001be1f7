// SPDX-License-Identifier: Apache-2.0
#include "case.h"
#include "lifecycle/cases.h"

namespace gatehouse::check {

using namespace std::chrono_literals;

std::vector<Case> lifecycle_cases() {
  return {
      {"lifecycle.validate_does_no_io", "A check of the settings reads no file, opens no socket, starts no thread.", "",
       20s, lifecycle::validate_does_no_io},
      {"lifecycle.create_does_no_io", "Nor does create: I/O and threads begin in start.", "", 20s,
       lifecycle::create_does_no_io},
      {"lifecycle.refuses_settings_in_words", "Settings that cannot be right are GH_INVALID and named.", "", 20s,
       lifecycle::refuses_settings_in_words},
      {"lifecycle.copies_what_it_keeps", "What create got may be gone when it has returned.", "", 20s,
       lifecycle::copies_what_it_keeps},
      {"lifecycle.takes_a_newer_host", "A host whose structs have grown is served.", "", 20s,
       lifecycle::takes_a_newer_host},
      {"lifecycle.survives_a_failed_start", "A start that fails says why, and destroy is right after it.", "", 20s,
       lifecycle::survives_a_failed_start},
      {"lifecycle.leaks_nothing", "Instances that are created and destroyed leave no memory behind.", "", 30s,
       lifecycle::leaks_nothing},
      {"lifecycle.starts_and_stops", "It starts, answers, drains and is destroyed, and again on the same state.", "",
       30s, lifecycle::starts_and_stops},
      {"lifecycle.drain_leaves_nothing", "After drain and destroy no thread runs on and no file stays open.", "", 30s,
       lifecycle::drain_leaves_nothing},
      {"lifecycle.side_by_side", "Instances of one plugin live and end independently of each other.", "", 30s,
       lifecycle::side_by_side},
      {"lifecycle.is_a_guest",
       "Signals, locale, umask, folder, environment, rounding, limits and output stay as they were.", "", 30s,
       lifecycle::is_a_guest},
      {"lifecycle.threads_block_signals", "Threads of its own take no signal away from the host.", "", 30s,
       lifecycle::threads_block_signals},
  };
}

}  // namespace gatehouse::check
