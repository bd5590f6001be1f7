// SPDX-License-Identifier: Apache-2.0
#include "case.h"

namespace gatehouse::check {

std::vector<Case> limiter_cases() { return {}; }

}  // namespace gatehouse::check
