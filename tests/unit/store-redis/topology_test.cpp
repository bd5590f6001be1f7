// SPDX-License-Identifier: Apache-2.0
#include "topology.h"
#include "support/listener.h"
#include "unit/store-redis/redis_fixture.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

namespace gatehouse::store_redis {
namespace {

using std::chrono::milliseconds;

class TopologyThatHangs : public testing::TestWithParam<Target::Form> {
 protected:
  Deadline in(milliseconds time) const { return {host_, monotonic_ns() + std::chrono::nanoseconds(time).count()}; }
  std::unique_ptr<Topology> made() const {
    TopologySettings settings;
    settings.target.form = GetParam();
    settings.target.endpoints = {{"127.0.0.1", listener_.address().port, {}}};
    settings.target.master = "mymaster";
    settings.connect_us = 60'000'000;
    return make_topology(settings);
  }

  const sdk::Host host_{&real_host()};
  const test::Listener listener_;
};

// Whoever is asking holds the lock until it has an answer or no time left.
TEST_P(TopologyThatHangs, HoldsUpNobodyWhoDoubtsIt) {
  const auto topology = made();
  std::thread asks([&] { EXPECT_THROW(topology->master_of(7, in(milliseconds(400))), NotConnected); });
  while (!listener_.visited()) std::this_thread::yield();
  const auto begin = monotonic_ns();
  topology->doubt();
  EXPECT_LT(monotonic_ns() - begin, std::chrono::nanoseconds(milliseconds(200)).count());
  asks.join();
}

TEST_P(TopologyThatHangs, HoldsUpNobodyBeyondItsDeadlineWhoWasSentElsewhere) {
  const auto topology = made();
  std::thread asks([&] { EXPECT_THROW(topology->master_of(7, in(milliseconds(600))), NotConnected); });
  while (!listener_.visited()) std::this_thread::yield();
  const auto begin = monotonic_ns();
  EXPECT_THROW(topology->moved(7, {"127.0.0.1", 1, {}}, in(milliseconds(50))), NotConnected);
  EXPECT_LT(monotonic_ns() - begin, std::chrono::nanoseconds(milliseconds(400)).count());
  asks.join();
}

INSTANTIATE_TEST_SUITE_P(Forms, TopologyThatHangs, testing::Values(Target::Form::Sentinel, Target::Form::Cluster));

}  // namespace
}  // namespace gatehouse::store_redis
