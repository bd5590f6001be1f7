// SPDX-License-Identifier: Apache-2.0
#include "support/program.h"

#include "support/temp_folder.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <system_error>

extern char** environ;

namespace gatehouse::test {
namespace {

std::vector<std::string> child_environment(const ProgramCall& call) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto name = text.substr(0, text.find('='));
    bool replaced = false;
    for (const auto& [other, value] : call.environment) replaced = replaced || name == other;
    if (!replaced) result.emplace_back(text);
  }
  for (const auto& [name, value] : call.environment) {
    if (value) result.push_back(name + '=' + *value);
  }
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

int open_for_child(const std::filesystem::path& path) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
}

// Between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(const ProgramCall& call, pid_t parent, const passwd* account, int out, int err,
                         char** arguments, char** environment) {
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  if (!call.folder.empty() && ::chdir(call.folder.c_str()) != 0) ::_exit(126);
  if (call.max_files) {
    const rlimit limit{*call.max_files, *call.max_files};
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::_exit(126);
  }
  if (account != nullptr) {
    if (::setgroups(0, nullptr) != 0 || ::setgid(account->pw_gid) != 0 || ::setuid(account->pw_uid) != 0) ::_exit(126);
  }
  // After setuid, which clears it.
  if (call.dies_with_us && ::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) ::_exit(126);
  // Who was orphaned before that hears of no death any more.
  if (call.dies_with_us && ::getppid() != parent) ::_exit(126);
  ::execvpe(arguments[0], arguments, environment);
  ::_exit(127);
}

}  // namespace

Program::Program(const ProgramCall& call) {
  auto arguments = call.arguments;
  auto environment = child_environment(call);
  const auto argument_pointers = pointers(arguments);
  const auto environment_pointers = pointers(environment);
  const int out = open_for_child(call.out);
  const int err = open_for_child(call.err);
  if (out < 0 || err < 0) throw std::runtime_error("cannot open the output files of " + arguments.front());
  const passwd* account = call.account ? ::getpwnam(call.account->c_str()) : nullptr;
  if (call.account && account == nullptr) throw std::runtime_error("there is no account " + *call.account);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    become(call, parent, account, out, err, const_cast<char**>(argument_pointers.data()),
           const_cast<char**>(environment_pointers.data()));
  }
  ::close(out);
  ::close(err);
  if (pid_ < 0) throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
  descriptor_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (descriptor_ < 0) throw std::runtime_error(std::string("pidfd_open: ") + std::strerror(errno));
}

Program::~Program() {
  if (!code_) {
    signal(SIGKILL);
    wait(std::chrono::seconds(10));
  }
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Program::signal(int number) const {
  if (code_) return;
  if (number == SIGSTOP) {
    stop_process(pid_);
  } else {
    ::kill(pid_, number);
  }
}

void stop_process(pid_t pid) {
  ::kill(pid, SIGSTOP);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::error_code gone;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
    char state = 'T';
    do {
      std::string line;
      std::getline(std::ifstream(thread.path() / "stat"), line);
      // Behind the name, which may hold anything.
      const auto name = line.rfind(") ");
      state = name == std::string::npos ? 'X' : line[name + 2];
    } while (state != 'T' && state != 't' && state != 'Z' && state != 'X' && std::chrono::steady_clock::now() < until);
  }
}

std::optional<int> Program::wait(std::chrono::milliseconds patience) {
  if (code_) return code_;
  pollfd entry{descriptor_, POLLIN, 0};
  if (::poll(&entry, 1, static_cast<int>(patience.count())) <= 0) return std::nullopt;
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) throw std::runtime_error("waitpid");
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return code_;
}

ProgramResult run_program(ProgramCall call, std::chrono::milliseconds patience) {
  const TempFolder folder;
  call.out = folder.path() / "out";
  call.err = folder.path() / "err";
  ProgramResult result;
  {
    Program program(call);
    result.code = program.wait(patience).value_or(-1);
  }
  result.out = read_file(call.out);
  result.err = read_file(call.err);
  return result;
}

}  // namespace gatehouse::test
