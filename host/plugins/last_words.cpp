// SPDX-License-Identifier: Apache-2.0
#include "plugins/last_words.h"

#include "plugins/crash_report.h"
#include "plugins/supervisor.h"

#include <atomic>
#include <csignal>
#include <cstdlib>

#include <unistd.h>

namespace gatehouse::plugins {
namespace {

std::atomic<const char*> loading{nullptr};
std::atomic<const Supervisor*> calls{nullptr};
std::atomic<bool> speaking{false};

#ifdef GATEHOUSE_SANITIZED
constexpr bool crashes_are_ours = false;
#else
constexpr bool crashes_are_ours = true;
#endif

constexpr int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

std::string_view name_of(int signal) noexcept {
  switch (signal) {
    case SIGSEGV: return "SIGSEGV";
    case SIGBUS: return "SIGBUS";
    case SIGFPE: return "SIGFPE";
    case SIGILL: return "SIGILL";
    default: return "SIGABRT";
  }
}

Supervisor::Inside inside_here() noexcept {
  const auto* supervisor = calls.load(std::memory_order_acquire);
  return supervisor == nullptr ? Supervisor::Inside{} : supervisor->inside_here();
}

void write_call(const Supervisor::Inside& inside) noexcept {
  CrashText text;
  text << "gatehouse: it was inside the plugin \"" << inside.plugin << "\", in " << inside.operation;
  if (!inside.request_id.empty()) text << ", request " << inside.request_id;
  text.write();
}

void report_crash(int signal, std::uintptr_t address) noexcept {
  CrashText text;
  text << "gatehouse: " << name_of(signal);
  if (signal != SIGABRT) (text << " at address ").hex(address);
  (text << "; the server ends here").write();
  const auto* file = loading.load(std::memory_order_acquire);
  if (file != nullptr) (text << "gatehouse: it was loading the plugin file " << file).write();
  const auto inside = inside_here();
  if (!inside.plugin.empty()) write_call(inside);

  const CrashStack stack(address);
  const auto plugin = stack.plugin();
  if (!plugin.file.empty()) {
    text << "gatehouse: the plugin file " << plugin.file << " (SHA-256 " << plugin.sha256;
    (text << ") is on the stack; report this to its author with these lines").write();
  } else if (file == nullptr && inside.plugin.empty()) {
    (text << "gatehouse: no plugin is on the stack; report this to the Gatehouse project with these lines").write();
  }
  stack.write();
}

extern "C" void on_crash(int signal, siginfo_t* info, void*) {
  // Another thread crashes while one speaks: it waits for the end, which is near.
  while (speaking.exchange(true)) ::pause();
  report_crash(signal, reinterpret_cast<std::uintptr_t>(info->si_addr));
  std::signal(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(signal);
}

// What a plugin calls exit() for, the operator cannot know: with code 0 a service manager would take it for an orderly
// end.
void on_exit() {
  const auto* file = loading.load(std::memory_order_acquire);
  const auto inside = inside_here();
  if (file == nullptr && inside.plugin.empty()) return;
  CrashText text;
  if (file != nullptr) {
    text << "gatehouse: the plugin file " << file << " called exit() while it was being loaded";
  } else {
    text << "gatehouse: the plugin \"" << inside.plugin << "\" called exit() in " << inside.operation;
  }
  (text << ", which a plugin must not; the server ends here. Remove the plugin from the configuration or get another "
           "version of it")
      .write();
  ::_exit(1);
}

}  // namespace

void install_last_words() {
  std::atexit(on_exit);
  if (!crashes_are_ours) return;
  // The first walk of a stack may load libgcc_s, which takes locks and memory: not in the handler.
  const CrashStack warm_up(0);
  struct sigaction action {};
  action.sa_sigaction = on_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (const int signal : signals) sigaddset(&action.sa_mask, signal);
  for (const int signal : signals) ::sigaction(signal, &action, nullptr);
}

LoadingMark::LoadingMark(const char* file) noexcept { loading.store(file, std::memory_order_release); }
LoadingMark::~LoadingMark() { loading.store(nullptr, std::memory_order_release); }

WatchedCalls::WatchedCalls(const Supervisor& supervisor) noexcept {
  calls.store(&supervisor, std::memory_order_release);
}
WatchedCalls::~WatchedCalls() { calls.store(nullptr, std::memory_order_release); }

}  // namespace gatehouse::plugins
