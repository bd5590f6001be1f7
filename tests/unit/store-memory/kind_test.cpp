// SPDX-License-Identifier: Apache-2.0
#include "test_kind.h"

#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/view.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gatehouse::store_memory {
namespace {

const Key key{"tenant", "0190b5c2-aaaa-7000-8000-000000000001", "0190b5c2-bbbb-7000-8000-000000000002"};

std::vector<gh_value> typical(std::string_view owner) {
  constexpr std::int64_t created = 1'750'000'000'000'000;
  return {sdk::text_value(owner),
          sdk::bool_value(true),
          sdk::int_value(3),
          sdk::time_value(created),
          sdk::time_value(created + 900'000'000),
          sdk::time_value(created + 86'400'000'000),
          sdk::text_value("a note"),
          sdk::bytes_value("0123456789abcdef")};
}

void expect_same(const std::vector<gh_value>& a, const std::vector<gh_value>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t at = 0; at < a.size(); ++at) {
    EXPECT_EQ(a[at].type, b[at].type) << at;
    EXPECT_EQ(a[at].i, b[at].i) << at;
    EXPECT_EQ(sdk::view(a[at].s), sdk::view(b[at].s)) << at;
  }
}

TEST(Kind, DecodesWhatItEncoded) {
  TestKind kind;
  const auto values = typical("somebody else");
  const Record& record = kind.encode(key, values);
  expect_same(kind.decode(record), values);
  EXPECT_EQ(kind->key(record), key);
}

TEST(Kind, ExtremesSurviveEncoding) {
  TestKind kind;
  for (const std::int64_t number : {INT64_MIN, INT64_MIN + 1, std::int64_t{-1}, std::int64_t{0}, INT64_MAX}) {
    for (const std::int64_t other : {INT64_MIN, std::int64_t{0}, INT64_MAX}) {
      auto values = typical("o");
      values[TestKind::Count].i = number;
      values[TestKind::Created].i = other;
      values[TestKind::Used].i = number;
      expect_same(kind.decode(kind.encode(key, values)), values);
    }
  }
}

TEST(Kind, ATextThatIsThePartitionOrTheIdTakesOneByte) {
  TestKind kind;
  const auto other = kind.encode(key, typical("0190b5c2-aaaa-7000-8000-00000000000X")).size;
  EXPECT_EQ(kind.encode(key, typical(key.partition)).size, other - 36);
  EXPECT_EQ(kind.encode(key, typical(key.id)).size, other - 36);
  expect_same(kind.decode(kind.encode(key, typical(key.id))), typical(key.id));
}

TEST(Kind, NullTakesNoByteOfItsOwn) {
  TestKind kind;
  auto values = typical("o");
  const auto full = kind.encode(key, values).size;
  values[TestKind::Note] = sdk::null_value();
  EXPECT_EQ(kind.encode(key, values).size, full - 7);
  expect_same(kind.decode(kind.encode(key, values)), values);
}

TEST(Kind, ReadsIndexedFieldsInPlace) {
  TestKind kind;
  const Record& record = kind.encode(key, typical("somebody"));
  const Index& by_owner = kind->indexes()[0];
  EXPECT_EQ(kind->component(record, by_owner, 0).text, "somebody");
  EXPECT_EQ(kind->component(record, by_owner, 1).number, typical("")[TestKind::Created].i);
  EXPECT_EQ(kind->component(record, by_owner, 2).text, key.partition);
  EXPECT_EQ(kind->component(record, by_owner, 3).text, key.id);
  EXPECT_EQ(kind->expiry(record), typical("")[TestKind::Expires].i);
  EXPECT_TRUE(kind->component(kind.encode(key, {}), by_owner, 0).null);
}

TEST(Kind, RefusesValuesOfMoreThan16MiB) {
  TestKind kind;
  const std::string long_text((16u << 20) + 1, 'x');
  auto values = typical("o");
  values[TestKind::Note] = sdk::text_value(long_text);
  EXPECT_THROW(kind.encode(key, values), sdk::StatusError);
  values[TestKind::Note] = sdk::text_value(std::string_view(long_text).substr(1));
  EXPECT_NO_THROW(kind.encode(key, values));
}

TEST(Kind, RefusesASizeWithoutBytes) {
  TestKind kind;
  auto values = typical("o");
  values[TestKind::Salt].s = {nullptr, 5};
  EXPECT_THROW(kind.encode(key, values), sdk::StatusError);
}

}  // namespace
}  // namespace gatehouse::store_memory
