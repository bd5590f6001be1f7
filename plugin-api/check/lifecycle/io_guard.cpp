// SPDX-License-Identifier: Apache-2.0
#include "lifecycle/io_guard.h"

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

namespace gatehouse::check::lifecycle {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t our_arch = AUDIT_ARCH_X86_64;
std::uint64_t argument(const ucontext_t& at, int number) {
  constexpr int registers[] = {REG_RDI, REG_RSI, REG_RDX, REG_R10};
  return static_cast<std::uint64_t>(at.uc_mcontext.gregs[registers[number]]);
}
void answer(ucontext_t& at, long value) { at.uc_mcontext.gregs[REG_RAX] = value; }
#elif defined(__aarch64__)
constexpr std::uint32_t our_arch = AUDIT_ARCH_AARCH64;
std::uint64_t argument(const ucontext_t& at, int number) { return at.uc_mcontext.regs[number]; }
void answer(ucontext_t& at, long value) { at.uc_mcontext.regs[0] = static_cast<std::uint64_t>(value); }
#else
#define GATEHOUSE_NO_IO_GUARD 1
#endif

#ifndef GATEHOUSE_NO_IO_GUARD

// Which argument is a path, if any.
enum class Path : std::int8_t { None = -1, First = 0, Second = 1 };

struct Forbidden {
  int number;
  const char* name;
  Path path;
};

constexpr Forbidden forbidden[] = {
    {SYS_openat, "openat", Path::Second},
#ifdef SYS_open
    {SYS_open, "open", Path::First},
    {SYS_creat, "creat", Path::First},
    {SYS_stat, "stat", Path::First},
    {SYS_lstat, "lstat", Path::First},
    {SYS_access, "access", Path::First},
    {SYS_readlink, "readlink", Path::First},
    {SYS_mkdir, "mkdir", Path::First},
    {SYS_rmdir, "rmdir", Path::First},
    {SYS_unlink, "unlink", Path::First},
    {SYS_rename, "rename", Path::First},
    {SYS_chmod, "chmod", Path::First},
    {SYS_fork, "fork", Path::None},
    {SYS_vfork, "vfork", Path::None},
#endif
    {SYS_newfstatat, "newfstatat", Path::Second},
    {SYS_statx, "statx", Path::Second},
    {SYS_faccessat, "faccessat", Path::Second},
    {SYS_readlinkat, "readlinkat", Path::Second},
    {SYS_mkdirat, "mkdirat", Path::Second},
    {SYS_unlinkat, "unlinkat", Path::Second},
    {SYS_renameat, "renameat", Path::Second},
    {SYS_renameat2, "renameat2", Path::Second},
    {SYS_fchmodat, "fchmodat", Path::Second},
    {SYS_truncate, "truncate", Path::First},
    {SYS_chdir, "chdir", Path::First},
    {SYS_memfd_create, "memfd_create", Path::None},
    {SYS_socket, "socket", Path::None},
    {SYS_socketpair, "socketpair", Path::None},
#ifndef GATEHOUSE_SANITIZED
    // The undefined-behaviour sanitizer asks the kernel through one whether an address can be read.
    {SYS_pipe2, "pipe2", Path::None},
#endif
    {SYS_clone, "clone (a thread or a process)", Path::None},
    {SYS_clone3, "clone (a thread or a process)", Path::None},
    {SYS_execve, "execve", Path::First},
    {SYS_nanosleep, "nanosleep", Path::None},
    {SYS_clock_nanosleep, "clock_nanosleep", Path::None},
};

// What libraries read about the system when they are first used, and go without when they cannot.
constexpr std::string_view system_paths[] = {
    "/usr/lib/ssl/",  "/etc/ssl/",    "/usr/lib/locale/", "/usr/share/zoneinfo/",
    "/etc/localtime", "/proc/self/",  "/proc/sys/",       "/proc/cpuinfo",
    "/sys/",          "/dev/urandom", "/dev/random",
};

// The one case of this process and what it is doing; a signal handler has no other way to its words.
struct Guarded {
  Context* context;
  const char* during;
};
Guarded guarded{nullptr, nullptr};

bool is_about_the_system(std::string_view path) {
  for (const auto& each : system_paths) {
    if (path.starts_with(each)) return true;
  }
  return false;
}

// The filter stops a thread right where it makes the call, never inside an allocator or a lock of ours.
void caught(int, siginfo_t* info, void* where) {
  auto& at = *static_cast<ucontext_t*>(where);
  for (const auto& each : forbidden) {
    if (each.number != info->si_syscall) continue;
    std::string what = each.name;
    if (each.path != Path::None) {
      const std::string_view path(reinterpret_cast<const char*>(argument(at, static_cast<int>(each.path))));
      what.append(" of ").append(path);
      if (is_about_the_system(path)) {
        guarded.context->detail(what + ", about the system: refused, no fault");
        answer(at, -ENOENT);
        return;
      }
    }
    guarded.context->fail(std::string(guarded.during) + " does I/O: " + what +
                          "; it only looks at the settings, I/O and threads begin in start");
  }
  guarded.context->fail(std::string(guarded.during) + " does I/O: system call " + std::to_string(info->si_syscall));
}

std::vector<sock_filter> make_filter() {
  constexpr auto field = [](std::size_t offset) {
    return sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)};
  };
  constexpr auto give = [](std::uint32_t what) { return sock_filter{BPF_RET | BPF_K, 0, 0, what}; };
  constexpr auto skip_unless = [](std::uint32_t value, std::uint8_t count) {
    return sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, count, value};
  };
  std::vector<sock_filter> filter{field(offsetof(seccomp_data, arch)),
                                  {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, our_arch},
                                  give(SECCOMP_RET_ALLOW),
                                  field(offsetof(seccomp_data, nr))};
  // fstat() of an open file comes as one of these, with an empty path and AT_EMPTY_PATH.
  for (const auto& [number, flags] : {std::pair(SYS_newfstatat, 3), {SYS_statx, 2}}) {
    filter.push_back(skip_unless(static_cast<std::uint32_t>(number), 4));
    filter.push_back(field(offsetof(seccomp_data, args) + static_cast<std::size_t>(flags) * 8));
    filter.push_back({BPF_JMP | BPF_JSET | BPF_K, 0, 1, AT_EMPTY_PATH});
    filter.push_back(give(SECCOMP_RET_ALLOW));
    filter.push_back(give(SECCOMP_RET_TRAP));
  }
  for (const auto& each : forbidden) {
    filter.push_back(skip_unless(static_cast<std::uint32_t>(each.number), 1));
    filter.push_back(give(SECCOMP_RET_TRAP));
  }
  filter.push_back(give(SECCOMP_RET_ALLOW));
  return filter;
}

#endif

}  // namespace

bool guard_io(Context& context, const char* during) {
#ifdef GATEHOUSE_NO_IO_GUARD
  (void)context;
  (void)during;
  return false;
#else
  guarded = {&context, during};
  struct sigaction action {};
  action.sa_sigaction = caught;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  ::sigaction(SIGSYS, &action, nullptr);
  auto filter = make_filter();
  sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
#endif
}

}  // namespace gatehouse::check::lifecycle
