// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace gatehouse::app {

// SIGINT, SIGTERM and SIGHUP for a command that ends its work in order: main blocks them in every thread, so they wait
// until they are asked for here. One thread.
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
