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

// Says whether another thread is inside as well: for what is only wrong under concurrency.
class Inside {
 public:
  Inside() : others_(count_.fetch_add(1)) { std::this_thread::yield(); }
  ~Inside() { --count_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  bool crowded() const { return others_ > 0; }

 private:
  static std::atomic<int> count_;
  const int others_;
};

// Goes on for as long as somebody who never looks at the deadline.
void dawdle(const gh_call* call);

gh_status explain(const gh_call* call, gh_status status, std::string_view words);

inline std::string_view view(gh_slice slice) { return {reinterpret_cast<const char*>(slice.data), slice.size}; }
inline gh_slice slice(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

}  // namespace gatehouse::test::faulty
