// SPDX-License-Identifier: Apache-2.0
#include "contract/test_store.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gatehouse::contract {
namespace {

using Ids = std::vector<std::string>;

class Find : public StoreContract {
 protected:
  void sample_with(const std::string& id, std::uint32_t field, Value value) {
    std::vector<Value> values(5);
    values[field] = std::move(value);
    must(put(kind::Sample, key(id), 0, std::move(values)));
  }
  static Query by(std::uint32_t index) { return {.kind = kind::Sample, .index = index, .tenant = "t"}; }
  void sessions(int count, const std::string& owner = "o") {
    for (int at = 0; at < count; ++at) {
      must(put(kind::Session, key(owner + std::to_string(1000 + at), owner), 0, session_of(owner, at)));
    }
  }
  static Query of_owner(const std::string& owner = "o") {
    return {.kind = kind::Session, .index = session::ByOwner, .tenant = "t", .equals = {text(owner)}};
  }
};

TEST_F(Find, NumbersAreOrderedByValueAndNullIsFirst) {
  sample_with("max", sample::Number, integer(INT64_MAX));
  sample_with("minus", sample::Number, integer(-1));
  sample_with("null", sample::Number, null());
  sample_with("zero", sample::Number, integer(0));
  sample_with("min", sample::Number, integer(INT64_MIN));
  sample_with("one", sample::Number, integer(1));
  EXPECT_EQ(ids(store.find_all(by(sample::ByNumber))), (Ids{"null", "min", "minus", "zero", "one", "max"}));
}

TEST_F(Find, FalseIsBeforeTrue) {
  sample_with("true", sample::Flag, boolean(true));
  sample_with("null", sample::Flag, null());
  sample_with("false", sample::Flag, boolean(false));
  EXPECT_EQ(ids(store.find_all(by(sample::ByFlag))), (Ids{"null", "false", "true"}));
}

TEST_F(Find, TextsAreOrderedByUnsignedBytesWithoutCollation) {
  for (const char* word : {"b", "B", "a", "ab", "aB", "", "\xc3\xa9", "zz", "z", "~", "10", "9"}) {
    sample_with(std::string("w") + word, sample::Word, text(word));
  }
  EXPECT_EQ(ids(store.find_all(by(sample::ByWord))),
            (Ids{"w", "w10", "w9", "wB", "wa", "waB", "wab", "wb", "wz", "wzz", "w~", "w\xc3\xa9"}));
}

TEST_F(Find, BytesAreOrderedWithNulsInThem) {
  sample_with("4", sample::Blob, bytes(std::string("a\0b", 3)));
  sample_with("2", sample::Blob, bytes("a"));
  sample_with("3", sample::Blob, bytes(std::string("a\0", 2)));
  sample_with("1", sample::Blob, bytes(""));
  sample_with("6", sample::Blob, bytes("\xff"));
  sample_with("5", sample::Blob, bytes("ab"));
  EXPECT_EQ(ids(store.find_all(by(sample::ByBlob))), (Ids{"1", "2", "3", "4", "5", "6"}));
}

TEST_F(Find, LongTextsThatDifferAtTheirEndAreOrdered) {
  const std::string common(200, 'x');
  for (int at = 9; at >= 0; --at) sample_with(std::to_string(at), sample::Word, text(common + std::to_string(at)));
  EXPECT_EQ(ids(store.find_all(by(sample::ByWord))), (Ids{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
}

TEST_F(Find, EqualRecordsAreOrderedByPartitionAndId) {
  must(put(kind::Session, key("2", "a"), 0, session_of("o")));
  must(put(kind::Session, key("1", "b"), 0, session_of("o")));
  must(put(kind::Session, key("10", "a"), 0, session_of("o")));
  const auto found = store.find_all(of_owner());
  EXPECT_EQ(ids(found), (Ids{"10", "2", "1"}));
}

TEST_F(Find, DescendingIsTheExactReverse) {
  for (int at = 0; at < 30; ++at) sample_with(std::to_string(at), sample::Number, integer(at % 7));
  sample_with("null", sample::Number, null());
  auto query = by(sample::ByNumber);
  auto forward = store.find_all(query);
  query.descending = true;
  std::reverse(forward.begin(), forward.end());
  EXPECT_EQ(store.find_all(query), forward);
}

TEST_F(Find, EqualsOnLeadingFieldsAndARangeOnTheNext) {
  sessions(10, "o");
  sessions(10, "other");
  auto query = of_owner();
  query.range = GH_RANGE_BETWEEN;
  query.low = moment(3);
  query.high = moment(6);
  EXPECT_EQ(ids(store.find_all(query)), (Ids{"o1003", "o1004", "o1005"}));
  query.range = GH_RANGE_FROM;
  query.low = moment(8);
  EXPECT_EQ(ids(store.find_all(query)), (Ids{"o1008", "o1009"}));
  query.range = GH_RANGE_BELOW;
  query.high = moment(2);
  EXPECT_EQ(ids(store.find_all(query)), (Ids{"o1000", "o1001"}));
}

TEST_F(Find, ARangeThatEndsBeforeItBeginsIsEmpty) {
  sessions(5);
  auto query = of_owner();
  query.range = GH_RANGE_BETWEEN;
  query.low = moment(4);
  query.high = moment(2);
  EXPECT_TRUE(store.find_all(query).empty());
  query.descending = true;
  EXPECT_TRUE(store.find_all(query).empty());
}

TEST_F(Find, NullIsInNoRangeAndIsFoundByEquality) {
  sample_with("null", sample::Number, null());
  sample_with("min", sample::Number, integer(INT64_MIN));
  auto query = by(sample::ByNumber);
  query.range = GH_RANGE_BELOW;
  query.high = integer(5);
  EXPECT_EQ(ids(store.find_all(query)), (Ids{"min"}));
  query.range = GH_RANGE_FROM;
  query.low = integer(INT64_MIN);
  EXPECT_EQ(ids(store.find_all(query)), (Ids{"min"}));
  query = by(sample::ByNumber);
  query.equals = {null()};
  EXPECT_EQ(ids(store.find_all(query)), (Ids{"null"}));
}

TEST_F(Find, APrefixFindsTextsAndBytesThatBeginWithIt) {
  for (const char* word : {"car", "care", "carx", "cat", "ca", "d", ""}) {
    sample_with(std::string("w") + word, sample::Word, text(word));
  }
  sample_with("null", sample::Word, null());
  sample_with("ff", sample::Blob, bytes("\xff\xff\x01"));
  auto query = by(sample::ByWord);
  query.range = GH_RANGE_PREFIX;
  query.low = text("car");
  EXPECT_EQ(ids(store.find_all(query)), (Ids{"wcar", "wcare", "wcarx"}));
  query.descending = true;
  EXPECT_EQ(ids(store.find_all(query)), (Ids{"wcarx", "wcare", "wcar"}));
  query.descending = false;
  query.low = text("");
  EXPECT_EQ(store.find_all(query).size(), 7u);
  query = by(sample::ByBlob);
  query.range = GH_RANGE_PREFIX;
  query.low = bytes("\xff");
  EXPECT_EQ(ids(store.find_all(query)), (Ids{"ff"}));
}

TEST_F(Find, TheKeyIsAnIndexOfPartitionAndId) {
  must(put(kind::Plain, key("2", "b"), 0, {text("x")}));
  must(put(kind::Plain, key("1", "b"), 0, {text("x")}));
  must(put(kind::Plain, key("9", "a"), 0, {text("x")}));
  Query query{.kind = kind::Plain, .tenant = "t"};
  EXPECT_EQ(ids(store.find_all(query)), (Ids{"9", "1", "2"}));
  query.equals = {text("b")};
  EXPECT_EQ(ids(store.find_all(query)), (Ids{"1", "2"}));
  query.equals = {text("b"), text("2")};
  EXPECT_EQ(ids(store.find_all(query)), (Ids{"2"}));
  query.equals = {text("b")};
  query.range = GH_RANGE_PREFIX;
  query.low = text("1");
  EXPECT_EQ(ids(store.find_all(query)), (Ids{"1"}));
}

TEST_F(Find, AnIndexFollowsChangesAndDeletes) {
  must(put(kind::Session, key("1"), 0, session_of("a")));
  must(put(kind::Session, key("1"), 1, session_of("b")));
  EXPECT_TRUE(store.find_all(of_owner("a")).empty());
  EXPECT_EQ(ids(store.find_all(of_owner("b"))), (Ids{"1"}));
  must(remove(kind::Session, key("1"), 2));
  EXPECT_TRUE(store.find_all(of_owner("b")).empty());
}

TEST_F(Find, RecordsComeWholeWithKeyAndVersion) {
  must(put(kind::Session, key("1"), 0, session_of("o", 5, 6, moment(now + 7))));
  must(put(kind::Session, key("1"), 1, session_of("o", 5, 8, moment(now + 7))));
  EXPECT_EQ(store.find_all(of_owner()), (std::vector<Record>{{key("1"), 2, session_of("o", 5, 8, moment(now + 7))}}));
}

TEST_F(Find, ManyTenantsNeverSeeEachOther) {
  constexpr int tenants = 1500;
  for (int tenant = 0; tenant < tenants; ++tenant) {
    for (int at = 0; at < 3; ++at) {
      const std::string id = std::to_string(at);
      must(put(kind::Session, key(id, id, named("tenant", tenant)), 0, session_of(id, at, tenant)));
    }
  }
  for (int tenant = 0; tenant < tenants; ++tenant) {
    const Query query{.kind = kind::Session, .index = session::ByOwner, .tenant = named("tenant", tenant)};
    const auto found = store.find_all(query);
    ASSERT_EQ(ids(found), (Ids{"0", "1", "2"})) << query.tenant;
    for (const auto& record : found) ASSERT_EQ(record.values[session::Counter], integer(tenant));
    ASSERT_EQ(store.count(query).count, 3u);
  }
}

TEST_F(Find, CountsWithoutDelivering) {
  sessions(20);
  auto query = of_owner();
  query.limit = 0;
  const Page all = store.count(query);
  EXPECT_EQ(all.count, 20u);
  EXPECT_TRUE(all.records.empty());
  query.limit = 7;
  EXPECT_EQ(store.count(query).count, 7u);
  query.limit = 2000;
  EXPECT_EQ(store.count(query).count, 20u);
}

TEST_F(Find, TheSinkStopsTheDeliveryAndTheCursorGoesOnFromThere) {
  sessions(5);
  auto query = of_owner();
  const Page stopped = store.find(query, now, 2);
  EXPECT_EQ(stopped.status, GH_OK);
  EXPECT_EQ(stopped.count, 2u);
  ASSERT_EQ(stopped.cursor_calls, 1);
  query.cursor = stopped.cursor;
  EXPECT_EQ(ids(store.find_all(query)), (Ids{"o1002", "o1003", "o1004"}));
}

}  // namespace
}  // namespace gatehouse::contract
