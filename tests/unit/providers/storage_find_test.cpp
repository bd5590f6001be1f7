// SPDX-License-Identifier: Apache-2.0
#include "storage_fixture.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace gatehouse::providers {
namespace {

using testing::ElementsAre;

class FindTest : public StorageTest {
 protected:
  // find() of a store that delivers `stored` so many times and counts `count`.
  Result<Page> find_of(int times, std::uint64_t count, Query query = {}) {
    query.tenant = "acme";
    plugin.on_find = [=, this](const gh_call&, const gh_query&, const gh_record_sink& sink, gh_find_out& out) {
      Stored stored;
      for (int i = 0; i < times; ++i) sink.put(sink.context, &stored.record);
      out.count = count;
      if (!cursor.empty()) out.cursor.put(out.cursor.context, slice(cursor));
      if (!second_cursor.empty()) out.cursor.put(out.cursor.context, slice(second_cursor));
      return GH_OK;
    };
    return storage.find(query, call(), [](RecordReader&) {});
  }
  std::string cursor;
  std::string second_cursor;
};

TEST_F(FindTest, TellsTheStoreTheWholeQuestion) {
  std::string seen;
  plugin.on_find = [&](const gh_call&, const gh_query& q, const gh_record_sink&, gh_find_out& out) {
    seen = std::to_string(q.kind) + " index " + std::to_string(q.index) + " flags " + std::to_string(q.flags) + " " +
           text_of(q.tenant) + " equals " + std::to_string(q.equals_count) + " " + text_of(q.equals[0].s) + " range " +
           std::to_string(q.range) + " " + std::to_string(q.low.i) + ".." + std::to_string(q.high.i) + " limit " +
           std::to_string(q.limit) + " after " + text_of(q.cursor);
    out.count = 0;
    return GH_OK;
  };
  Query query{.kind = 0,
              .index = 1,
              .tenant = "acme",
              .equals = {Value::text("x")},
              .from = Value::integer(3),
              .below = Value::integer(9),
              .descending = true,
              .limit = 7,
              .cursor = "c1"};
  ASSERT_TRUE(storage.find(query, call(), [](RecordReader&) {}));
  EXPECT_EQ(seen, "0 index 1 flags 1 acme equals 1 x range 3 3..9 limit 7 after c1");
}

TEST_F(FindTest, EveryKindOfRangeIsTold) {
  std::vector<std::uint32_t> ranges;
  plugin.on_find = [&](const gh_call&, const gh_query& q, const gh_record_sink&, gh_find_out&) {
    ranges.push_back(q.range);
    return GH_OK;
  };
  for (const auto& query :
       {Query{}, Query{.from = Value::integer(1)}, Query{.below = Value::integer(1)},
        Query{.from = Value::integer(1), .below = Value::integer(2)}, Query{.prefix = Value::text("a")}}) {
    ASSERT_TRUE(storage.find(query, call(), [](RecordReader&) {}));
  }
  EXPECT_THAT(ranges, ElementsAre(GH_RANGE_NONE, GH_RANGE_FROM, GH_RANGE_BELOW, GH_RANGE_BETWEEN, GH_RANGE_PREFIX));
}

TEST_F(FindTest, GivesAPageAndWhereToGoOn) {
  cursor = "further";
  const auto page = find_of(3, 3);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->count, 3u);
  EXPECT_EQ(page->next_cursor, "further");
}

TEST_F(FindTest, RefusesWhatCannotBe) {
  EXPECT_EQ(outcome(find_of(2, 3)), "INTERNAL_ERROR") << "miscounted";
  EXPECT_EQ(outcome(find_of(3, 3, {.limit = 2})), "INTERNAL_ERROR") << "more than asked for";
  EXPECT_EQ(outcome(find_of(1, 1, {.count_only = true})), "INTERNAL_ERROR")
      << "records where only a count was asked for";
  EXPECT_EQ(outcome(find_of(0, 11, {.count_only = true, .limit = 10})), "INTERNAL_ERROR") << "counted beyond the cap";
  EXPECT_EQ(outcome(find_of(0, 10, {.count_only = true, .limit = 10})), "ok");
  EXPECT_EQ(outcome(find_of(0, 5'000'000, {.count_only = true, .limit = 0})), "ok");
  cursor = std::string(1025, 'c');
  EXPECT_EQ(outcome(find_of(1, 1)), "INTERNAL_ERROR") << "a cursor that is too long";
  cursor = "one";
  second_cursor = "two";
  EXPECT_EQ(outcome(find_of(1, 1)), "INTERNAL_ERROR") << "two cursors";
}

TEST_F(FindTest, ARecordOfAnotherTenantIsRefused) {
  plugin.on_find = [](const gh_call&, const gh_query&, const gh_record_sink& sink, gh_find_out& out) {
    Stored stored;
    sink.put(sink.context, &stored.record);
    out.count = 1;
    return GH_OK;
  };
  EXPECT_EQ(outcome(storage.find({.tenant = "globex"}, call(), [](RecordReader&) { FAIL(); })), "INTERNAL_ERROR");
}

TEST_F(FindTest, AQueryTheStoreRefusesIsTheCallersFault) {
  plugin.on_find = [](const gh_call&, const gh_query&, const gh_record_sink&, gh_find_out&) { return GH_INVALID; };
  EXPECT_EQ(outcome(storage.find({.tenant = "acme", .cursor = "forged"}, call(), [](RecordReader&) {})),
            "VALIDATION_FAILED");
}

}  // namespace
}  // namespace gatehouse::providers
