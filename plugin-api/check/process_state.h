// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::check {

// What all of a process shares and a guest leaves alone (rule 10 of the ABI): signal dispositions and the caller's
// signal mask, locale, umask, working directory, environment, rounding mode, resource limits, interval timers, standard
// output and error.
class ProcessState {
 public:
  static ProcessState now();
  // What differs in `later`, each as "the umask: 022, later 000". The environment's values are not repeated.
  std::vector<std::string> changes(const ProcessState& later) const;

 private:
  std::map<std::string, std::string> words_;
};

// The ids of this process's threads.
std::set<std::string> threads_now();
// Its open files: number and what it is.
std::set<std::string> files_now();

// Threads that were not there at `before`, after such as are about to end have had a second for it.
std::set<std::string> threads_since(const std::set<std::string>& before);
std::set<std::string> files_since(const std::set<std::string>& before);

// "a, b and 3 more".
std::string some_of(const std::set<std::string>& words);

}  // namespace gatehouse::check
