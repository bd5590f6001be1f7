// SPDX-License-Identifier: Apache-2.0
#include "contract/test_store.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gatehouse::contract {
namespace {

using Ids = std::vector<std::string>;

class Cursor : public StoreContract {
 protected:
  Cursor() {
    for (int at = 0; at < 9; ++at) must(session(at, 0));
  }
  static Write session(int at, std::int64_t expected) { return session(at, expected, at); }
  static Write session(int at, std::int64_t expected, std::int64_t created) {
    return put(kind::Session, key(std::to_string(at)), expected, session_of("o", created));
  }
  static Query pages_of(std::uint32_t limit) {
    return {.kind = kind::Session,
            .index = session::ByOwner,
            .tenant = "t",
            .equals = {text("o")},
            .limit = limit,
            .cursor = {}};
  }
  Page first_page(Query& query) {
    Page page = store.find(query);
    query.cursor = page.cursor;
    return page;
  }
};

TEST_F(Cursor, PagesAreFullAndTheLastOneHasNoCursor) {
  auto query = pages_of(4);
  Page page = first_page(query);
  EXPECT_EQ(ids(page.records), (Ids{"0", "1", "2", "3"}));
  EXPECT_EQ(page.cursor_calls, 1);
  page = first_page(query);
  EXPECT_EQ(ids(page.records), (Ids{"4", "5", "6", "7"}));
  page = first_page(query);
  EXPECT_EQ(ids(page.records), (Ids{"8"}));
  EXPECT_EQ(page.cursor_calls, 0);
}

TEST_F(Cursor, IsAtMost1024BytesLong) {
  auto values = std::vector<Value>{boolean(true), integer(INT64_MIN), moment(0), text(std::string(256, 'w')),
                                   bytes(std::string(256, '\xff'))};
  for (const char* end : {"1", "2"}) {
    must(put(kind::Sample, {"t", std::string(64, 'p'), std::string(127, 'i') + end}, 0, values));
  }
  const Page page = store.find({.kind = kind::Sample, .index = sample::ByAll, .tenant = "t", .limit = 1});
  ASSERT_EQ(page.cursor_calls, 1);
  EXPECT_LE(page.cursor.size(), 1024u);
}

TEST_F(Cursor, SkipsWhatWasDeletedBehindIt) {
  auto query = pages_of(3);
  first_page(query);
  must(remove(kind::Session, key("4"), 1));
  EXPECT_EQ(ids(store.find(query).records), (Ids{"3", "5", "6"}));
}

TEST_F(Cursor, StandsWhenTheLastDeliveredRecordIsDeleted) {
  auto query = pages_of(3);
  first_page(query);
  must(remove(kind::Session, key("2"), 1));
  must(remove(kind::Session, key("1"), 1));
  EXPECT_EQ(ids(store.find(query).records), (Ids{"3", "4", "5"}));
}

TEST_F(Cursor, StandsWhereItWasWhenTheLastDeliveredRecordMoves) {
  auto query = pages_of(3);
  first_page(query);
  must(session(2, 1, 100));
  query.limit = 100;
  EXPECT_EQ(ids(store.find(query).records), (Ids{"3", "4", "5", "6", "7", "8", "2"}));
}

TEST_F(Cursor, SeesWhatWasInsertedBehindItAndNotBeforeIt) {
  auto query = pages_of(3);
  first_page(query);
  must(session(20, 0, 1));
  must(session(21, 0, 3));
  query.limit = 3;
  EXPECT_EQ(ids(store.find(query).records), (Ids{"21", "3", "4"}));
}

TEST_F(Cursor, WorksDownwards) {
  auto query = pages_of(4);
  query.descending = true;
  EXPECT_EQ(ids(first_page(query).records), (Ids{"8", "7", "6", "5"}));
  must(session(20, 0, 4));
  EXPECT_EQ(ids(first_page(query).records), (Ids{"4", "20", "3", "2"}));
  EXPECT_EQ(ids(first_page(query).records), (Ids{"1", "0"}));
}

TEST_F(Cursor, EndsWhenAllThatFollowedIsGone) {
  auto query = pages_of(8);
  first_page(query);
  must(remove(kind::Session, key("8"), 1));
  const Page page = store.find(query);
  EXPECT_TRUE(page.records.empty());
  EXPECT_EQ(page.cursor_calls, 0);
}

TEST_F(Cursor, GoesThroughRecordsThatAreEqualInTheIndex) {
  for (int at = 100; at < 150; ++at) must(session(at, 0, 50));
  auto query = pages_of(7);
  query.range = GH_RANGE_FROM;
  query.low = moment(50);
  EXPECT_EQ(store.find_all(query).size(), 50u);
}

TEST_F(Cursor, GoesThroughAWholeTenantPageByPage) {
  for (int at = 0; at < 200; ++at) {
    const std::string owner = named("owner", at * 37 % 200);
    must(put(kind::Session, key(named("x", at), owner), 0, session_of(owner, at)));
  }
  Query query{.kind = kind::Session, .index = session::ByOwner, .tenant = "t", .limit = 13};
  const auto found = store.find_all(query);
  ASSERT_EQ(found.size(), 209u);
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end(), [](const Record& a, const Record& b) {
    return order(a.values[session::Owner], b.values[session::Owner]) < 0;
  }));
  query.descending = true;
  EXPECT_EQ(store.find_all(query).size(), 209u);
}

TEST_F(Cursor, OfAnotherQueryIsInvalid) {
  auto query = pages_of(3);
  first_page(query);
  auto other = query;
  other.equals = {text("other")};
  EXPECT_EQ(store.find(other).status, GH_INVALID);
  other = query;
  other.descending = true;
  EXPECT_EQ(store.find(other).status, GH_INVALID);
  other = query;
  other.tenant = "u";
  EXPECT_EQ(store.find(other).status, GH_INVALID);
  other = query;
  other.range = GH_RANGE_FROM;
  other.low = moment(0);
  EXPECT_EQ(store.find(other).status, GH_INVALID);
}

TEST_F(Cursor, MayBeUsedWithAnotherLimit) {
  auto query = pages_of(3);
  first_page(query);
  query.limit = 2;
  EXPECT_EQ(ids(store.find(query).records), (Ids{"3", "4"}));
}

TEST_F(Cursor, WithAnyBitChangedOrByteCutOrAddedIsInvalid) {
  auto query = pages_of(3);
  first_page(query);
  const std::string good = query.cursor;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    query.cursor = good;
    query.cursor[bit / 8] = static_cast<char>(query.cursor[bit / 8] ^ 1 << (bit % 8));
    ASSERT_EQ(store.find(query).status, GH_INVALID) << "bit " << bit;
  }
  for (std::size_t size = 1; size < good.size(); ++size) {
    query.cursor = good.substr(0, size);
    ASSERT_EQ(store.find(query).status, GH_INVALID) << "size " << size;
  }
  query.cursor = good + '\0';
  EXPECT_EQ(store.find(query).status, GH_INVALID);
  query.cursor = std::string(5000, 'x');
  EXPECT_EQ(store.find(query).status, GH_INVALID);
}

}  // namespace
}  // namespace gatehouse::contract
