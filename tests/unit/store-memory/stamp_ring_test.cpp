// SPDX-License-Identifier: Apache-2.0
#include "stamp_ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace gatehouse::store_memory {
namespace {

std::vector<std::int64_t> all(const StampRing& ring) {
  std::vector<std::int64_t> stamps;
  for (std::size_t at = 0; at < ring.size(); ++at) stamps.push_back(ring[at]);
  return stamps;
}

TEST(StampRing, KeepsTheLatestInOrderLikeASortedVector) {
  std::mt19937_64 random(3);
  StampRing ring;
  std::vector<std::int64_t> expected;
  for (int step = 0; step < 5'000; ++step) {
    const auto stamp = static_cast<std::int64_t>(random() % 1'000) + step;
    ring.insert(stamp);
    expected.insert(std::upper_bound(expected.begin(), expected.end(), stamp), stamp);
    const std::size_t most = 1 + random() % 40;
    ring.keep(most);
    if (expected.size() > most) expected.erase(expected.begin(), expected.end() - static_cast<std::ptrdiff_t>(most));
    ASSERT_EQ(all(ring), expected);
    const auto bound = static_cast<std::int64_t>(random() % 1'000) + step;
    const auto later = std::count_if(expected.begin(), expected.end(), [&](std::int64_t at) { return at > bound; });
    ASSERT_EQ(ring.later_than(bound), static_cast<std::size_t>(later));
  }
}

TEST(StampRing, ClampTurnsLaterTimesIntoTheGivenOne) {
  StampRing ring;
  for (const std::int64_t stamp : {1, 5, 9, 12}) ring.insert(stamp);
  ring.clamp(7);
  EXPECT_EQ(all(ring), (std::vector<std::int64_t>{1, 5, 7, 7}));
}

TEST(StampRing, SaysBeforehandHowMuchItWillGrow) {
  StampRing ring;
  for (int at = 0; at < 100; ++at) {
    const std::size_t expected = ring.bytes() + ring.growth();
    ring.insert(at);
    ASSERT_EQ(ring.bytes(), expected);
  }
}

}  // namespace
}  // namespace gatehouse::store_memory
