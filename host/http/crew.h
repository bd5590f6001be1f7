// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace gatehouse::http {

// The threads of a front: so many that can take the next request, whatever happens to those that took one before. A
// plugin that hangs keeps the threads that called it; for each that is stuck another one is started, up to a bound, so
// that whoever does not need that plugin goes on being served. When they come back, those that are too many end.
//
// A thread counts as stuck when two looks in a row find it at the same piece of work; they are 10 ms apart while there
// is work, 50 ms when there is none.
class Crew {
 public:
  // One thread's place in the crew.
  class Member {
   public:
    // Around each piece of work; waiting for one is outside.
    void begin() noexcept { turn_.store(turn_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
    // False: there are enough others, and this thread ends.
    [[nodiscard]] bool end() noexcept;

    explicit Member(Crew& crew) noexcept : crew_(crew) {}

   private:
    friend class Crew;
    Crew& crew_;
    std::atomic<std::uint32_t> turn_{0};  // odd: at work
    std::uint32_t seen_ = 0;              // of the watching thread
    std::atomic<bool> gone_{false};
    std::thread thread_;
  };

  // `size`: threads that shall be free to work; `most_stuck`: so many are replaced, no more. `work` runs on each thread
  // and returns when it has been told to stop, or when end() says so.
  Crew(unsigned size, unsigned most_stuck, std::function<void(Member&)> work)
      : size_(size), most_(size + most_stuck), work_(std::move(work)) {}
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

  const std::size_t size_;
  const std::size_t most_;
  const std::function<void(Member&)> work_;
  std::atomic<int> surplus_{0};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::list<Member> members_;  // guarded by mutex_
  bool stopping_ = false;      // guarded by mutex_
  std::thread watcher_;
};

}  // namespace gatehouse::http
