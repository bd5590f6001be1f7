// SPDX-License-Identifier: Apache-2.0
#include "app/stop_signals.h"

#include <cerrno>
#include <csignal>
#include <ctime>

namespace gatehouse::app {

int StopSignals::received() {
  wait(std::chrono::milliseconds::zero());
  return received_;
}

void StopSignals::wait(std::chrono::milliseconds time) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  timespec limit{};
  limit.tv_sec = seconds.count();
  limit.tv_nsec = std::chrono::nanoseconds(time - seconds).count();
  int signal = 0;
  do {
    signal = sigtimedwait(&set, nullptr, &limit);
  } while (signal < 0 && errno == EINTR);
  if (signal > 0) ++received_;
}

}  // namespace gatehouse::app
