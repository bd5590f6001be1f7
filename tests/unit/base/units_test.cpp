// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace gatehouse {
namespace {

using std::chrono::microseconds;

TEST(Duration, IsAWholeNumberAndAUnit) {
  EXPECT_EQ(parse_duration("500us"), microseconds(500));
  EXPECT_EQ(parse_duration("150ms"), microseconds(150'000));
  EXPECT_EQ(parse_duration("30s"), microseconds(30'000'000));
  EXPECT_EQ(parse_duration("15m"), microseconds(900'000'000));
  EXPECT_EQ(parse_duration("12h"), microseconds(43'200'000'000));
  EXPECT_EQ(parse_duration("7d"), microseconds(604'800'000'000));
  EXPECT_EQ(parse_duration("0s"), microseconds(0));
}

TEST(Duration, AnythingElseIsRefused) {
  for (const auto* text :
       {"", "15", "s", "-5s", "+5s", " 5s", "5 s", "5s ", "1.5s", "5S", "5sec", "1h30m", "0x5s", "5MS"}) {
    EXPECT_FALSE(parse_duration(text)) << '"' << text << '"';
  }
}

TEST(Duration, TooLongForTheClockIsRefused) {
  EXPECT_EQ(parse_duration("106751991d"), microseconds(INT64_C(106751991) * 86'400'000'000));
  EXPECT_FALSE(parse_duration("106751992d"));
  EXPECT_FALSE(parse_duration("9223372036854775808us"));
  EXPECT_FALSE(parse_duration("99999999999999999999999s"));
}

TEST(Duration, FormatsToTheShortestTextThatParsesBack) {
  EXPECT_EQ(format_duration(microseconds(0)), "0s");
  EXPECT_EQ(format_duration(microseconds(900'000'000)), "15m");
  EXPECT_EQ(format_duration(microseconds(90'000'000)), "90s");
  EXPECT_EQ(format_duration(microseconds(1'500'000)), "1500ms");
  EXPECT_EQ(format_duration(microseconds(604'800'000'000)), "7d");
  EXPECT_EQ(format_duration(microseconds(1)), "1us");
}

TEST(Size, IsAWholeNumberAndABinaryUnit) {
  EXPECT_EQ(parse_size("512B"), 512u);
  EXPECT_EQ(parse_size("16KiB"), 16'384u);
  EXPECT_EQ(parse_size("64MiB"), 67'108'864u);
  EXPECT_EQ(parse_size("2GiB"), 2'147'483'648u);
  EXPECT_EQ(parse_size("1TiB"), 1'099'511'627'776u);
}

TEST(Size, AnythingElseIsRefused) {
  for (const auto* text : {"", "64", "64MB", "64M", "64mib", "-1B", "1.5GiB", " 1B", "1 B", "MiB", "8388608TiB"}) {
    EXPECT_FALSE(parse_size(text)) << '"' << text << '"';
  }
}

TEST(Size, FormatsToTheShortestTextThatParsesBack) {
  EXPECT_EQ(format_size(0), "0B");
  EXPECT_EQ(format_size(67'108'864), "64MiB");
  EXPECT_EQ(format_size(1'536), "1536B");
  EXPECT_EQ(format_size(1'025), "1025B");
}

}  // namespace
}  // namespace gatehouse
