// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <semaphore.h>
#include <cassert>
#include <cerrno>

namespace gatehouse {

// A counting semaphore, sem_overview(7), whose acquire() goes to sleep at once and whose release() wakes one. The
// standard library's of GCC 12 wakes all who wait for each release, and each gives the processor away four times before
// it sleeps again: where many threads wait that is more changes of threads than all the work. Any thread.
class Semaphore {
 public:
  Semaphore() noexcept { ::sem_init(&semaphore_, 0, 0); }
  ~Semaphore() { ::sem_destroy(&semaphore_); }
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  void release() noexcept {
    [[maybe_unused]] const int posted = ::sem_post(&semaphore_);
    assert(posted == 0);
  }
  void acquire() noexcept {
    while (::sem_wait(&semaphore_) != 0) assert(errno == EINTR);
  }

 private:
  sem_t semaphore_;
};

}  // namespace gatehouse
