// SPDX-License-Identifier: Apache-2.0
#include "process_state.h"

#include <algorithm>
#include <array>
#include <cfenv>
#include <chrono>
#include <clocale>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>

#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

namespace gatehouse::check {
namespace {

using Words = std::map<std::string, std::string>;

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name == nullptr ? std::to_string(number) : std::string("SIG").append(name);
}

std::string address_of(const void* pointer) {
  std::ostringstream out;
  if (pointer == reinterpret_cast<const void*>(SIG_DFL)) return "default";
  if (pointer == reinterpret_cast<const void*>(SIG_IGN)) return "ignored";
  out << "handled at " << pointer;
  return out.str();
}

void add_signals(Words& words) {
  sigset_t mask;
  ::sigemptyset(&mask);
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) != 0) continue;
    words["what happens on " + signal_name(number)] = address_of(reinterpret_cast<const void*>(action.sa_handler));
    words["whether " + signal_name(number) + " is blocked"] = ::sigismember(&mask, number) == 1 ? "yes" : "no";
  }
}

void add_limits(Words& words) {
  for (const auto& [name, limit] : {std::pair("open files", RLIMIT_NOFILE),
                                    {"core size", RLIMIT_CORE},
                                    {"stack size", RLIMIT_STACK},
                                    {"locked memory", RLIMIT_MEMLOCK}}) {
    rlimit value{};
    ::getrlimit(limit, &value);
    words["the limit of " + std::string(name)] = std::to_string(value.rlim_cur);
  }
  itimerval timer{};
  ::getitimer(ITIMER_REAL, &timer);
  words["the interval timer"] = timer.it_value.tv_sec + timer.it_value.tv_usec == 0 ? "off" : "on";
}

// A plain look at umask() would change it.
std::string umask_now() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Umask:")) return line.substr(line.find_first_not_of(" \t", 6));
  }
  return {};
}

// Values are secrets more often than not.
void add_environment(Words& words) {
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view entry(*at);
    const auto name = entry.substr(0, entry.find('='));
    words["the environment's " + std::string(name)] = std::to_string(std::hash<std::string_view>{}(entry));
  }
}

std::set<std::string> names_in(const char* folder, bool with_target) {
  std::set<std::string> names;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator(folder, gone)) {
    auto name = entry.path().filename().string();
    if (with_target) {
      const auto target = std::filesystem::read_symlink(entry.path(), gone);
      // The one this loop itself looks with.
      if (gone || target.string().starts_with("/proc/" + std::to_string(::getpid()) + "/fd")) continue;
      name += " (" + target.string() + ")";
    }
    names.insert(std::move(name));
  }
  return names;
}

std::set<std::string> without(const std::set<std::string>& words, const std::set<std::string>& known) {
  std::set<std::string> left;
  std::set_difference(words.begin(), words.end(), known.begin(), known.end(), std::inserter(left, left.begin()));
  return left;
}

}  // namespace

ProcessState ProcessState::now() {
  ProcessState state;
  auto& words = state.words_;
  add_signals(words);
  add_limits(words);
  add_environment(words);
  words["the locale"] = ::setlocale(LC_ALL, nullptr);
  words["the umask"] = umask_now();
  std::error_code gone;
  words["the working directory"] = std::filesystem::current_path(gone).string();
  words["the rounding mode"] = std::to_string(std::fegetround());
  words["standard output"] = std::to_string(::lseek(STDOUT_FILENO, 0, SEEK_END)) + " bytes";
  words["standard error"] = std::to_string(::lseek(STDERR_FILENO, 0, SEEK_END)) + " bytes";
  return state;
}

std::vector<std::string> ProcessState::changes(const ProcessState& later) const {
  std::vector<std::string> changed;
  const auto word_of = [](const Words& words, const std::string& name) {
    const auto found = words.find(name);
    return found == words.end() ? std::string("not there") : found->second;
  };
  std::set<std::string> names;
  for (const auto* words : {&words_, &later.words_}) {
    for (const auto& [name, word] : *words) names.insert(name);
  }
  for (const auto& name : names) {
    const auto before = word_of(words_, name);
    const auto after = word_of(later.words_, name);
    if (before == after) continue;
    const bool secret = name.starts_with("the environment");
    changed.push_back(secret ? name + " changed" : name + ": " + before + ", then " + after);
  }
  return changed;
}

std::set<std::string> threads_now() { return names_in("/proc/self/task", false); }

std::set<std::string> files_now() { return names_in("/proc/self/fd", true); }

std::set<std::string> threads_since(const std::set<std::string>& before) {
  constexpr std::chrono::milliseconds step{2};
  // A thread that was joined is still listed for a moment.
  for (int left = 500;; --left) {
    auto threads = without(threads_now(), before);
    if (threads.empty() || left == 0) return threads;
    std::this_thread::sleep_for(step);
  }
}

std::set<std::string> files_since(const std::set<std::string>& before) { return without(files_now(), before); }

std::string some_of(const std::set<std::string>& words) {
  constexpr std::size_t most = 5;
  std::string text;
  std::size_t count = 0;
  for (const auto& word : words) {
    if (++count > most) break;
    text.append(text.empty() ? "" : ", ").append(word);
  }
  if (words.size() > most) text += " and " + std::to_string(words.size() - most) + " more";
  return text;
}

}  // namespace gatehouse::check
