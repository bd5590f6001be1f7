// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <csignal>

namespace gatehouse::app {

// For a command that ends its work in order: from the constructor on SIGINT, SIGTERM and SIGHUP wait, in this thread
// and those it starts, until they are asked for. Any other command they end at once, as they do any program. So this is
// made before anything that starts threads. The destructor forgets those that nobody has asked for.
class StopSignalsWait {
 public:
  StopSignalsWait();
  ~StopSignalsWait();
  StopSignalsWait(const StopSignalsWait&) = delete;
  StopSignalsWait& operator=(const StopSignalsWait&) = delete;

 private:
  sigset_t before_{};
};

// Asks for signals that wait. One thread.
class StopSignals {
 public:
  // How many have come so far.
  int received();
  // Until another comes, or for the time.
  void wait(std::chrono::milliseconds time);

 private:
  int received_ = 0;
};

}  // namespace gatehouse::app
