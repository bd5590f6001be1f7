// SPDX-License-Identifier: Apache-2.0
#include "unit/kms-local/system_faults.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace gatehouse::test {

SystemFaults& system_faults() {
  static SystemFaults faults;
  return faults;
}

}  // namespace gatehouse::test

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
  const auto& faults = gatehouse::test::system_faults();
  if (faults.write_error != 0) {
    errno = faults.write_error;
    return -1;
  }
  if (faults.write_at_most != 0) size = std::min(size, faults.write_at_most);
  return static_cast<ssize_t>(::syscall(SYS_write, fd, data, size));
}

int fsync(int fd) {
  auto& faults = gatehouse::test::system_faults();
  if (faults.fsync_error != 0 && faults.fsyncs_before_error-- == 0) {
    errno = faults.fsync_error;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  const auto& faults = gatehouse::test::system_faults();
  if (faults.rename_error != 0) {
    errno = faults.rename_error;
    return -1;
  }
  if (faults.kill_before_rename) ::raise(SIGKILL);
  const auto result = static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, 0));
  if (faults.kill_after_rename) ::raise(SIGKILL);
  return result;
}
}
