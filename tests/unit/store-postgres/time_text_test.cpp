// SPDX-License-Identifier: Apache-2.0
#include "time_text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

namespace gatehouse::store_postgres {
namespace {

std::string text(std::int64_t us) {
  std::string out;
  append_time(out, us);
  return out;
}

// The texts are what PostgreSQL 15 prints for them.
TEST(TimeText, IsWhatPostgresqlPrints) {
  EXPECT_EQ(text(0), "1970-01-01 00:00:00.000000+00");
  EXPECT_EQ(text(-1), "1969-12-31 23:59:59.999999+00");
  EXPECT_EQ(text(1'709'164'800'000'001), "2024-02-29 00:00:00.000001+00");
  EXPECT_EQ(text(first_time_us), "4714-11-24 00:00:00.000000+00 BC");
  EXPECT_EQ(text(INT64_MAX), "294247-01-10 04:00:54.775807+00");
  EXPECT_EQ(text(INT64_MIN), "-infinity");
}

TEST(TimeText, ReadsTheShortFormsOfTheServer) {
  EXPECT_EQ(parse_time("2024-02-29 00:00:00.5+00"), 1'709'164'800'500'000);
  EXPECT_EQ(parse_time("1970-01-01 00:00:00+00"), 0);
  EXPECT_EQ(parse_time("0001-12-31 23:59:59+00 BC"), -62'135'596'801'000'000);
}

TEST(TimeText, ComesBackAsItWent) {
  std::mt19937_64 random(1);
  std::uniform_int_distribution<std::int64_t> any(first_time_us, INT64_MAX);
  for (int at = 0; at < 100'000; ++at) {
    const std::int64_t us = any(random);
    ASSERT_EQ(parse_time(text(us)), us) << text(us);
  }
}

TEST(TimeText, RefusesWhatIsNoTime) {
  for (const char* bad : {"", "infinity", "2024-02-29", "2024-02-29 00:00:00", "2024-02-29 00:00:00+01", "x"}) {
    EXPECT_EQ(parse_time(bad), std::nullopt) << bad;
  }
}

TEST(TimeText, KnowsWhatIsNoTimestamp) {
  EXPECT_TRUE(is_timestamp(INT64_MIN));
  EXPECT_TRUE(is_timestamp(first_time_us));
  EXPECT_FALSE(is_timestamp(first_time_us - 1));
  EXPECT_FALSE(is_timestamp(INT64_MIN + 1));
}

}  // namespace
}  // namespace gatehouse::store_postgres
