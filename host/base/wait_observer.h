// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace gatehouse {

// Whoever owns threads and wants to know when one of them is about to wait for somebody outside of the process, so that
// another can work meanwhile. Both on the thread that waits; every begin has its end.
class WaitObserver {
 public:
  virtual void wait_begins() noexcept = 0;
  virtual void wait_ends() noexcept = 0;

 protected:
  ~WaitObserver() = default;
};

// Around what waits; null: nobody wants to know.
class Wait {
 public:
  explicit Wait(WaitObserver* observer) noexcept : observer_(observer) {
    if (observer_ != nullptr) observer_->wait_begins();
  }
  ~Wait() {
    if (observer_ != nullptr) observer_->wait_ends();
  }
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

 private:
  WaitObserver* const observer_;
};

}  // namespace gatehouse
