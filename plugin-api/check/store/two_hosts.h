// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/store.h"

#include <cstdint>
#include <span>

namespace gatehouse::check::store {

// One of two hosts on one backend, each with an instance of its own under the same settings. Both run the same check
// and tell each other numbers over a line, so the order of what they do is the order in which it was answered. One
// thread.
class Host {
 public:
  // `line` is this host's end of a socket pair, which the other has the other end of.
  Host(Store& store, int line, bool first) : store_(store), line_(line), first_(first) {}
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  Store& store() const noexcept { return store_; }
  bool first() const noexcept { return first_; }
  // The hosts take turns: exactly one of them acts in a round.
  bool acts_in(int round) const noexcept { return (round % 2 == 0) == first_; }

  // Waits until the other has told its number in return. Throws NotHeld when it left the check.
  std::int64_t swap(std::int64_t mine);
  // Do both want another round?
  bool more(Rounds& rounds, int done) {
    const std::int64_t wanted = rounds.more(done) ? 1 : 0;
    return swap(wanted) + wanted == 2;
  }
  // Comes back when both are here.
  void meet() { swap(0); }
  // Out of the check for good, with the other one.
  void leave();

 private:
  void tell(std::int64_t number) const;
  std::int64_t hear() const;

  Store& store_;
  const int line_;
  const bool first_;
  bool left_ = false;  // the other has left this check
};

// One point of a case that both hosts run.
struct SharedCheck {
  const char* sentence;
  void (*run)(Host& host);
};

// Skip the case for a store that does not say GH_STORE_SHARED.
void run_on_two_instances(Context& context, std::span<const SharedCheck> checks);
void run_in_two_processes(Context& context, std::span<const SharedCheck> checks);

}  // namespace gatehouse::check::store
