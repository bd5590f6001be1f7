// SPDX-License-Identifier: Apache-2.0
#include "support/mann_whitney.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace gatehouse::test {
namespace {

std::vector<double> drawn(std::mt19937& random, double middle) {
  std::normal_distribution<double> around(middle, 10);
  std::vector<double> values(500);
  for (double& value : values) value = around(random);
  return values;
}

TEST(MannWhitney, OfNumbersWithAKnownResult) {
  // U = 6 of 5 x 5 values: z = (6 - 12.5) / sqrt(5 * 5 * 11 / 12) = -1.3578, of which the normal table says 0.1745.
  EXPECT_NEAR(mann_whitney_p({1, 2, 4, 5, 9}, {3, 6, 7, 8, 10}), 0.1745, 0.0005);
}

TEST(MannWhitney, IsTheSameFromBothSides) {
  EXPECT_DOUBLE_EQ(mann_whitney_p({1, 2, 2, 3}, {2, 4, 5}), mann_whitney_p({2, 4, 5}, {1, 2, 2, 3}));
}

TEST(MannWhitney, SeesAShiftOfAThirdOfADeviationInFiveHundred) {
  std::mt19937 random(7);
  EXPECT_LT(mann_whitney_p(drawn(random, 300), drawn(random, 303.3)), 0.01);
}

TEST(MannWhitney, SeesNothingInWhatIsDrawnAlike) {
  std::mt19937 random(7);
  EXPECT_GT(mann_whitney_p(drawn(random, 300), drawn(random, 300)), 0.01);
}

TEST(MannWhitney, OfEqualNumbersIsCertain) { EXPECT_DOUBLE_EQ(mann_whitney_p({1, 1, 1}, {1, 1}), 1); }

TEST(Median, IsTheMiddleOrBetweenTheTwoThere) {
  EXPECT_DOUBLE_EQ(median({9, 1, 5}), 5);
  EXPECT_DOUBLE_EQ(median({9, 1, 5, 7}), 6);
}

}  // namespace
}  // namespace gatehouse::test
