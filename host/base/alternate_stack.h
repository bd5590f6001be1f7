// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace gatehouse {

// A second stack for the calling thread's signal handlers as long as this lives: with its own stack used up, a thread
// could not say any more what happened to it. Threads that run plugin calls have one; without memory for it they do
// without. Made and destroyed by the same thread.
class AlternateStack {
 public:
  AlternateStack() noexcept;
  ~AlternateStack();
  AlternateStack(const AlternateStack&) = delete;
  AlternateStack& operator=(const AlternateStack&) = delete;

 private:
  void* memory_;
};

}  // namespace gatehouse
