// SPDX-License-Identifier: Apache-2.0
#include "contract/race.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

namespace gatehouse::contract {
namespace {

using RaceOfWriters = Race;

TEST_F(RaceOfWriters, OfManyThatChangeTheSameVersionExactlyOneWins) {
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

TEST_F(RaceOfWriters, OfManyThatCreateTheSameRecordExactlyOneWins) {
  std::atomic<int> winners{0};
  in_rounds(
      threads, scaled(1'000),
      [&](int thread, int round) {
        if (store.commit(counted(std::to_string(round), 0, thread)).status == GH_OK) ++winners;
      },
      [&](int) { EXPECT_EQ(winners.exchange(0), 1); });
}

TEST_F(RaceOfWriters, OfManyThatTakeTheSameUniqueValueExactlyOneWins) {
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

TEST_F(RaceOfWriters, OfManyThatTakeTheValueOfAnExpiredRecordExactlyOneWins) {
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

TEST_F(RaceOfWriters, NoIncrementIsLost) {
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

TEST_F(RaceOfWriters, CommitsOnCrossingPairsOfRecordsNeitherTearNorHang) {
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

// Each changes records of its own, but all of them lie side by side in the same indexes.
TEST_F(RaceOfWriters, ChangesOfManyRecordsInOneIndexAllArrive) {
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

TEST_F(RaceOfWriters, PurgeTakesNothingThatIsStillExtended) {
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

TEST_F(RaceOfWriters, PurgersShareTheWorkAndCountEachRecordOnce) {
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

TEST_F(RaceOfWriters, CreatorsAndDeletersOfOneKeyAlternate) {
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
