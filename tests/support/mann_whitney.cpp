// SPDX-License-Identifier: Apache-2.0
#include "support/mann_whitney.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace gatehouse::test {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double mann_whitney_p(const std::vector<double>& left, const std::vector<double>& right) {
  if (left.empty() || right.empty()) return 1;
  auto sorted = right;
  std::sort(sorted.begin(), sorted.end());
  double wins = 0;
  for (const double value : left) {
    const auto [below, above] = std::equal_range(sorted.begin(), sorted.end(), value);
    wins += static_cast<double>(below - sorted.begin()) + static_cast<double>(above - below) / 2;
  }
  const auto m = static_cast<double>(left.size());
  const auto n = static_cast<double>(right.size());
  const double deviation = std::sqrt(m * n * (m + n + 1) / 12);
  return std::erfc(std::abs(wins - m * n / 2) / deviation / std::sqrt(2.0));
}

}  // namespace gatehouse::test
