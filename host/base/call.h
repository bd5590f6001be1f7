// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

#include <string_view>

namespace gatehouse {

// What travels with one piece of work through every layer down to the plugins. The texts are borrowed from the request
// (or from the job) and outlive the call.
struct Call {
  Steady deadline;
  Time now;
  std::string_view request_id;
  std::string_view traceparent;
  std::string_view tenant;
};

}  // namespace gatehouse
