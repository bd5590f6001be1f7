// SPDX-License-Identifier: Apache-2.0
#include "convoy/convoy.h"

#include <gtest/gtest.h>
#include <gatehouse/sdk/host.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace gatehouse::convoy {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::int64_t in(milliseconds time) {
  return (steady_clock::now().time_since_epoch() + std::chrono::nanoseconds(time)).count();
}

// A host whose clock may be ahead of the one that threads sleep by.
class AheadHost {
 public:
  AheadHost() {
    host_.context = this;
    host_.monotonic_ns = [](void* self) { return in(static_cast<AheadHost*>(self)->ahead_); };
  }
  void go_ahead(milliseconds time) { ahead_ = time; }
  sdk::Host host() const { return sdk::Host(&host_); }

 private:
  gh_host host_{};
  std::atomic<milliseconds> ahead_{milliseconds(0)};
};

using Outcome = Convoy::Outcome;

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
        EXPECT_EQ(convoy_.travel(call, [this](const auto& all) { road_.drive(all); }), Outcome::Arrived);
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
      EXPECT_EQ(convoy_.travel(one, [this](const auto& all) { road_.drive(all); }), Outcome::Arrived);
      return one.served;
    });
    road_.wait_for_journeys(before + 1);
    return call;
  }

  static constexpr milliseconds time_to_share{50};
  AheadHost host_;
  Convoy convoy_{host_.host(), 1, 4, std::chrono::nanoseconds(time_to_share).count()};
  Road road_;
};

TEST_F(ConvoyTest, WhoComesAloneGoesAloneAndAtOnce) {
  Call call;
  const auto outcome = convoy_.travel(call, [](const auto& all) {
    EXPECT_EQ(all.size(), 1u);
    serve(all);
  });
  EXPECT_EQ(outcome, Outcome::Arrived);
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
  Call late("t", in(time_to_share + milliseconds(20)));
  EXPECT_EQ(convoy_.travel(late, serve), Outcome::Late);
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
        const auto outcome = convoy_.travel(call, [](const auto&) { throw std::runtime_error("no"); });
        EXPECT_EQ(outcome, Outcome::Arrived);
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

TEST_F(ConvoyTest, WhoComesWithLittleTimeLeftGoesAloneAtOnce) {
  Call brief("t", in(time_to_share / 2));
  EXPECT_EQ(convoy_.travel(brief, serve), Outcome::Alone);
  EXPECT_EQ(brief.served, 0);
}

// Whether it is the first of those who wait, who would drive, or one of the others.
class ConvoyBehindAStall : public ConvoyTest, public testing::WithParamInterface<bool> {};

TEST_P(ConvoyBehindAStall, WhoHasLittleTimeLeftByThenGoesAloneAndItsDeadlineIsNobodyElses) {
  auto ahead = first();
  std::vector<std::future<int>> patient;
  if (!GetParam()) patient = queue(1);
  const auto deadline = in(std::chrono::seconds(40));
  auto brief = std::async(std::launch::async, [&] {
    Call call("t", deadline);
    const auto outcome = convoy_.travel(call, serve);
    return std::make_pair(outcome, call.served);
  });
  while (convoy_.waiting() < patient.size() + 1) std::this_thread::yield();
  for (int at = 0; at < 2; ++at) {
    patient.push_back(std::async(std::launch::async, [this, deadline] {
      Call call;
      convoy_.travel(call, [&](const auto& all) {
        EXPECT_GT(Convoy::earliest_deadline_ns(all), deadline);
        serve(all);
      });
      return call.served;
    }));
  }
  while (convoy_.waiting() < patient.size() + 1) std::this_thread::yield();
  host_.go_ahead(std::chrono::seconds(40));
  road_.open();
  for (auto& call : patient) EXPECT_EQ(call.get(), 1);
  EXPECT_EQ(brief.get(), std::make_pair(Outcome::Alone, 0));
  EXPECT_EQ(ahead.get(), 1);
}

INSTANTIATE_TEST_SUITE_P(FirstOrNot, ConvoyBehindAStall, testing::Bool());

TEST_F(ConvoyTest, ManyThreadsAreEachServedOnceInOrderlyJourneys) {
  constexpr std::size_t threads = 8;
  constexpr std::size_t calls = 500;
  std::atomic<std::size_t> carried{0};
  std::array<std::atomic<int>, 2> under_way{};
  std::vector<std::thread> clients;
  for (std::size_t at = 0; at < threads; ++at) {
    clients.emplace_back([&] {
      for (std::size_t turn = 0; turn < calls; ++turn) {
        Call call(turn % 2 == 0 ? "even" : "odd");
        const auto outcome = convoy_.travel(call, [&, turn](const auto& all) {
          EXPECT_EQ(under_way[turn % 2].fetch_add(1), 0) << "there is one lane";
          EXPECT_LE(all.size(), 4u);
          for (const auto* each : all) EXPECT_EQ(each->group(), call.group());
          carried += all.size();
          serve(all);
          --under_way[turn % 2];
        });
        ASSERT_EQ(outcome, Outcome::Arrived);
        ASSERT_EQ(call.served, 1);
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(carried, threads * calls);
  EXPECT_EQ(convoy_.waiting(), 0u);
}

// Deadlines pass at every point of a journey: before it, aboard, and when the lane is handed over.
TEST_F(ConvoyTest, ManyThreadsWithLittleTimeAreServedOnceOrNotAtAll) {
  Convoy hasty{host_.host(), 1, 4, 0};
  constexpr std::size_t threads = 8;
  constexpr std::size_t calls = 300;
  std::atomic<std::size_t> carried{0};
  std::atomic<std::size_t> arrived{0};
  std::vector<std::thread> clients;
  for (std::size_t at = 0; at < threads; ++at) {
    clients.emplace_back([&, at] {
      for (std::size_t turn = 0; turn < calls; ++turn) {
        const auto spare = std::chrono::microseconds(at * 37 + turn * 11 % 400);
        Call call(turn % 3 == 0 ? "a" : "b", in(milliseconds(0)) + std::chrono::nanoseconds(spare).count());
        const auto outcome = hasty.travel(call, [&](const auto& all) {
          carried += all.size();
          const auto end = steady_clock::now() + std::chrono::microseconds(50);
          while (steady_clock::now() < end) std::this_thread::yield();
          serve(all);
        });
        if (outcome == Outcome::Arrived) ++arrived;
        ASSERT_EQ(call.served, outcome == Outcome::Arrived ? 1 : 0);
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_GT(arrived, 0u);
  EXPECT_EQ(carried, arrived);
  EXPECT_EQ(hasty.waiting(), 0u);
}

}  // namespace
}  // namespace gatehouse::convoy
