// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace gatehouse::plugins {

// Remembers whether a plugin answers. After so many failures in a row calls are refused at once; after a pause one call
// is let through to try, and its result decides. Lock-free; a call through a closed breaker costs two loads.
//
// Whoever comes during the pause or while the probe is inside is refused and does not wait for what the probe learns:
// nobody knows yet that the plugin answers, a probe of one that hangs lasts as long as a call may, and all who waited
// would hold a thread and a place until then. So after a hang some requests still get 503, at once and with
// Retry-After, for one pause and one call at most.
class Breaker {
 public:
  Breaker(unsigned failures, std::chrono::nanoseconds pause) noexcept : limit_(failures), pause_ns_(pause.count()) {}

  // A new breaker is stopped: nothing passes until start(), nor after stop().
  void start() noexcept { state_.store(State::Closed, std::memory_order_release); }
  void stop() noexcept { state_.store(State::Stopped); }

  // Sequentially consistent, as stop() and the places of calls are: after stop(), a thread that took a place sees that
  // it is stopped, or whoever stopped it sees the place taken.
  bool closed() const noexcept { return state_.load() == State::Closed; }

  // Between start() and stop(), whatever the plugin answers. As closed().
  bool started() const noexcept { return state_.load() != State::Stopped; }

  enum class State : std::uint8_t { Stopped, Closed, Open, Probing };
  State state() const noexcept { return state_.load(std::memory_order_relaxed); }

  enum class Entry : std::uint8_t { Pass, Probe, Refused };
  // For when closed() is false. A Probe ends with succeeded(true) or failed().
  Entry admit(std::int64_t now_ns) noexcept;
  // How long a refused caller should wait; nothing when stopped.
  std::optional<std::chrono::nanoseconds> pause_left(std::int64_t now_ns) const noexcept;

  // True: this call closed the breaker.
  bool succeeded(bool probe) noexcept {
    if (failures_.load(std::memory_order_relaxed) != 0) failures_.store(0, std::memory_order_relaxed);
    return probe && close();
  }
  // True: this call opened the breaker.
  bool failed(std::int64_t now_ns) noexcept;

 private:
  bool close() noexcept;
  bool reopen(State from, std::int64_t now_ns) noexcept;

  const unsigned limit_;
  const std::int64_t pause_ns_;
  std::atomic<State> state_{State::Stopped};
  std::atomic<unsigned> failures_{0};
  std::atomic<std::int64_t> retry_at_ns_{0};
};

}  // namespace gatehouse::plugins
