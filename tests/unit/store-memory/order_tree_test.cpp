// SPDX-License-Identifier: Apache-2.0
#include "order_tree.h"

#include "test_kind.h"

#include <gatehouse/sdk/view.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::store_memory {
namespace {

// A tree by count next to a std::set of the same numbers.
class OrderTreeTest : public ::testing::Test {
 protected:
  void insert(std::int64_t number) {
    if (!expected.insert(number).second) return;
    pool.reserve(1, tree.inner_per_insert());
    Record& record = records.emplace(number, make(number)).first->second;
    tree.insert(order, order.entry(mark, record), pool);
  }
  void erase(std::int64_t number) {
    if (expected.erase(number) == 0) return;
    tree.erase(order, order.entry(mark, records.at(number)), pool);
    records.erase(number);
  }
  std::int64_t number_of(const Record& record) const { return kind->component(record, index, 0).number; }

  std::vector<std::int64_t> forward(const Probe& from) const {
    std::vector<std::int64_t> numbers;
    for (auto at = tree.first_after(order, from); !at.at_end(); at.next()) numbers.push_back(number_of(at.record()));
    return numbers;
  }
  std::vector<std::int64_t> backward(const Probe& from) const {
    std::vector<std::int64_t> numbers;
    for (auto at = tree.last_before(order, from); !at.at_end(); at.previous())
      numbers.push_back(number_of(at.record()));
    return numbers;
  }
  Probe probe(std::int64_t number, Probe::Side side) const {
    Probe made;
    made.tenant = "t";
    made.tenant_mark = mark;
    made.components[0] = {false, number, {}};
    made.count = 1;
    made.side = side;
    order.seal(made);
    return made;
  }
  void expect_same_from(std::int64_t number) const {
    const std::vector<std::int64_t> later(expected.lower_bound(number), expected.end());
    std::vector<std::int64_t> earlier(expected.begin(), expected.lower_bound(number));
    std::reverse(earlier.begin(), earlier.end());
    ASSERT_EQ(tree.size(), expected.size());
    ASSERT_EQ(forward(probe(number, Probe::Side::Before)), later);
    ASSERT_EQ(backward(probe(number, Probe::Side::Before)), earlier);
  }

  static constexpr std::uint16_t mark = 7;
  TestKind kind;
  const Index& index = kind->indexes()[1];
  const Order order{*kind, index};
  NodePool pool;
  OrderTree tree;
  std::set<std::int64_t> expected;

 private:
  struct Freed {
    explicit Freed(Record* made) : record(made) {}
    Freed(Freed&& other) noexcept : record(other.record) { other.record = nullptr; }
    ~Freed() { Record::release(record); }
    operator Record&() const { return *record; }
    Record* record;
  };
  Freed make(std::int64_t number) {
    const std::string id = std::to_string(number);
    const auto& image = kind.encode({"t", "p", id}, {sdk::null_value(), sdk::null_value(), sdk::int_value(number)});
    Record* record = Record::allocate(image.size);
    record->assign(image);
    return Freed(record);
  }
  std::map<std::int64_t, Freed> records;
};

TEST_F(OrderTreeTest, IsTheSameAsASetThroughARandomHistory) {
  std::mt19937_64 random(11);
  // Mostly inserts, then mostly deletes, and once more: nodes split, merge and borrow.
  std::size_t most = 0;
  for (int phase = 0; phase < 4; ++phase) {
    for (int step = 0; step < 20'000; ++step) {
      const auto number = static_cast<std::int64_t>(random() % 20'000);
      if (random() % 10 < (phase % 2 == 0 ? 8u : 2u)) {
        insert(number);
      } else {
        erase(number);
      }
      if (step % 1'000 == 0) expect_same_from(static_cast<std::int64_t>(random() % 20'000));
      most = std::max(most, expected.size());
    }
  }
  EXPECT_GT(most, 64 * 64u) << "too few for three levels";
  while (!expected.empty()) erase(*expected.begin());
  expect_same_from(0);
}

TEST_F(OrderTreeTest, FillsItsNodesWhenEntriesRise) {
  for (std::int64_t number = 0; number < 2'000; ++number) insert(number);
  expect_same_from(-1);
  expect_same_from(1'234);
}

TEST_F(OrderTreeTest, FillsItsNodesWhenEntriesFall) {
  for (std::int64_t number = 2'000; number > 0; --number) insert(number);
  expect_same_from(-1);
  for (std::int64_t number = 1; number < 1'900; ++number) erase(number);
  expect_same_from(0);
}

// Full neighbours beside nearly empty nodes: entries are borrowed on every level, from the left and from the right.
TEST_F(OrderTreeTest, ErasesFromTheEndThatWasFilledLast) {
  for (std::int64_t number = 0; number < 8'000; ++number) insert(number);
  for (std::int64_t number = 7'999; number >= 0; --number) {
    erase(number);
    if (number % 97 == 0) expect_same_from(number / 2);
  }
}

TEST_F(OrderTreeTest, ErasesFromTheBeginningThatWasFilledLast) {
  for (std::int64_t number = 8'000; number > 0; --number) insert(number);
  for (std::int64_t number = 1; number <= 8'000; ++number) {
    erase(number);
    if (number % 97 == 0) expect_same_from(4'000 + number / 2);
  }
}

TEST_F(OrderTreeTest, ProbesStandOnBothSidesOfAnEntry) {
  for (std::int64_t number = 0; number < 500; ++number) insert(number * 2);
  EXPECT_EQ(forward(probe(500, Probe::Side::Before)).front(), 500);
  EXPECT_EQ(forward(probe(500, Probe::Side::After)).front(), 502);
  EXPECT_EQ(backward(probe(500, Probe::Side::Before)).front(), 498);
  EXPECT_EQ(backward(probe(500, Probe::Side::After)).front(), 500);
  EXPECT_TRUE(forward(probe(998, Probe::Side::After)).empty());
  EXPECT_TRUE(backward(probe(0, Probe::Side::Before)).empty());
}

TEST_F(OrderTreeTest, AWalkTurnsAroundAnywhere) {
  for (std::int64_t number = 0; number < 2'000; ++number) insert(number);
  auto at = tree.first_after(order, probe(0, Probe::Side::Before));
  for (int step = 0; step < 1'000; ++step) at.next();
  for (int step = 0; step < 700; ++step) at.previous();
  for (int step = 0; step < 100; ++step) at.next();
  EXPECT_EQ(number_of(at.record()), 400);
}

}  // namespace
}  // namespace gatehouse::store_memory
