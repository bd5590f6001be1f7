// SPDX-License-Identifier: Apache-2.0
#include "convoy/convoy.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::convoy {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::int64_t now_ns() { return steady_clock::now().time_since_epoch().count(); }
std::int64_t in(milliseconds time) { return now_ns() + std::chrono::nanoseconds(time).count(); }

struct Call : Convoy::Traveller {
  explicit Call(std::string_view tenant = "t", std::int64_t deadline_ns = in(std::chrono::minutes(1)))
      : Traveller(tenant, deadline_ns) {}
  int served = 0;
};

void serve(const Convoy::Travellers& all) {
  for (auto* each : all) ++static_cast<Call*>(each)->served;
}

// A journey that takes until it is let go.
class Road {
 public:
  void drive(const Convoy::Travellers& all) {
    std::unique_lock lock(mutex_);
    sizes_.push_back(all.size());
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    serve(all);
  }
  void wait_for_journeys(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return sizes_.size() >= count; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  std::vector<std::size_t> sizes() {
    const std::lock_guard lock(mutex_);
    return sizes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  std::vector<std::size_t> sizes_;
};

class ConvoyTest : public testing::Test {
 protected:
  // Calls that wait for the journey under way, all of them.
  std::vector<std::future<int>> queue(int count, std::string_view tenant = "t") {
    std::vector<std::future<int>> calls;
    for (int at = 0; at < count; ++at) {
      calls.push_back(std::async(std::launch::async, [this, tenant] {
        Call call(tenant);
        EXPECT_TRUE(convoy_.travel(call, [this](const auto& all) { road_.drive(all); }));
        return call.served;
      }));
    }
    while (convoy_.waiting() < static_cast<std::size_t>(count)) std::this_thread::yield();
    return calls;
  }
  std::future<int> first(std::string_view tenant = "t") {
    const auto before = road_.sizes().size();
    auto call = std::async(std::launch::async, [this, tenant] {
      Call one(tenant);
      EXPECT_TRUE(convoy_.travel(one, [this](const auto& all) { road_.drive(all); }));
      return one.served;
    });
    road_.wait_for_journeys(before + 1);
    return call;
  }

  Convoy convoy_{1, 4};
  Road road_;
};

TEST_F(ConvoyTest, WhoComesAloneGoesAloneAndAtOnce) {
  Call call;
  EXPECT_TRUE(convoy_.travel(call, [](const auto& all) {
    EXPECT_EQ(all.size(), 1u);
    serve(all);
  }));
  EXPECT_EQ(call.served, 1);
}

TEST_F(ConvoyTest, WhoComesMeanwhileGoesTogetherAsManyAsThereAreSeats) {
  auto ahead = first();
  auto calls = queue(6);
  road_.open();
  EXPECT_EQ(ahead.get(), 1);
  for (auto& call : calls) EXPECT_EQ(call.get(), 1);
  EXPECT_EQ(road_.sizes(), (std::vector<std::size_t>{1, 4, 2}));
}

TEST_F(ConvoyTest, AnotherTenantNeitherWaitsNorTravelsAlong) {
  auto ahead = first("a");
  auto calls = queue(1, "a");
  auto other = first("b");
  road_.open();
  EXPECT_EQ(other.get(), 1);
  EXPECT_EQ(calls.front().get(), 1);
  EXPECT_EQ(ahead.get(), 1);
  EXPECT_EQ(road_.sizes(), (std::vector<std::size_t>{1, 1, 1}));
}

TEST_F(ConvoyTest, WhoseTimeIsOverLeavesUntouchedAndHoldsUpNobody) {
  auto ahead = first();
  Call late("t", in(milliseconds(20)));
  EXPECT_FALSE(convoy_.travel(late, serve));
  EXPECT_EQ(late.served, 0);
  auto calls = queue(1);
  road_.open();
  EXPECT_EQ(calls.front().get(), 1);
  EXPECT_EQ(ahead.get(), 1);
}

TEST_F(ConvoyTest, WhatADriverThrowsIsItsOwnAndTheOthersArrive) {
  auto ahead = first();
  std::atomic<int> thrown{0};
  std::vector<std::future<int>> calls;
  for (int at = 0; at < 3; ++at) {
    calls.push_back(std::async(std::launch::async, [&] {
      Call call;
      try {
        EXPECT_TRUE(convoy_.travel(call, [](const auto&) { throw std::runtime_error("no"); }));
      } catch (const std::runtime_error&) {
        ++thrown;
      }
      return call.served;
    }));
  }
  while (convoy_.waiting() < 3) std::this_thread::yield();
  road_.open();
  for (auto& call : calls) EXPECT_EQ(call.get(), 0);
  EXPECT_EQ(thrown, 1);
  EXPECT_EQ(ahead.get(), 1);
}

TEST_F(ConvoyTest, ManyThreadsAreEachServedOnce) {
  constexpr int threads = 8;
  constexpr int calls = 500;
  std::atomic<int> journeys{0};
  std::vector<std::thread> clients;
  for (int at = 0; at < threads; ++at) {
    clients.emplace_back([&] {
      for (int turn = 0; turn < calls; ++turn) {
        Call call(turn % 2 == 0 ? "even" : "odd");
        ASSERT_TRUE(convoy_.travel(call, [&](const auto& all) {
          ++journeys;
          serve(all);
        }));
        ASSERT_EQ(call.served, 1);
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_LE(journeys, threads * calls);
}

}  // namespace
}  // namespace gatehouse::convoy
