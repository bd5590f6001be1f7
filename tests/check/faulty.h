// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/plugin.h>

#include <atomic>
#include <string>
#include <string_view>
#include <thread>

// A right plugin with one thing wrong, which its setting `fault` names: the inner plugin's functions are called, and
// what goes in or comes back is changed. faulty.cpp is the life of each, faulty_*.cpp the table of its interface.
namespace gatehouse::test::faulty {

// The fault of this process; all its instances have the same one.
extern std::string fault;
inline bool is(std::string_view name) { return fault == name; }

// An instance was destroyed.
extern std::atomic<bool> one_is_gone;

// For what is only wrong with several threads: true on every thread but the first that asked. Whether two are inside at
// once would be left to chance.
bool crowded();

// Goes on for as long as somebody who never looks at the deadline.
void dawdle(const gh_call* call);

gh_status explain(const gh_call* call, gh_status status, std::string_view words);

inline std::string_view view(gh_slice slice) { return {reinterpret_cast<const char*>(slice.data), slice.size}; }
inline gh_slice slice(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

}  // namespace gatehouse::test::faulty
