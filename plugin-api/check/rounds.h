// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <string>

namespace gatehouse::check {

class Context;

// How often a case repeats what it does: as often as usual, by the effort that is wanted; or, where a backend is slower
// than that, until the time is over that the context gives for it, but at least a fiftieth. Any thread.
class Rounds {
 public:
  // `what` is repeated, for the line in the details that says how often when that was less than wanted.
  Rounds(Context& context, std::string what, int usual);
  ~Rounds();
  Rounds(const Rounds&) = delete;
  Rounds& operator=(const Rounds&) = delete;

  // Is there one more after the `done` there were? Of threads that each do their own, each asks with its own number.
  bool more(int done) noexcept;
  // The most that anybody has done.
  int done() const noexcept { return done_.load(std::memory_order_relaxed); }

 private:
  Context& context_;
  const std::string what_;
  const int wanted_;
  std::atomic<int> done_{0};
};

}  // namespace gatehouse::check
