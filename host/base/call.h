// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/wait_observer.h"

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
  WaitObserver* waits = nullptr;  // of the calling thread; for this thread only
};

}  // namespace gatehouse
