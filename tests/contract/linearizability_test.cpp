// SPDX-License-Identifier: Apache-2.0
#include "store/linearizability.h"

#include <gtest/gtest.h>

#include <vector>

namespace gatehouse::check::store {
namespace {

using Kind = Operation::Kind;
using Outcome = Operation::Outcome;

Operation get(std::int64_t begin, std::int64_t end, Register seen) {
  return {Kind::Read, Outcome::Done, 0, 0, seen, begin, end};
}
Operation put(std::int64_t begin, std::int64_t end, std::int64_t expected, std::int64_t value,
              Outcome outcome = Outcome::Done) {
  return {Kind::Put, outcome, expected, value, {}, begin, end};
}
Operation drop(std::int64_t begin, std::int64_t end, std::int64_t expected) {
  return {Kind::Delete, Outcome::Done, expected, 0, {}, begin, end};
}

TEST(Linearizability, OneAfterAnotherHasAnOrder) {
  EXPECT_TRUE(linearizable({put(1, 2, 0, 7), get(3, 4, {1, 7}), put(5, 6, 1, 8), drop(7, 8, 2), get(9, 10, {})}));
}

TEST(Linearizability, AReadBesideAWriteMaySeeBeforeOrAfter) {
  EXPECT_TRUE(linearizable({put(1, 4, 0, 7), get(2, 3, {})}));
  EXPECT_TRUE(linearizable({put(1, 4, 0, 7), get(2, 3, {1, 7})}));
}

TEST(Linearizability, AReadAfterAWriteDoesNotSeeBefore) {
  EXPECT_FALSE(linearizable({put(1, 2, 0, 7), get(3, 4, {})}));
}

TEST(Linearizability, ReadsDoNotGoBackwards) {
  EXPECT_FALSE(linearizable({put(1, 10, 0, 7), get(2, 3, {1, 7}), get(4, 5, {})}));
}

TEST(Linearizability, OneOfTwoWritesOfTheSameVersionLoses) {
  EXPECT_TRUE(linearizable({put(1, 4, 0, 7), put(2, 3, 0, 8, Outcome::Conflict)}));
  EXPECT_FALSE(linearizable({put(1, 4, 0, 7), put(2, 3, 0, 8)}));
}

TEST(Linearizability, AConflictNeedsAReason) {
  EXPECT_FALSE(linearizable({put(1, 2, 0, 7), put(3, 4, 1, 8, Outcome::Conflict)}));
}

TEST(Linearizability, AWriteInDoubtMayHaveHappenedAtAnyTimeOrNot) {
  const auto doubt = put(1, 2, 0, 7, Outcome::InDoubt);
  EXPECT_TRUE(linearizable({doubt, get(3, 4, {})}));
  EXPECT_TRUE(linearizable({doubt, get(3, 4, {1, 7})}));
  EXPECT_TRUE(linearizable({doubt, get(3, 4, {}), get(5, 6, {1, 7})}));
  EXPECT_FALSE(linearizable({doubt, get(3, 4, {1, 7}), get(5, 6, {})}));
}

}  // namespace
}  // namespace gatehouse::check::store
