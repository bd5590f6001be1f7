// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

namespace gatehouse {

// Wall-clock time as stores and tokens see it: microseconds since the epoch, UTC.
using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
using Steady = std::chrono::steady_clock::time_point;

// The one source of time. Wall time decides what has expired; steady time decides deadlines and waits.
// Every member may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  virtual Steady steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() const override;
  Steady steady() const override;
};

// RFC 3339 in UTC with milliseconds: "2026-11-20T09:30:00.000Z".
std::string to_rfc3339(Time time);

}  // namespace gatehouse
