// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/semaphore.h"
#include "base/wait_observer.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace gatehouse::http {

// The threads of a front: a small number that is free to work, whatever the others wait for. A thread that waits inside
// a plugin is away: another one takes its place, one that is parked or a new one. So a store across the network has as
// many requests on their way to it as there are clients, and a plugin that hangs keeps its own callers and nobody else.
//
// A thread is away when it says so (WaitObserver), or when it has been at the same piece of work for 10 ms without
// using the processor. Looks are 2 ms apart while there is work, 50 ms when there is none. One that has been at the
// same piece of work for 200 ms is stuck.
class Crew {
 public:
  struct Size {
    unsigned free = 4;        // so many are free to take the next request
    unsigned most = 4;        // so many there are in all, but for those that are stuck
    unsigned most_stuck = 0;  // so many of the stuck are replaced beyond that
  };

  // One thread's place in the crew.
  class Member final : public WaitObserver {
   public:
    // Around each piece of work; waiting for one is outside.
    void begin() noexcept { turn_.store(turn_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
    // False: this thread ends. When there are too many it parks in here.
    [[nodiscard]] bool end() noexcept;

    // [this thread]
    void wait_begins() noexcept override;
    void wait_ends() noexcept override;

    explicit Member(Crew& crew) noexcept : crew_(crew) {}

   private:
    friend class Crew;
    Crew& crew_;
    std::atomic<std::uint32_t> turn_{0};  // odd: at work
    std::atomic<bool> away_{false};
    std::atomic<bool> gone_{false};
    // Of the watching thread: what the last look saw.
    std::uint32_t seen_ = 0;
    Steady since_{};
    std::chrono::nanoseconds used_{0};
    std::thread thread_;
  };

  // `work` runs on each thread and returns when it has been told to stop, or when end() says so.
  Crew(Size size, const Clock& clock, std::function<void(Member&)> work);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  void start();
  // Waits until every thread has ended. After whatever makes `work` return.
  void join();

  // One look, as the watching thread takes every interval. True: somebody has worked since the last one, or works.
  bool look();
  std::size_t threads() const;

 private:
  void add();
  void watch();
  // Marks those away that wait without a word; how many. Counts the stuck.
  int find_away(bool& busy, std::size_t& stuck);
  void remove_gone();
  void replace(int wanted, std::size_t stuck);

  void leave() noexcept;
  // True: go on working.
  bool stay() noexcept;
  bool park() noexcept;
  bool wake_one() noexcept;
  void retire_one() noexcept;

  const Size size_;
  const Clock& clock_;
  const int free_wanted_;
  const std::function<void(Member&)> work_;
  std::atomic<int> free_{0};     // neither away nor parked
  std::atomic<int> ceiling_{0};  // more free ones than this park
  std::atomic<int> parked_{0};   // those nobody has woken
  std::atomic<int> retiring_{0};
  Semaphore tickets_;               // for the parked: one goes on, or ends
  std::atomic<bool> short_{false};  // the watching thread is to look at once
  std::atomic<bool> full_{false};   // looking at once would not help
  std::atomic<bool> stopping_{false};
  unsigned calm_looks_ = 0;  // of the watching thread

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::list<Member> members_;  // guarded by mutex_
  std::thread watcher_;
};

}  // namespace gatehouse::http
