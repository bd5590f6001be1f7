// SPDX-License-Identifier: Apache-2.0
#include "expiry_heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

namespace gatehouse::store_memory {
namespace {

TEST(ExpiryHeap, FirstIsAlwaysTheLeastOfARandomHistory) {
  std::mt19937_64 random(5);
  std::vector<Record> records(300);
  std::map<Record*, std::int64_t> expected;
  ExpiryHeap heap;
  for (int step = 0; step < 20'000; ++step) {
    // Often the first one, as a purge does: what lies wrong further down comes to light there.
    Record& record = !heap.empty() && random() % 3 == 0 ? *heap.first().record : records[random() % records.size()];
    const auto at = static_cast<std::int64_t>(random() % 1'000);
    const bool listed = record.expiry_slot != Record::no_slot;
    ASSERT_EQ(listed, expected.count(&record) == 1);
    if (!listed) {
      heap.reserve(1);
      heap.insert(at, record);
      expected[&record] = at;
    } else if (random() % 2 == 0) {
      heap.erase(record);
      expected.erase(&record);
    } else {
      heap.lower(at, record);
      expected[&record] = std::min(at, expected[&record]);
    }
    ASSERT_EQ(heap.size(), expected.size());
    if (expected.empty()) continue;
    const auto least = std::min_element(expected.begin(), expected.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; });
    ASSERT_EQ(heap.first().at_us, least->second);
  }
}

TEST(ExpiryHeap, ARaisedFirstGoesBackIntoTheRow) {
  std::vector<Record> records(3);
  ExpiryHeap heap;
  heap.reserve(3);
  for (std::size_t at = 0; at < 3; ++at) heap.insert(static_cast<std::int64_t>(at) * 10, records[at]);
  heap.raise_first(15);
  EXPECT_EQ(heap.first().record, &records[1]);
  heap.erase(records[1]);
  EXPECT_EQ(heap.first().record, &records[0]);
}

TEST(ExpiryHeap, AReplacementTakesTheSlot) {
  std::vector<Record> records(2);
  ExpiryHeap heap;
  heap.reserve(1);
  heap.insert(1, records[0]);
  heap.replace(records[0], records[1]);
  EXPECT_EQ(heap.first().record, &records[1]);
  heap.erase(records[1]);
  EXPECT_TRUE(heap.empty());
}

}  // namespace
}  // namespace gatehouse::store_memory
