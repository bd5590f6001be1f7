// SPDX-License-Identifier: Apache-2.0
#include "app/stop_signals.h"

#include <cerrno>
#include <csignal>
#include <ctime>

namespace gatehouse::app {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

StopSignalsWait::StopSignalsWait() {
  const auto set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, &before_);
}

StopSignalsWait::~StopSignalsWait() {
  const auto set = stop_signals();
  const timespec now{};
  while (sigtimedwait(&set, nullptr, &now) > 0) {
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

int StopSignals::received() {
  wait(std::chrono::milliseconds::zero());
  return received_;
}

void StopSignals::wait(std::chrono::milliseconds time) {
  const auto set = stop_signals();
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
