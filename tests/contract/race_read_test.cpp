// SPDX-License-Identifier: Apache-2.0
#include "contract/race.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>

namespace gatehouse::contract {
namespace {

using RaceOfReaders = Race;

TEST_F(RaceOfReaders, ACommitOfTwoRecordsIsSeenWholeByAFindInTheirPartition) {
  ASSERT_EQ(store.commit({counted("1", 0, 0), counted("2", 0, 0)}).status, GH_OK);
  std::atomic<int> torn{0};
  const Query both{.kind = kind::Session, .tenant = "t", .equals = {text("p")}};
  readers_while_writers(
      4,
      [&] {
        const auto found = store.find(both).records;
        if (found.size() != 2 || found[0].values != found[1].values) ++torn;
      },
      1,
      [&](int) {
        for (std::int64_t at = 1; at <= scaled(30'000); ++at)
          store.commit({counted("1", at, at), counted("2", at, at)});
      });
  EXPECT_EQ(torn, 0);
}

TEST_F(RaceOfReaders, WhoHasSeenOneHalfOfACommitSeesTheOtherHalf) {
  const std::string other = store.crosses_partitions() ? "q" : "p";
  ASSERT_EQ(store.commit({counted("1", 0, 0), counted("2", 0, 0, other)}).status, GH_OK);
  std::atomic<int> late{0};
  readers_while_writers(
      4,
      [&] {
        const auto first = store.read(kind::Session, key("2", other))->version;
        const auto second = store.read(kind::Session, key("1"))->version;
        const auto third = store.read(kind::Session, key("2", other))->version;
        if (second < first || third < second) ++late;
      },
      1,
      [&](int) {
        for (std::int64_t at = 1; at <= scaled(30'000); ++at) {
          store.commit({counted("1", at, at), counted("2", at, at, other)});
        }
      });
  EXPECT_EQ(late, 0);
}

TEST_F(RaceOfReaders, AUniqueValueThatMovesIsAlwaysHeldByExactlyOne) {
  must(put(kind::Account, key("1"), 0, account_of(text("a@x"))));
  must(put(kind::Account, key("2"), 0, account_of(text("b@x"))));
  std::atomic<int> wrong{0};
  const Query holder{.kind = kind::Account, .index = account::ByEmail, .tenant = "t", .equals = {text("a@x")}};
  readers_while_writers(
      3, [&] { wrong += store.find(holder).records.size() == 1 ? 0 : 1; }, 1,
      [&](int) {
        for (std::int64_t at = 1; at <= scaled(20'000); ++at) {
          const char* first = at % 2 == 0 ? "a@x" : "b@x";
          const char* second = at % 2 == 0 ? "b@x" : "a@x";
          store.commit({put(kind::Account, key("1"), at, account_of(text(first))),
                        put(kind::Account, key("2"), at, account_of(text(second)))});
        }
      });
  EXPECT_EQ(wrong, 0);
}

TEST_F(RaceOfReaders, ARecordIsNeverSeenHalfWritten) {
  const auto written = [](std::int64_t at) {
    auto values = session_of("o", 0, at);
    values[session::Note] = text(std::string(40'000, static_cast<char>('a' + at % 26)));
    return values;
  };
  must(put(kind::Session, key("1"), 0, written(0)));
  std::atomic<int> torn{0};
  const Query of_owner{.kind = kind::Session, .index = session::ByOwner, .tenant = "t", .equals = {text("o")}};
  const auto whole = [&](const Record& record) {
    return record.version == record.values[session::Counter].i + 1 &&
           record.values == written(record.values[session::Counter].i);
  };
  readers_while_writers(
      3,
      [&] {
        if (!whole(*store.read(kind::Session, key("1")))) ++torn;
        const auto found = store.find(of_owner).records;
        if (found.size() != 1 || !whole(found[0])) ++torn;
      },
      1,
      [&](int) {
        for (std::int64_t at = 1; at <= scaled(15'000); ++at)
          store.commit(put(kind::Session, key("1"), at, written(at)));
      });
  EXPECT_EQ(torn, 0);
}

// The owner leads the index, so every change carries the entry to another part of it.
TEST_F(RaceOfReaders, ARecordThatMovesInAnIndexIsFoundOnceAndNeverMissed) {
  constexpr int records = 200;
  constexpr int movers = 2;
  const auto owned_by = [](std::int64_t owner) { return named("owner", owner % 97); };
  for (int at = 0; at < records; ++at) must(put(kind::Session, key(named("", at)), 0, session_of(owned_by(at))));
  std::atomic<int> wrong_pages{0};
  std::atomic<int> wrong_counts{0};
  const Query all{.kind = kind::Session, .index = session::ByOwner, .tenant = "t"};
  readers_while_writers(
      2,
      [&] {
        auto found = ids(store.find(all).records);
        std::sort(found.begin(), found.end());
        const bool once = std::adjacent_find(found.begin(), found.end()) == found.end();
        if (found.size() != records || !once) ++wrong_pages;
        for (int again = 0; again < 10; ++again) wrong_counts += store.count(all).count == records ? 0 : 1;
      },
      movers,
      [&](int mover) {
        for (std::int64_t at = 1; at <= scaled(300); ++at) {
          for (int record = mover; record < records; record += movers) {
            store.commit(put(kind::Session, key(named("", record)), at, session_of(owned_by(at * 31 + record), at)));
          }
        }
      });
  EXPECT_EQ(wrong_pages, 0);
  EXPECT_EQ(wrong_counts, 0);
}

}  // namespace
}  // namespace gatehouse::contract
