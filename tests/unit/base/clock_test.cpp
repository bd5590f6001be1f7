// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>
#include <chrono>

namespace gatehouse {
namespace {

using namespace std::chrono_literals;

Time at(std::chrono::microseconds since_epoch) { return Time(since_epoch); }

TEST(Rfc3339, IsWrittenInUtcWithMilliseconds) {
  EXPECT_EQ(to_rfc3339(at(0us)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(at(1'795'167'000'123'456us)), "2026-11-20T09:30:00.123Z");
  EXPECT_EQ(to_rfc3339(at(951'782'399'999'999us)), "2000-02-28T23:59:59.999Z");
  EXPECT_EQ(to_rfc3339(at(951'782'400'000'000us)), "2000-02-29T00:00:00.000Z");
}

TEST(Rfc3339, TimesBeforeTheEpochAreCutDownwards) {
  EXPECT_EQ(to_rfc3339(at(-1us)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(to_rfc3339(at(-1s)), "1969-12-31T23:59:59.000Z");
}

TEST(SystemClock, SteadyTimeNeverGoesBack) {
  const SystemClock clock;
  auto last = clock.steady();
  for (int i = 0; i < 1000; ++i) {
    const auto next = clock.steady();
    EXPECT_GE(next, last);
    last = next;
  }
}

TEST(SystemClock, WallTimeIsTheTimeOfDay) {
  const SystemClock clock;
  const auto before = std::chrono::system_clock::now();
  const auto now = clock.now();
  const auto after = std::chrono::system_clock::now();
  EXPECT_GE(now, std::chrono::floor<std::chrono::microseconds>(before));
  EXPECT_LE(now, after);
}

}  // namespace
}  // namespace gatehouse
