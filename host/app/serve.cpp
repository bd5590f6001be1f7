// SPDX-License-Identifier: Apache-2.0
#include "app/serve.h"

#include "app/banner.h"
#include "app/start_watch.h"
#include "app/state_folder.h"
#include "app/stop_limit.h"
#include "app/wiring.h"
#include "base/log.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace gatehouse::app {
namespace {

sigset_t shutdown_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

// Secrets of a running server never reach a core file, and nothing it starts gains rights.
void harden_process() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

// After the plugins are loaded: a process that is not dumpable cannot open its own /proc/self/fd as an ordinary user.
void forbid_tracing(Mode mode) {
  if (mode == Mode::Production) prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

// As many connections as the configuration allows, without asking the operator to raise the soft limit by hand.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::string host_of(const std::string& address) { return address.substr(0, address.rfind(':')); }

std::string with_port(const std::string& address, std::uint16_t port) {
  return host_of(address) + ":" + std::to_string(port);
}

// Whole or not at all: who watches for the file may read it the moment it is there.
void write_ready_file(const std::string& path, const std::string& listen, const std::string& management) {
  const auto temporary = path + ".new";
  const auto text = "listen=" + listen + "\nmanagement=" + management + "\n";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (fd >= 0) ::close(fd);
  if (!written || std::rename(temporary.c_str(), path.c_str()) != 0) {
    throw std::runtime_error("--ready-file " + path + " cannot be written: " + std::generic_category().message(errno));
  }
}

// What is in flight gets its grace, and a plugin that drains its call timeout; the rest takes moments.
std::chrono::milliseconds stop_patience(const Config& config, std::chrono::milliseconds rest) {
  std::chrono::milliseconds longest{0};
  for (const auto& plugin : config.plugins) longest = std::max(longest, plugin.call_timeout);
  return config.server.drain_delay + config.server.shutdown_grace + longest + rest;
}

// Not through the log, whose writer may be what does not come to an end.
[[noreturn]] void give_up(const std::vector<std::string>& calls) {
  std::string text = "gatehouse: the server could not stop in time";
  if (!calls.empty()) text += ", because plugins do not return: ";
  for (std::size_t i = 0; i < calls.size(); ++i) text.append(i == 0 ? "" : ", ").append(calls[i]);
  text += "; it ends without them\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  ::_exit(1);
}

// A start that fails takes back what it has begun, and a plugin may hang in that: the reason is told before, and the
// end has its limit from then on.
class FailedStart {
 public:
  FailedStart(const Config& config, Log& log, StartWatch& watch)
      : patience_(stop_patience(config, std::chrono::seconds(1))), log_(log), watch_(watch) {}

  // The first reason counts; empty: not known yet.
  void tell(std::string_view reason) {
    if (!reason.empty() && !std::exchange(told_, true)) log_.error("the server cannot start", {{"reason", reason}});
    if (!limit_) limit_.emplace(patience_, [&watch = watch_] { give_up(watch.calls()); });
  }

 private:
  const std::chrono::milliseconds patience_;
  Log& log_;
  StartWatch& watch_;
  bool told_ = false;
  std::optional<StopLimit> limit_;
};

// Up to the moment when it serves and everybody may know.
void start(Wiring& wiring, const ResolvedConfig& resolved, const ServeOptions& options, Log& log, StartWatch& watch) {
  const auto& config = resolved.config;
  wiring.start();
  watch.over();
  forbid_tracing(config.mode);
  const auto listen = with_port(config.server.listen, wiring.port());
  const auto management = with_port(config.server.management, wiring.management_port());
  log.info("serving", {{"listen", listen}, {"management", management}});
  if (config.mode == Mode::Dev) print_banner(resolved, wiring.choices(), listen, management);
  if (!options.ready_file.empty()) write_ready_file(options.ready_file, listen, management);
}

void run(const ResolvedConfig& resolved, const ServeOptions& options, Log& log, StartWatch& watch,
         FailedStart& failed) {
  const auto& config = resolved.config;
  harden_process();
  raise_descriptor_limit();
  prepare_state_folder(config.state_dir);

  auto wiring = std::make_unique<Wiring>(config, log, watch, [&](std::string_view reason) { failed.tell(reason); });
  try {
    start(*wiring, resolved, options, log, watch);
  } catch (const std::exception& failure) {
    failed.tell(failure.what());
    throw;
  }

  const auto signals = shutdown_signals();
  int signal = 0;
  while (sigwait(&signals, &signal) != 0 || signal == SIGHUP) {
    log.info("SIGHUP: settings are read at start only; keys are picked up by themselves");
  }
  // From here on nothing new is answered.
  if (!options.ready_file.empty()) std::remove(options.ready_file.c_str());
  log.info("stopping", {{"signal", std::string_view(signal == SIGINT ? "SIGINT" : "SIGTERM")}});
  // From here on a second signal ends the process at once.
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGHUP, SIG_IGN);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  {
    const StopLimit limit(stop_patience(config, std::chrono::seconds(3)), [&] { give_up(watch.calls()); });
    wiring->stop();
    wiring.reset();
  }
  log.info("stopped");
}

}  // namespace

int serve(const ResolvedConfig& resolved, const ServeOptions& options, Log& log) {
  StartWatch watch;
  FailedStart failed(resolved.config, log, watch);
  try {
    run(resolved, options, log, watch, failed);
    return 0;
  } catch (const std::exception& failure) {
    failed.tell(failure.what());
    return 1;
  }
}

}  // namespace gatehouse::app
