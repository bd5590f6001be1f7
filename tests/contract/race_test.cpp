// SPDX-License-Identifier: Apache-2.0
#include "contract/test_store.h"
#include "contract/threads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>

// Many threads on few records. What one thread cannot see, none may see.
namespace gatehouse::contract {
namespace {

constexpr int threads = 8;

int scaled(int rounds) {
#ifdef GATEHOUSE_SANITIZED
  constexpr double share = 0.1;
#else
  constexpr double share = 1.0;
#endif
  return std::max(1, static_cast<int>(rounds * share * quirks().effort));
}

class Race : public StoreContract {
 protected:
  std::int64_t counter(const std::string& id) const {
    return store.read(kind::Session, key(id))->values[session::Counter].i;
  }
  static Write counted(const std::string& id, std::int64_t expected, std::int64_t count,
                       const std::string& partition = "p") {
    return put(kind::Session, key(id, partition), expected, session_of("o", 0, count));
  }
};

TEST_F(Race, OfManyThatChangeTheSameVersionExactlyOneWins) {
  must(counted("1", 0, 0));
  std::atomic<int> winners{0};
  std::atomic<int> strange{0};
  in_rounds(
      threads, scaled(1'000),
      [&](int thread, int round) {
        const Committed done = store.commit(counted("1", round + 1, thread));
        if (done.status == GH_OK) ++winners;
        if (done.status != GH_OK && done.conflict != GH_CONFLICT_VERSION) ++strange;
      },
      [&](int) { EXPECT_EQ(winners.exchange(0), 1); });
  EXPECT_EQ(strange, 0);
  EXPECT_EQ(store.read(kind::Session, key("1"))->version, scaled(1'000) + 1);
}

TEST_F(Race, OfManyThatCreateTheSameRecordExactlyOneWins) {
  std::atomic<int> winners{0};
  in_rounds(
      threads, scaled(1'000),
      [&](int thread, int round) {
        if (store.commit(counted(std::to_string(round), 0, thread)).status == GH_OK) ++winners;
      },
      [&](int) { EXPECT_EQ(winners.exchange(0), 1); });
}

TEST_F(Race, OfManyThatTakeTheSameUniqueValueExactlyOneWins) {
  std::atomic<int> winners{0};
  in_rounds(
      threads, scaled(1'000),
      [&](int thread, int round) {
        const std::string id = std::to_string(round) + "-" + std::to_string(thread);
        const auto values = account_of(text(named("mail", round)));
        if (store.commit(put(kind::Account, key(id, id), 0, values)).status == GH_OK) ++winners;
      },
      [&](int) { EXPECT_EQ(winners.exchange(0), 1); });
}

TEST_F(Race, OfManyThatTakeTheValueOfAnExpiredRecordExactlyOneWins) {
  std::atomic<int> winners{0};
  for (int round = 0; round < scaled(500); ++round) {
    const std::string id = named("old", round);
    must(put(kind::Account, key(id, id), 0, account_of(text(named("mail", round)), moment(now + 1))));
  }
  in_rounds(
      threads, scaled(500),
      [&](int thread, int round) {
        const std::string id = std::to_string(round) + "-" + std::to_string(thread);
        const auto values = account_of(text(named("mail", round)));
        if (store.commit(put(kind::Account, key(id, id), 0, values), now + 1).status == GH_OK) ++winners;
      },
      [&](int) { EXPECT_EQ(winners.exchange(0), 1); });
}

TEST_F(Race, NoIncrementIsLost) {
  must(counted("1", 0, 0));
  std::atomic<std::int64_t> added{0};
  on_threads(threads, [&](int) {
    for (int at = 0; at < scaled(3'000); ++at) {
      const auto here = store.read(kind::Session, key("1"));
      const Write next = counted("1", here->version, here->values[session::Counter].i + 1);
      if (store.commit(next).status == GH_OK) ++added;
    }
  });
  EXPECT_EQ(counter("1"), added.load());
  EXPECT_EQ(store.read(kind::Session, key("1"))->version, added.load() + 1);
}

TEST_F(Race, ACommitOfTwoRecordsIsSeenWholeByAFindInTheirPartition) {
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
        for (std::int64_t at = 1; at <= scaled(30'000); ++at) store.commit({counted("1", at, at), counted("2", at, at)});
      });
  EXPECT_EQ(torn, 0);
}

TEST_F(Race, WhoHasSeenOneHalfOfACommitSeesTheOtherHalf) {
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

TEST_F(Race, CommitsOnCrossingPairsOfRecordsNeitherTearNorHang) {
  if (!store.crosses_partitions()) GTEST_SKIP() << "the store commits inside one partition";
  constexpr int records = 5;
  const auto name = [](int at) { return std::to_string(at); };
  for (int at = 0; at < records; ++at) must(counted(name(at), 0, 100, name(at)));
  // Each commit moves one unit between two records: the sum never changes.
  on_threads(threads, [&](int thread) {
    for (int at = 0; at < scaled(3'000); ++at) {
      const int from = (thread + at) % records;
      const int to = (thread * 3 + at * 7 + 1) % records;
      if (from == to) continue;
      const auto a = store.read(kind::Session, key(name(from), name(from)));
      const auto b = store.read(kind::Session, key(name(to), name(to)));
      store.commit({counted(name(from), a->version, a->values[session::Counter].i - 1, name(from)),
                    counted(name(to), b->version, b->values[session::Counter].i + 1, name(to))});
    }
  });
  std::int64_t sum = 0;
  for (int at = 0; at < records; ++at) {
    sum += store.read(kind::Session, key(name(at), name(at)))->values[session::Counter].i;
  }
  EXPECT_EQ(sum, 100 * records);
}

TEST_F(Race, AUniqueValueThatMovesIsAlwaysHeldByExactlyOne) {
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

TEST_F(Race, ARecordIsNeverSeenHalfWritten) {
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
        for (std::int64_t at = 1; at <= scaled(15'000); ++at) store.commit(put(kind::Session, key("1"), at, written(at)));
      });
  EXPECT_EQ(torn, 0);
}

// The owner leads the index, so every change carries the entry to another part of it.
TEST_F(Race, ARecordThatMovesInAnIndexIsFoundOnceAndNeverMissed) {
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

// Each changes records of its own, but all of them lie side by side in the same indexes.
TEST_F(Race, ChangesOfManyRecordsInOneIndexAllArrive) {
  constexpr int records = 40;
  on_threads(threads, [&](int thread) {
    for (int at = 0; at < scaled(300); ++at) {
      for (int record = 0; record < records; ++record) {
        auto values = account_of(text(named("mail", thread * 1'000 + record)));
        values[account::Score] = integer((at * 7 + record) % 13);
        values[account::Status] = text(named("status", at % 5));
        const std::string id = named("", thread * 1'000 + record);
        store.commit(put(kind::Account, key(id, id), at, values));
      }
    }
  });
  for (const std::uint32_t index : {account::ByEmail, account::ByOrgSlug, account::ByStatusScore, account::ByScore}) {
    const Query all{.kind = kind::Account, .index = index, .tenant = "t"};
    const auto found = store.find_all(all);
    EXPECT_EQ(found.size(), static_cast<std::size_t>(records * threads)) << "index " << index;
    for (const Record& record : found) ASSERT_EQ(record.version, scaled(300)) << record;
  }
}

TEST_F(Race, PurgeTakesNothingThatIsStillExtended) {
  constexpr int records = 50;
  const auto ending = [](int at, std::int64_t version) {
    return put(kind::Session, key(std::to_string(at)), version, session_of("o", 0, 0, moment(now + 100 + version)));
  };
  for (int at = 0; at < records; ++at) must(ending(at, 0));
  std::atomic<int> lost{0};
  // What is purged has always expired before: each round extends all records, then purges up to just before them.
  readers_while_writers(
      2, [&] { store.purge(kind::Session, now + 100, 10); }, 1,
      [&](int) {
        for (std::int64_t version = 1; version <= scaled(500); ++version) {
          for (int at = 0; at < records; ++at) {
            if (store.commit(ending(at, version)).status != GH_OK) ++lost;
          }
        }
      });
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(store.purge(kind::Session, INT64_MAX, 1000).deleted, static_cast<std::uint64_t>(records));
}

TEST_F(Race, PurgersShareTheWorkAndCountEachRecordOnce) {
  constexpr int records = 2000;
  for (int at = 0; at < records; ++at) {
    must(put(kind::Event, key(std::to_string(at), std::to_string(at % 13)), 0,
             {text(named("type", at % 3)), moment(at), null(), moment(now + at % 5)}));
  }
  std::atomic<std::uint64_t> deleted{0};
  on_threads(4, [&](int) {
    for (;;) {
      const auto purged = store.purge(kind::Event, now + 10, 50);
      deleted += purged.deleted;
      if (purged.deleted < 50) return;
    }
  });
  EXPECT_EQ(deleted, static_cast<std::uint64_t>(records));
  EXPECT_TRUE(store.find_all({.kind = kind::Event, .index = event::ByTime, .tenant = "t"}, before_all_time).empty());
}

TEST_F(Race, CreatorsAndDeletersOfOneKeyAlternate) {
  std::atomic<int> created{0};
  std::atomic<int> deleted{0};
  on_threads(threads, [&](int thread) {
    for (int at = 0; at < scaled(3'000); ++at) {
      if (thread % 2 == 0) {
        if (store.commit(counted("1", 0, at)).status == GH_OK) ++created;
      } else if (store.commit(remove(kind::Session, key("1"), 1)).status == GH_OK) {
        ++deleted;
      }
    }
  });
  const int left = store.read(kind::Session, key("1")) ? 1 : 0;
  EXPECT_EQ(created - deleted, left);
  const Query of_owner{.kind = kind::Session, .index = session::ByOwner, .tenant = "t", .equals = {text("o")}};
  EXPECT_EQ(store.find_all(of_owner).size(), static_cast<std::size_t>(left));
}

}  // namespace
}  // namespace gatehouse::contract
