// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::test {

// The sum of all samples of a metric in the Prometheus text format whose label set contains every one of `labels`
// (`result="rotated"`). -1 when there is none.
double metric(std::string_view exposition, std::string_view name, const std::vector<std::string>& labels = {});

}  // namespace gatehouse::test
