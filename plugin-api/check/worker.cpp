// SPDX-License-Identifier: Apache-2.0
#include "worker.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <exception>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gatehouse::check {

Worker::Worker(Context& context, const std::function<void(const Tell&)>& body) : context_(context) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) context.fail("this machine gives the kit no pipe");
  pid_ = ::fork();
  if (pid_ < 0) context.fail("this machine gives the kit no process");
  told_ = ends[0];
  if (pid_ > 0) {
    ::close(ends[1]);
    return;
  }
  ::close(ends[0]);
  try {
    body([&](std::uint64_t number) {
      if (::write(ends[1], &number, sizeof(number)) != static_cast<ssize_t>(sizeof(number))) ::_exit(0);
    });
  } catch (const std::exception& error) {
    context.fail(std::string("an exception came out of the plugin: ") + error.what());
  } catch (...) {
    context.fail("an exception came out of the plugin");
  }
  ::_exit(0);
}

Worker::~Worker() {
  kill();
  ::close(told_);
}

std::optional<std::uint64_t> Worker::next() {
  std::uint64_t number = 0;
  for (;;) {
    const auto got = ::read(told_, &number, sizeof(number));
    if (got < 0 && errno == EINTR) continue;
    return got == static_cast<ssize_t>(sizeof(number)) ? std::optional(number) : std::nullopt;
  }
}

int Worker::reap() {
  int status = 0;
  const pid_t pid = std::exchange(pid_, -1);
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  // Calls that ended with their process run no more.
  for (auto& each : context_.progress().running) each.since_ns = 0;
  return status;
}

void Worker::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  reap();
}

void Worker::wait() {
  if (pid_ < 0) return;
  const int status = reap();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  // What was wrong has been told, or the death is the verdict: the runner reads it off ours.
  if (WIFEXITED(status)) ::_exit(WEXITSTATUS(status));
  ::raise(WTERMSIG(status));
  context_.fail("a process of the case died of signal " + std::to_string(WTERMSIG(status)));
}

}  // namespace gatehouse::check
