// SPDX-License-Identifier: Apache-2.0
#include "http/crew.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace gatehouse::http {
namespace {

// A queue of work, as the poller is one.
class Work {
 public:
  using Job = std::function<void(Crew::Member&)>;
  void put(std::function<void()> job) {
    put_job([job = std::move(job)](Crew::Member&) { job(); });
  }
  void put_job(Job job) {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    changed_.notify_one();
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  void serve(Crew::Member& member) {
    do {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      const auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      member.begin();
      job(member);
    } while (member.end());
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
};

// What jobs hang on until it is opened.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++inside_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
    --inside_;
    changed_.notify_all();
  }
  void wait_until_empty() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return inside_ == 0; });
  }
  void wait_for(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return inside_ >= count; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int inside_ = 0;
  bool open_ = false;
};

class CrewTest : public ::testing::Test {
 protected:
  ~CrewTest() override {
    work_.stop();
    gate_.open();
  }
  std::function<void(Crew::Member&)> serve() {
    return [this](Crew::Member& member) { work_.serve(member); };
  }

  SystemClock clock_;
  Work work_;
  Gate gate_;
};

TEST_F(CrewTest, ReplacesWhoeverIsStuckUntilAllHaveTheirTurn) {
  Crew crew({2, 22, 0}, clock_, serve());
  crew.start();
  for (int i = 0; i < 10; ++i) work_.put([this] { gate_.pass(); });
  gate_.wait_for(10);
  std::atomic<bool> served{false};
  work_.put([&] {
    served = true;
    gate_.open();
  });
  Gate after;
  work_.put([&] { after.pass(); });
  after.wait_for(1);
  EXPECT_TRUE(served);
  after.open();
  work_.stop();
  crew.join();
}

TEST_F(CrewTest, StartsNoMoreThanItMay) {
  Crew crew({1, 2, 2}, clock_, serve());
  crew.start();
  for (int i = 0; i < 10; ++i) work_.put([this] { gate_.pass(); });
  gate_.wait_for(4);
  for (int i = 0; i < 10; ++i) crew.look();
  EXPECT_EQ(crew.threads(), 4U);
  work_.stop();
  gate_.open();
  crew.join();
}

// They use the processor, so that no look takes them for waiting: only their word counts.
TEST_F(CrewTest, ReplacesWhoeverSaysThatItWaits) {
  Crew crew({2, 22, 0}, clock_, serve());
  crew.start();
  std::atomic<int> inside{0};
  std::atomic<bool> open{false};
  for (int i = 0; i < 20; ++i) {
    work_.put_job([&](Crew::Member& member) {
      const Wait wait(&member);
      ++inside;
      while (!open) std::this_thread::yield();
      --inside;
    });
  }
  while (inside < 20) std::this_thread::yield();
  crew.look();
  EXPECT_EQ(crew.threads(), 22U);
  open = true;
  while (inside > 0) std::this_thread::yield();
  work_.stop();
  crew.join();
}

TEST_F(CrewTest, WakesThreadsThatAreParkedBeforeItStartsNewOnes) {
  Crew crew({2, 50, 0}, clock_, serve());
  crew.start();
  for (int round = 0; round < 20; ++round) {
    Gate gate;
    for (int i = 0; i < 10; ++i) {
      work_.put_job([&](Crew::Member& member) {
        const Wait wait(&member);
        gate.pass();
      });
    }
    gate.wait_for(10);
    gate.open();
    gate.wait_until_empty();
  }
  // 10 that waited, and twice those that are to be free.
  EXPECT_LE(crew.threads(), 14U);
  work_.stop();
  crew.join();
}

TEST_F(CrewTest, GrowsBackWhenTheyReturn) {
  Crew crew({2, 22, 0}, clock_, serve());
  crew.start();
  for (int i = 0; i < 6; ++i) work_.put([this] { gate_.pass(); });
  gate_.wait_for(6);
  gate_.open();
  // Whoever is too many ends with its next piece of work.
  do {
    work_.put([] {});
    crew.look();
  } while (crew.threads() > 2);
  work_.stop();
  crew.join();
}

}  // namespace
}  // namespace gatehouse::http
