// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>

// What runs inside Redis, each in one step. Keys and arguments are described with each script in scripts.cpp.
namespace gatehouse::store_redis {

enum class Script : std::size_t { Commit, Find, Purge, Forget, Take, Rights };
constexpr std::size_t script_count = 6;

const std::array<std::string, script_count>& script_texts();

}  // namespace gatehouse::store_redis
