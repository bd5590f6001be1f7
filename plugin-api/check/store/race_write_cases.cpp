// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"
#include "store/store_cases.h"
#include "store/threads.h"

#include <array>
#include <atomic>
#include <barrier>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::check::store {
namespace {

constexpr int threads = 8;

Write counted(Store& store, const std::string& id, std::int64_t expected, std::int64_t count,
              const std::string& partition = "p") {
  return put(kind::Session, store.key(id, partition), expected, session_of("o", 0, count));
}

void of_many_that_change_the_same_version_exactly_one_wins(Store& store) {
  store.must(counted(store, "1", 0, 0));
  std::atomic<int> winners{0};
  store.during("8 threads change the same version of a record");
  Rounds rounds = store.timed_rounds(1'000);
  in_rounds(
      threads, rounds,
      [&](int thread, int round) {
        const Committed done = store.commit(counted(store, "1", round + 1, thread));
        if (done.status == GH_OK) ++winners;
        if (done.status != GH_OK) store.equal(done.conflict, GH_CONFLICT_VERSION, "the conflict of a loser");
      },
      [&](int) { store.equal(winners.exchange(0), 1, "winners of one round"); });
  store.equal(store.expect(kind::Session, store.key("1")).version, rounds.done() + 1);
}

void of_many_that_create_the_same_record_exactly_one_wins(Store& store) {
  store.needs(kind::Session);
  std::atomic<int> winners{0};
  store.during("8 threads create the same record");
  Rounds rounds = store.timed_rounds(1'000);
  in_rounds(
      threads, rounds,
      [&](int thread, int round) {
        if (store.commit(counted(store, std::to_string(round), 0, thread)).status == GH_OK) ++winners;
      },
      [&](int) { store.equal(winners.exchange(0), 1, "winners of one round"); });
}

void of_many_that_take_the_same_unique_value_exactly_one_wins(Store& store) {
  store.needs(kind::Account);
  std::atomic<int> winners{0};
  store.during("8 threads take the same unique value");
  Rounds rounds = store.timed_rounds(1'000);
  in_rounds(
      threads, rounds,
      [&](int thread, int round) {
        const std::string id = std::to_string(round) + "-" + std::to_string(thread);
        const auto values = account_of(text(named("mail", round)));
        if (store.commit(put(kind::Account, store.key(id, id), 0, values)).status == GH_OK) ++winners;
      },
      [&](int) { store.equal(winners.exchange(0), 1, "winners of one round"); });
}

void of_many_that_take_the_value_of_an_expired_record_exactly_one_wins(Store& store) {
  std::atomic<int> winners{0};
  for (int round = 0; round < store.rounds(500); ++round) {
    const std::string id = named("old", round);
    store.must(put(kind::Account, store.key(id, id), 0, account_of(text(named("mail", round)), moment(now + 1))));
  }
  store.during("8 threads take the value of an expired record");
  Rounds rounds = store.timed_rounds(500);
  in_rounds(
      threads, rounds,
      [&](int thread, int round) {
        const std::string id = std::to_string(round) + "-" + std::to_string(thread);
        const auto values = account_of(text(named("mail", round)));
        if (store.commit(put(kind::Account, store.key(id, id), 0, values), now + 1).status == GH_OK) ++winners;
      },
      [&](int) { store.equal(winners.exchange(0), 1, "winners of one round"); });
}

void no_increment_is_lost(Store& store) {
  store.must(counted(store, "1", 0, 0));
  std::atomic<std::int64_t> added{0};
  const auto add_to = [&](const Record& here) {
    const Write next = counted(store, "1", here.version, here.values[session::Counter].i + 1);
    if (store.commit(next).status == GH_OK) ++added;
  };
  store.during("8 threads add to one counter");
  Rounds rounds = store.timed_rounds(2'000);
  std::barrier all_have_read(threads);
  on_threads(threads, [&](int) {
    // On a machine that is busy elsewhere they might take turns: these add to the same number for certain.
    for (int at = 0; at < 5; ++at) {
      const Record here = store.expect(kind::Session, store.key("1"));
      all_have_read.arrive_and_wait();
      add_to(here);
      all_have_read.arrive_and_wait();
    }
    for (int at = 0; rounds.more(at); ++at) add_to(store.expect(kind::Session, store.key("1")));
  });
  store.equal(store.expect(kind::Session, store.key("1")).values[session::Counter].i, added.load(), "the counter");
  store.equal(store.expect(kind::Session, store.key("1")).version, added.load() + 1);
}

void a_write_that_loses_undoes_those_of_other_partitions(Store& store) {
  for (const char* loser : {"a", "z"}) {
    const Key new_key = store.key(loser, "m");
    store.loses({counted(store, "there", 1, 0, loser), put(kind::Session, new_key, 0, session_of("o"))},
                GH_CONFLICT_VERSION);
    store.lacks(kind::Session, new_key);
  }
}

void commits_on_crossing_pairs_of_records_neither_tear_nor_hang(Store& store) {
  constexpr int records = 5;
  const auto name = [](int at) { return std::to_string(at); };
  for (int at = 0; at < records; ++at) store.must(counted(store, name(at), 0, 100, name(at)));
  // Each commit moves one unit between two records: the sum never changes.
  store.during("8 threads move units between 5 records");
  Rounds rounds = store.timed_rounds(2'000);
  on_threads(threads, [&](int thread) {
    for (int at = 0; rounds.more(at); ++at) {
      const int from = (thread + at) % records;
      const int to = (thread * 3 + at * 7 + 1) % records;
      if (from == to) continue;
      const auto a = store.expect(kind::Session, store.key(name(from), name(from)));
      const auto b = store.expect(kind::Session, store.key(name(to), name(to)));
      store.commit({counted(store, name(from), a.version, a.values[session::Counter].i - 1, name(from)),
                    counted(store, name(to), b.version, b.values[session::Counter].i + 1, name(to))});
    }
  });
  std::int64_t sum = 0;
  for (int at = 0; at < records; ++at) {
    sum += store.expect(kind::Session, store.key(name(at), name(at))).values[session::Counter].i;
  }
  store.equal(sum, 100 * records, "the sum of all records");
}

// Each changes records of its own, but all of them lie side by side in the same indexes.
void changes_of_many_records_in_one_index_all_arrive(Store& store) {
  store.needs_the_suite("indexes on numbers");
  constexpr int records = 40;
  store.during("8 threads change records of their own in the same indexes");
  Rounds rounds = store.timed_rounds(150);
  std::array<std::int64_t, threads> versions{};
  on_threads(threads, [&](int thread) {
    for (int at = 0; rounds.more(at); ++at) {
      versions[static_cast<std::size_t>(thread)] = at + 1;
      for (int record = 0; record < records; ++record) {
        auto values = account_of(text(named("mail", thread * 1'000 + record)));
        values[account::Score] = integer((at * 7 + record) % 13);
        values[account::Status] = text(named("status", at % 5));
        const std::string id = named("", thread * 1'000 + record);
        store.must(put(kind::Account, store.key(id, id), at, values));
      }
    }
  });
  for (const std::uint32_t index : {account::ByEmail, account::ByOrgSlug, account::ByStatusScore, account::ByScore}) {
    const Query all = store.all(kind::Account, index);
    const auto found = store.find_all(all);
    store.equal(found.size(), static_cast<std::size_t>(records * threads),
                "records in the index " + store.kinds()[kind::Account].indexes[index].name);
    for (const Record& record : found) {
      const auto thread = static_cast<std::size_t>(std::stoi(record.key.id) / 1'000);
      store.equal(record.version, versions.at(thread), "the version of " + record.key.id);
    }
  }
}

void purge_takes_nothing_that_is_still_extended(Store& store) {
  constexpr int records = 50;
  const auto ending = [&](int at, std::int64_t version) {
    return put(kind::Session, store.key(std::to_string(at)), version,
               session_of("o", 0, 0, moment(now + 100 + version)));
  };
  for (int at = 0; at < records; ++at) store.must(ending(at, 0));
  // What is purged ended before any record ends that is there: the oldest of them is a round behind at most.
  std::atomic<std::int64_t> oldest{0};
  store.during("one thread extends records, others purge what ended before");
  Rounds rounds = store.timed_rounds(500);
  readers_while_writers(
      2, [&] { store.purge(kind::Session, now + 100 + oldest, 10); }, 1,
      [&](int) {
        for (int version = 1; rounds.more(version - 1); ++version) {
          for (int at = 0; at < records; ++at) {
            store.must(ending(at, version));
          }
          oldest = version;
        }
      });
  store.equal(store.purge(kind::Session, INT64_MAX, 1000).deleted, records, "records purged in the end");
}

void purgers_share_the_work_and_count_each_record_once(Store& store) {
  constexpr int records = 2000;
  constexpr int partitions = 25;
  for (int partition = 0; partition < partitions; ++partition) {
    // Many in one commit, for stores that flush each.
    std::vector<Write> writes;
    for (int at = partition; at < records; at += partitions) {
      const Key key = store.key(std::to_string(at), std::to_string(partition));
      writes.push_back(
          put(kind::Event, key, 0, {text(named("type", at % 3)), moment(at), null(), moment(now + at % 5)}));
      if (writes.size() == 40) store.must(std::exchange(writes, {}));
    }
  }
  std::atomic<std::uint64_t> deleted{0};
  store.during("4 threads purge the same kind");
  on_threads(4, [&](int) {
    for (;;) {
      const auto purged = store.purge(kind::Event, now + 10, 50);
      deleted += purged.deleted;
      if (purged.deleted < 50) return;
    }
  });
  store.equal(deleted.load(), records, "the sum of what purges deleted");
  store.equal(store.find_all(store.all(kind::Event, event::ByTime), before_all_time), {});
}

void creators_and_deleters_of_one_key_alternate(Store& store) {
  store.needs(kind::Session);
  std::atomic<int> created{0};
  std::atomic<int> deleted{0};
  store.during("4 threads create a record, 4 delete it");
  Rounds rounds = store.timed_rounds(2'000);
  on_threads(threads, [&](int thread) {
    for (int at = 0; rounds.more(at); ++at) {
      if (thread % 2 == 0) {
        if (store.commit(counted(store, "1", 0, at)).status == GH_OK) ++created;
      } else if (store.commit(remove(kind::Session, store.key("1"), 1)).status == GH_OK) {
        ++deleted;
      }
    }
  });
  const int left = store.read(kind::Session, store.key("1")) ? 1 : 0;
  store.equal(created - deleted, left, "records created and not deleted");
  const Query of_owner = store.all(kind::Session, session::ByOwner, {text("o")});
  store.equal(store.find_all(of_owner).size(), static_cast<std::size_t>(left));
}

constexpr Check winners[] = {
    {"of many that change the same version exactly one wins", of_many_that_change_the_same_version_exactly_one_wins},
    {"of many that create the same record exactly one wins", of_many_that_create_the_same_record_exactly_one_wins},
};
constexpr Check unique_winners[] = {
    {"of many that take the same unique value exactly one wins",
     of_many_that_take_the_same_unique_value_exactly_one_wins},
    {"of many that take the value of an expired record exactly one wins",
     of_many_that_take_the_value_of_an_expired_record_exactly_one_wins},
};
constexpr Check increments[] = {{"no increment is lost", no_increment_is_lost}};
constexpr Check pairs[] = {
    {"a write that loses undoes those of other partitions", a_write_that_loses_undoes_those_of_other_partitions},
    {"commits on crossing pairs of records neither tear nor hang",
     commits_on_crossing_pairs_of_records_neither_tear_nor_hang}};
constexpr Check indexes[] = {
    {"changes of many records in one index all arrive", changes_of_many_records_in_one_index_all_arrive}};
constexpr Check purges[] = {
    {"purge takes nothing that is still extended", purge_takes_nothing_that_is_still_extended},
    {"purgers share the work and count each record once", purgers_share_the_work_and_count_each_record_once},
};
constexpr Check creators[] = {
    {"creators and deleters of one key alternate", creators_and_deleters_of_one_key_alternate}};

}  // namespace

std::vector<Case> race_write_cases() {
  return {
      store_case("store.one_winner", "Of many threads that write the same version of a record exactly one wins.",
                 [](Context& context) { run_checks(context, winners); }),
      store_case("store.unique_one_winner", "Of many threads that take the same unique value exactly one wins.",
                 [](Context& context) { run_checks(context, unique_winners); }),
      store_case("store.lost_update", "Of many increments of one record none is lost.",
                 [](Context& context) { run_checks(context, increments); }),
      store_case("store.crossing_commits", "Commits that touch the same records in any order neither tear nor hang.",
                 [](Context& context) {
                   const auto flags = context.table_of<gh_store_v1>(GH_STORE_V1).flags;
                   if ((flags & GH_STORE_CROSS_PARTITION) == 0) context.skip("it commits inside one partition");
                   run_checks(context, pairs);
                 }),
      store_case("store.busy_indexes", "Changes of many threads in one index all arrive.",
                 [](Context& context) { run_checks(context, indexes); }),
      store_case("store.purge_races", "Purge takes nothing that is still extended, and counts each record once.",
                 [](Context& context) { run_checks(context, purges); }),
      store_case("store.create_and_delete", "Creating and deleting one key by many threads leaves one record or none.",
                 [](Context& context) { run_checks(context, creators); }),
  };
}

}  // namespace gatehouse::check::store
