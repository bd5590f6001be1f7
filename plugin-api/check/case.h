// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string_view>
#include <vector>

namespace gatehouse::check {

class Context;

// One point of the contract and how it is looked at. Every case runs in a process of its own, forked before the plugin
// was loaded, and may do there what it likes: the process is thrown away afterwards.
struct Case {
  std::string_view name;          // "store.lost_update": its group, a dot, [a-z0-9_]+
  std::string_view sentence;      // what holds when it passes, for the author of a plugin
  std::string_view interface_id;  // runs only for plugins that offer it; empty: for every plugin
  std::chrono::milliseconds limit;
  void (*run)(Context&);
};

// One list a group, in the order in which they run.
std::vector<Case> loading_cases();
std::vector<Case> lifecycle_cases();
std::vector<Case> store_cases();
std::vector<Case> watch_cases();
std::vector<Case> kms_cases();
std::vector<Case> limiter_cases();
std::vector<Case> mail_cases();

// All of them.
std::vector<Case> all_cases();

}  // namespace gatehouse::check
