// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace gatehouse::test {

double median(std::vector<double> values);

// Whether two samples come from one distribution: the two-sided p of the Mann-Whitney test by its normal approximation,
// good from about 20 values each. Small: they do not. Ties count half; that many are equal is not corrected for.
double mann_whitney_p(const std::vector<double>& left, const std::vector<double>& right);

}  // namespace gatehouse::test
