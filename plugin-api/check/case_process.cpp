// SPDX-License-Identifier: Apache-2.0
#include "case_process.h"

#include "context.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gatehouse::check {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void give_up(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::generic_category().message(errno));
}

std::filesystem::path make_folder() {
  auto name = (std::filesystem::temp_directory_path() / "gatehouse-check-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) give_up("a temporary folder");
  // The host refuses paths through symbolic links, and so may a plugin.
  return std::filesystem::canonical(name);
}

Progress* make_progress() {
  void* pages = ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) give_up("shared memory");
  return new (pages) Progress;
}

std::string last_of(int file) {
  constexpr off_t most = 16 * 1024;
  const auto size = ::lseek(file, 0, SEEK_END);
  std::string text(static_cast<std::size_t>(std::min(std::max<off_t>(size, 0), most)), '\0');
  const auto got = ::pread(file, text.data(), text.size(), size - static_cast<off_t>(text.size()));
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

}  // namespace

CaseProcess::CaseProcess(const Case& subject_case, const Subject& subject, std::chrono::milliseconds limit)
    : folder_(make_folder()), limit_(limit), progress_(make_progress()), began_(Clock::now()) {
  output_ = ::memfd_create("gatehouse-check-output", MFD_CLOEXEC);
  std::array<int, 2> ends{};
  if (output_ < 0 || ::pipe2(ends.data(), O_CLOEXEC) != 0) give_up("a pipe");
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) give_up("a process");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    ::close(ends[0]);
    be_the_child(subject_case, subject, ends[1]);
  }
  // Also here: whichever process comes first.
  ::setpgid(pid_, pid_);
  ::close(ends[1]);
  reports_ = ends[0];
}

void CaseProcess::be_the_child(const Case& subject_case, const Subject& subject, int report) {
  ::setpgid(0, 0);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::close(nothing);
  ::dup2(output_, STDOUT_FILENO);
  ::dup2(output_, STDERR_FILENO);
  ::close(output_);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  // Never freed: what the plugin leaves behind may still look for it.
  auto* context = new Context(subject, subject_case.name, folder_, report, *progress_, limit_);
  run_in_this_process(subject_case.run, *context);
  ::_exit(0);
}

CaseProcess::End CaseProcess::run(const std::function<void(const Frame&)>& heard) {
  End end;
  FrameReader reader;
  const int ended = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (ended < 0) give_up("pidfd_open");
  std::array<pollfd, 2> ready{pollfd{reports_, POLLIN, 0}, pollfd{ended, POLLIN, 0}};
  // A plugin may close what is not its own, and what it started may keep the pipe open: neither end alone says enough.
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(began_ + limit_ - Clock::now()).count();
    end.timed_out = left <= 0;
    if (end.timed_out) break;
    if (::poll(ready.data(), ready.size(), static_cast<int>(std::min<std::int64_t>(left, 3'600'000))) <= 0) continue;
    if (ready[0].revents == 0) break;
    std::array<char, 4096> buffer;
    const auto got = ::read(reports_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      ready[0].fd = -1;
      ready[0].revents = 0;
      continue;
    }
    reader.feed({buffer.data(), static_cast<std::size_t>(got)});
    for (const auto& frame : reader.take()) heard(frame);
  }
  ::close(ended);
  if (end.timed_out) look_at_progress(end);
  reap(end);
  end.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_);
  end.operation = progress_->operation.load();
  end.output = last_of(output_);
  return end;
}

void CaseProcess::look_at_progress(End& end) const {
  const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch());
  const auto since = [&](std::int64_t then_ns) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - std::chrono::nanoseconds(then_ns));
  };
  std::int64_t first_ns = INT64_MAX;
  for (const auto& each : progress_->running) {
    const std::int64_t since_ns = each.since_ns.load();
    if (since_ns == 0 || since_ns >= first_ns) continue;
    first_ns = since_ns;
    end.inside = each.operation.load();
  }
  if (end.inside != nullptr) end.inside_for = since(first_ns);
  end.quiet_for = since(progress_->last_end_ns.load());
  end.rounds_done = progress_->rounds_done.load();
  end.rounds_wanted = progress_->rounds_wanted.load();
  end.commits = progress_->commits.load();
}

// It has ended, or its time is over.
void CaseProcess::reap(End& end) {
  if (end.timed_out) ::kill(-pid_, SIGKILL);
  while (::waitpid(pid_, &end.status, 0) < 0 && errno == EINTR) {
  }
  // Whatever the case left behind.
  ::kill(-pid_, SIGKILL);
  pid_ = -1;
}

CaseProcess::~CaseProcess() {
  End ignored;
  ignored.timed_out = true;
  if (pid_ > 0) reap(ignored);
  ::close(reports_);
  ::close(output_);
  ::munmap(progress_, sizeof(*progress_));
  std::error_code left_behind;
  std::filesystem::remove_all(folder_, left_behind);
}

}  // namespace gatehouse::check
