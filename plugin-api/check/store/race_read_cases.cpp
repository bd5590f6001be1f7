// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"
#include "store/store_cases.h"
#include "store/threads.h"

#include <algorithm>
#include <string>

namespace gatehouse::check::store {
namespace {

Write counted(Store& store, const std::string& id, std::int64_t expected, std::int64_t count,
              const std::string& partition = "p") {
  return put(kind::Session, store.key(id, partition), expected, session_of("o", 0, count));
}

void a_commit_of_two_records_is_seen_whole_by_a_find_in_their_partition(Store& store) {
  store.must({counted(store, "1", 0, 0), counted(store, "2", 0, 0)});
  const Query both = store.all(kind::Session, GH_INDEX_KEY, {text("p")});
  store.during("one thread commits both records, others find them");
  Rounds rounds = store.timed_rounds(20'000);
  readers_while_writers(
      4,
      [&] {
        const auto found = store.find(both).records;
        const bool whole = found.size() == 2 && found[0].values == found[1].values;
        if (!whole) store.differ("both records of one commit", text_of(found), {});
      },
      1,
      [&](int) {
        for (int at = 1; rounds.more(at - 1); ++at) {
          store.must({counted(store, "1", at, at), counted(store, "2", at, at)});
        }
      });
}

void who_has_seen_one_half_of_a_commit_sees_the_other_half(Store& store) {
  const std::string other = store.crosses_partitions() ? "q" : "p";
  store.must({counted(store, "1", 0, 0), counted(store, "2", 0, 0, other)});
  store.during("one thread commits both records, others get the second, the first and the second again");
  Rounds rounds = store.timed_rounds(20'000);
  readers_while_writers(
      4,
      [&] {
        const auto first = store.expect(kind::Session, store.key("2", other)).version;
        const auto second = store.expect(kind::Session, store.key("1")).version;
        const auto third = store.expect(kind::Session, store.key("2", other)).version;
        if (second < first || third < second) {
          store.differ("versions that never fall",
                       std::to_string(first) + ", " + std::to_string(second) + ", " + std::to_string(third), {});
        }
      },
      1,
      [&](int) {
        for (int at = 1; rounds.more(at - 1); ++at) {
          store.must({counted(store, "1", at, at), counted(store, "2", at, at, other)});
        }
      });
}

void a_unique_value_that_moves_is_always_held_by_exactly_one(Store& store) {
  store.must(put(kind::Account, store.key("1"), 0, account_of(text("a@x"))));
  store.must(put(kind::Account, store.key("2"), 0, account_of(text("b@x"))));
  store.during("one thread swaps a unique value between two records, others look for its holder");
  const Query holder = store.all(kind::Account, account::ByEmail, {text("a@x")});
  Rounds rounds = store.timed_rounds(20'000);
  readers_while_writers(
      3,
      [&] {
        const auto found = store.find(holder).records;
        if (found.size() != 1) store.differ("one holder", text_of(found), {});
      },
      1,
      [&](int) {
        for (int at = 1; rounds.more(at - 1); ++at) {
          const char* first = at % 2 == 0 ? "a@x" : "b@x";
          const char* second = at % 2 == 0 ? "b@x" : "a@x";
          store.must({put(kind::Account, store.key("1"), at, account_of(text(first))),
                      put(kind::Account, store.key("2"), at, account_of(text(second)))});
        }
      });
}

void a_record_is_never_seen_half_written(Store& store) {
  const auto written = [](std::int64_t at) {
    auto values = session_of("o", 0, at);
    values[session::Note] = text(std::string(40'000, static_cast<char>('a' + at % 26)));
    return values;
  };
  store.must(put(kind::Session, store.key("1"), 0, written(0)));
  store.during("one thread writes a record of 40 KB, others read it");
  const Query of_owner = store.all(kind::Session, session::ByOwner, {text("o")});
  const auto must_be_whole = [&](const Record& record) {
    const std::int64_t count = record.values[session::Counter].i;
    if (record.version != count + 1 || record.values != written(count)) {
      store.differ("a record as one commit left it", text_of(record), {});
    }
  };
  Rounds rounds = store.timed_rounds(10'000);
  readers_while_writers(
      3,
      [&] {
        must_be_whole(store.expect(kind::Session, store.key("1")));
        const auto found = store.find(of_owner).records;
        if (found.size() != 1) store.differ("one record", text_of(found), {});
        must_be_whole(found[0]);
      },
      1,
      [&](int) {
        for (int at = 1; rounds.more(at - 1); ++at) {
          store.must(put(kind::Session, store.key("1"), at, written(at)));
        }
      });
}

// The owner leads the index, so every change carries the entry to another part of it.
void a_record_that_moves_in_an_index_is_found_once_and_never_missed(Store& store) {
  constexpr int records = 200;
  constexpr int movers = 2;
  const auto owned_by = [](std::int64_t owner) { return named("owner", owner % 97); };
  for (int at = 0; at < records; ++at)
    store.must(put(kind::Session, store.key(named("", at)), 0, session_of(owned_by(at))));
  store.during("two threads move 200 records in an index, others find and count all of them");
  const Query all = store.all(kind::Session, session::ByOwner);
  Rounds rounds = store.timed_rounds(300);
  readers_while_writers(
      2,
      [&] {
        auto found = ids(store.find(all).records);
        std::sort(found.begin(), found.end());
        const bool once = std::adjacent_find(found.begin(), found.end()) == found.end();
        store.that(once, "a page held a record twice");
        store.equal(found.size(), records, "records of a page");
        for (int again = 0; again < 10; ++again) store.equal(store.count(all).count, records, "a count");
      },
      movers,
      [&](int mover) {
        for (int at = 1; rounds.more(at - 1); ++at) {
          for (int record = mover; record < records; record += movers) {
            const auto values = session_of(owned_by(at * 31 + record), at);
            store.must(put(kind::Session, store.key(named("", record)), at, values));
          }
        }
      });
}

constexpr Check pages[] = {{"a page sees a commit in its partition whole or not at all",
                            a_commit_of_two_records_is_seen_whole_by_a_find_in_their_partition}};
constexpr Check halves[] = {
    {"who has seen one half of a commit sees the other", who_has_seen_one_half_of_a_commit_sees_the_other_half}};
constexpr Check unique[] = {{"a unique value that moves is always held by exactly one",
                             a_unique_value_that_moves_is_always_held_by_exactly_one}};
constexpr Check records[] = {{"a record is never seen half written", a_record_is_never_seen_half_written}};
constexpr Check moving[] = {{"a record that moves in an index is found once and never missed",
                             a_record_that_moves_in_an_index_is_found_once_and_never_missed}};

}  // namespace

std::vector<Case> race_read_cases() {
  return {
      store_case("store.pages_whole", "A page shows a commit in its partition whole or not at all.",
                 [](Context& context) { run_checks(context, pages); }),
      store_case("store.commits_at_once", "Who has seen one record of a commit sees the others as well.",
                 [](Context& context) { run_checks(context, halves); }),
      store_case("store.unique_while_moving",
                 "A unique value that moves in a commit is held by exactly one at any moment.",
                 [](Context& context) { run_checks(context, unique); }),
      store_case("store.records_whole", "No reader sees a record half written.",
                 [](Context& context) { run_checks(context, records); }),
      store_case("store.pages_while_moving", "A record that moves in an index is found once and never missed.",
                 [](Context& context) { run_checks(context, moving); }),
  };
}

}  // namespace gatehouse::check::store
