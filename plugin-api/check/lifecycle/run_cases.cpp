// SPDX-License-Identifier: Apache-2.0
#include "instance.h"
#include "lifecycle/cases.h"
#include "lifecycle/use.h"
#include "process_state.h"

#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

namespace gatehouse::check::lifecycle {
namespace {

void run_once(Context& context) {
  Instance instance(context);
  use_a_little(context, instance.self());
  instance.stop();
}

// The signals that steer a server, as bits of /proc's masks.
constexpr int steering[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD};

std::string open_signals(const std::string& thread) {
  std::ifstream status("/proc/self/task/" + thread + "/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("SigBlk:")) continue;
    const auto blocked = std::stoull(line.substr(7), nullptr, 16);
    std::string names;
    for (const int number : steering) {
      if ((blocked >> (number - 1) & 1) != 0) continue;
      names.append(names.empty() ? "SIG" : ", SIG").append(::sigabbrev_np(number));
    }
    return names;
  }
  return {};
}

}  // namespace

void starts_and_stops(Context& context) {
  run_once(context);
  run_once(context);
}

void drain_leaves_nothing(Context& context) {
  context.plugin();
  const auto threads = threads_now();
  const auto files = files_now();
  run_once(context);
  const auto left = threads_since(threads);
  context.expect(left.empty(), std::to_string(left.size()) + " of its threads run on after drain and destroy");
  const auto kept = files_since(files);
  run_once(context);
  run_once(context);
  const auto more = files_since(files);
  context.expect(more.size() <= kept.size(),
                 "files stay open after drain and destroy, more with each instance: " + some_of(more));
  if (!more.empty()) context.warn("it keeps open after drain and destroy, once for the process: " + some_of(more));
}

void side_by_side(Context& context) {
  Instance first(context, {.name = "first", .state_dir = context.folder() / "first"});
  Instance second(context, {.name = "second", .state_dir = context.folder() / "second"});
  context.expect(first.self() != second.self(), "two creates gave the same instance");
  use_a_little(context, first.self());
  use_a_little(context, second.self());
  first.stop();
  use_a_little(context, second.self());
  Instance third(context, {.name = "first", .state_dir = context.folder() / "first"});
  use_a_little(context, third.self());
  second.stop();
  use_a_little(context, third.self());
}

void is_a_guest(Context& context) {
  context.plugin();
  const auto before = ProcessState::now();
  const auto look = [&](const char* after) {
    const auto changes = before.changes(ProcessState::now());
    if (changes.empty()) return;
    for (const auto& change : changes) context.detail(change);
    context.fail("after " + std::string(after) + " the process it is a guest in has changed: " + changes.front());
  };
  {
    const Instance created(context, {.start = false});
    look("create");
  }
  look("destroy");
  Instance instance(context);
  look("start");
  use_a_little(context, instance.self());
  look("calls");
  // What belongs to a thread is looked at on a thread of its own too.
  std::thread([&] {
    use_a_little(context, instance.self());
    look("calls on another thread");
  }).join();
  instance.stop();
  look("drain and destroy");
}

void threads_block_signals(Context& context) {
  context.plugin();
  const auto before = threads_now();
  Instance instance(context);
  use_a_little(context, instance.self());
  auto threads = threads_now();
  for (const auto& own : before) threads.erase(own);
  if (threads.empty()) context.skip("it has no threads of its own");
  for (const auto& thread : threads) {
    const auto open = open_signals(thread);
    context.expect(open.empty(), "a thread of its own can be interrupted by " + open +
                                     "; signals are the host's: block all before the thread starts");
  }
}

}  // namespace gatehouse::check::lifecycle
