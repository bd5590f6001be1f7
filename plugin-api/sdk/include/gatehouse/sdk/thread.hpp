// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <thread>
#include <utility>

namespace gatehouse::sdk {

// A thread of the plugin's own that takes no signals: they are for the host, whose threads wait for them. Start it in
// start(), join it in drain(). Throws std::system_error; the caller's own signal mask is as before in any case.
template <class Work>
std::thread start_thread(Work&& work) {
  struct NoSignals {
    NoSignals() noexcept {
      sigset_t all;
      sigfillset(&all);
      pthread_sigmask(SIG_SETMASK, &all, &before);
    }
    ~NoSignals() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }
    NoSignals(const NoSignals&) = delete;
    NoSignals& operator=(const NoSignals&) = delete;
    sigset_t before;
  };
  const NoSignals meanwhile;
  return std::thread(std::forward<Work>(work));
}

}  // namespace gatehouse::sdk
