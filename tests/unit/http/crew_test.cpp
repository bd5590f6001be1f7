// SPDX-License-Identifier: Apache-2.0
#include "http/crew.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace gatehouse::http {
namespace {

// A queue of work, as the poller is one.
class Work {
 public:
  void put(std::function<void()> job) {
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
      job();
    } while (member.end());
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
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

  Work work_;
  Gate gate_;
};

TEST_F(CrewTest, ReplacesWhoeverIsStuckUntilAllHaveTheirTurn) {
  Crew crew(2, 20, serve());
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
  Crew crew(1, 3, serve());
  crew.start();
  for (int i = 0; i < 10; ++i) work_.put([this] { gate_.pass(); });
  gate_.wait_for(4);
  for (int i = 0; i < 10; ++i) crew.look();
  EXPECT_EQ(crew.threads(), 4U);
  work_.stop();
  gate_.open();
  crew.join();
}

TEST_F(CrewTest, GrowsBackWhenTheyReturn) {
  Crew crew(2, 20, serve());
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
