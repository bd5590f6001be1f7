// SPDX-License-Identifier: Apache-2.0
#include "providers/record.h"

#include "provider_fixture.h"

#include <vector>

namespace gatehouse::providers {
namespace {

// One record with a value of every type, and two places beyond its end.
class RecordTest : public testing::Test {
 protected:
  std::vector<gh_value> values{{GH_BOOL, 0, 1, {}},
                               {GH_INT, 0, -5, {}},
                               {GH_TIME, 0, 1'000'000, {}},
                               {GH_TEXT, 0, 0, slice("caf\xC3\xA9")},
                               {GH_BYTES, 0, 0, slice(std::string_view("\xFF\x00", 2))},
                               {GH_NULL, 0, 0, {}}};
  gh_record record{sizeof(gh_record), 6, 3, {slice("t"), slice("p"), slice("i")}, values.data()};
  RecordReader reader{record};
};

TEST_F(RecordTest, ReadsEveryType) {
  EXPECT_TRUE(reader.boolean(0));
  EXPECT_EQ(reader.integer(1), -5);
  EXPECT_EQ(reader.time(2), Time(std::chrono::seconds(1)));
  EXPECT_EQ(reader.text(3), "caf\xC3\xA9");
  EXPECT_EQ(reader.bytes(4), std::string_view("\xFF\x00", 2));
  EXPECT_EQ(reader.key().tenant, "t");
  EXPECT_EQ(reader.version(), 3);
  EXPECT_TRUE(reader.well_formed());
}

TEST_F(RecordTest, NullAndMissingReadAsNothingAndAreNoLie) {
  for (const std::uint32_t field : {5u, 6u, 99u}) {
    EXPECT_TRUE(reader.is_null(field));
    EXPECT_FALSE(reader.boolean(field));
    EXPECT_EQ(reader.integer(field), 0);
    EXPECT_FALSE(reader.optional_time(field));
    EXPECT_EQ(reader.time(field), Time{});
    EXPECT_EQ(reader.text(field), "");
    EXPECT_EQ(reader.bytes(field), "");
  }
  EXPECT_TRUE(reader.well_formed());
}

TEST_F(RecordTest, AnotherTypeReadsAsNothingAndIsALie) {
  const auto lies = [&](auto read) {
    RecordReader fresh(record);
    read(fresh);
    return !fresh.well_formed();
  };
  EXPECT_TRUE(lies([](auto& r) { EXPECT_EQ(r.text(1), ""); }));
  EXPECT_TRUE(lies([](auto& r) { EXPECT_EQ(r.integer(3), 0); }));
  EXPECT_TRUE(lies([](auto& r) { EXPECT_EQ(r.integer(2), 0); }));
  EXPECT_TRUE(lies([](auto& r) { EXPECT_FALSE(r.boolean(1)); }));
  EXPECT_TRUE(lies([](auto& r) { EXPECT_FALSE(r.optional_time(1)); }));
  EXPECT_TRUE(lies([](auto& r) { EXPECT_EQ(r.text(4), ""); }));
  EXPECT_TRUE(lies([](auto& r) { EXPECT_EQ(r.bytes(3), ""); }));
}

TEST_F(RecordTest, ATextIsUtf8WhereverItGoesWrong) {
  for (const std::size_t before : {0u, 1u, 7u, 8u, 9u, 31u}) {
    const auto text = std::string(before, 'x') + "\xFF" + std::string(12, 'y');
    values[3].s = slice(text);
    RecordReader fresh(record);
    EXPECT_EQ(fresh.text(3), "") << before;
    EXPECT_FALSE(fresh.well_formed()) << before;
    const auto good = std::string(before, 'x') + "\xC3\xA9" + std::string(12, 'y');
    values[3].s = slice(good);
    RecordReader again(record);
    EXPECT_EQ(again.text(3), good) << before;
  }
}

}  // namespace
}  // namespace gatehouse::providers
