// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace gatehouse::test {

// Makes the system calls of this program fail. The program defines the functions itself, so whatever is linked into it
// calls these. One thread; put back with system_faults() = {}.
struct SystemFaults {
  int write_error = 0;            // errno of every write()
  std::size_t write_at_most = 0;  // bytes a write() takes; 0: all
  int fsync_error = 0;            // errno of fsync()
  int fsyncs_before_error = 0;    // that many succeed first
  int rename_error = 0;           // errno of renameat()
  bool kill_before_rename = false;
  bool kill_after_rename = false;
};

SystemFaults& system_faults();

}  // namespace gatehouse::test
