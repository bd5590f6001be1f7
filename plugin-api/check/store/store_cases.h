// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "case.h"

#include <gatehouse/store.h>

#include <chrono>
#include <string_view>
#include <vector>

// The lists that make up store_cases(), one a source file.
namespace gatehouse::check::store {

inline Case store_case(std::string_view name, std::string_view sentence, void (*run)(Context&),
                       std::chrono::milliseconds limit = std::chrono::seconds(20)) {
  return {name, sentence, GH_STORE_V1, limit, run};
}

std::vector<Case> open_cases();
std::vector<Case> commit_cases();
std::vector<Case> many_cases();
std::vector<Case> unique_cases();
std::vector<Case> find_cases();
std::vector<Case> cursor_cases();
std::vector<Case> expiry_cases();
std::vector<Case> limit_cases();
std::vector<Case> deadline_cases();
std::vector<Case> waiting_cases();
std::vector<Case> history_cases();
std::vector<Case> race_read_cases();
std::vector<Case> race_write_cases();
std::vector<Case> linear_cases();
std::vector<Case> durable_cases();
std::vector<Case> shared_cases();

}  // namespace gatehouse::check::store
