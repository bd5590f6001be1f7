// SPDX-License-Identifier: Apache-2.0
#include "app/start_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>
#include <utility>

namespace gatehouse::app {
namespace {

int signals_that_stop() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM}) sigaddset(&set, signal);
  return ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

// Not through the log, whose thread may not be there yet.
[[noreturn]] void end_by(int signal, const std::vector<std::string>& calls) {
  std::string text = std::string("gatehouse: ") + (signal == SIGINT ? "SIGINT" : "SIGTERM") + " during the start";
  for (std::size_t i = 0; i < calls.size(); ++i) text.append(i == 0 ? ", inside plugins: " : ", ").append(calls[i]);
  text += "; it ends here\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  std::signal(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(signal);
  ::_exit(128 + signal);
}

}  // namespace

StartWatch::StartWatch() : signals_(signals_that_stop()), end_(::eventfd(0, EFD_CLOEXEC)) {
  if (signals_ < 0 || end_ < 0) {
    const auto why = errno;
    for (const int fd : {signals_, end_}) ::close(fd);
    throw std::system_error(why, std::generic_category(), "signals cannot be watched");
  }
  thread_ = std::thread([this] { run(); });
}

StartWatch::~StartWatch() { over(); }

void StartWatch::over() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(end_, &one, sizeof(one));
  thread_.join();
  for (const int fd : {signals_, end_}) ::close(fd);
}

std::vector<std::string> StartWatch::calls() {
  const std::lock_guard lock(mutex_);
  return calls_ ? calls_() : std::vector<std::string>();
}

StartWatch::Naming::Naming(StartWatch& watch, Calls calls) : watch_(watch) { watch_.tell(std::move(calls)); }
StartWatch::Naming::~Naming() { watch_.tell({}); }

void StartWatch::tell(Calls calls) {
  const std::lock_guard lock(mutex_);
  calls_ = std::move(calls);
}

void StartWatch::run() {
  pollfd both[] = {{signals_, POLLIN, 0}, {end_, POLLIN, 0}};
  for (;;) {
    if (::poll(both, 2, -1) < 0) continue;
    // A signal that comes with the end of the start is for who waits for it then.
    if (both[1].revents != 0) return;
    signalfd_siginfo info{};
    if (::read(signals_, &info, sizeof(info)) == sizeof(info)) end_by(static_cast<int>(info.ssi_signo), calls());
  }
}

}  // namespace gatehouse::app
