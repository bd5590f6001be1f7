// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"
#include "store/store_cases.h"
#include "worker.h"

#include <cstdint>
#include <optional>
#include <random>
#include <string>

namespace gatehouse::check::store {
namespace {

constexpr const char* not_durable = "it does not say GH_STORE_DURABLE: what it holds may be gone with the process";

void needs_durability(Context& context) {
  const auto flags = context.table_of<gh_store_v1>(GH_STORE_V1).flags;
  if ((flags & GH_STORE_DURABLE) == 0) context.skip(not_durable);
}

void reopen(Context& context) {
  std::optional<Store> store(std::in_place, context);
  store->begin("after the store was closed and opened again");
  const Key first = store->key("1");
  const Key second = store->key("2");
  const auto values = session_of("o", 5, INT64_MIN, null());
  store->must(put(kind::Session, first, 0, session_of("before")));
  store->must({put(kind::Session, first, 1, values), put(kind::Session, second, 0, session_of("o", 6))});
  store->must(remove(kind::Session, second, 1));
  Query of_owner = store->all(kind::Session, session::ByOwner, {text("o")});

  store.emplace(context);
  store->begin("after the store was closed and opened again");
  store->equal(store->read(kind::Session, first), Record{first, 2, values});
  store->lacks(kind::Session, second);
  store->equal(ids(store->find_all(of_owner)), {"1"});
  store->must(put(kind::Session, first, 2, values));
}

void survives_reopening(Context& context) {
  needs_durability(context);
  skip_unless_held(context, [&] { reopen(context); });
}

void takes_a_grown_kind(Context& context) {
  needs_durability(context);
  Kinds kinds = suite_kinds();
  kinds[kind::Plain].name = "grown";
  Key key;
  {
    Store store(context, kinds);
    store.begin("before the kind grew");
    key = store.key("1");
    store.must(put(kind::Plain, key, 0, plain_of("a")));
  }
  kinds[kind::Plain].fields.push_back({"added", GH_TEXT, true});
  Store store(context, kinds);
  store.begin("after the kind has grown by a field");
  auto values = plain_of("a");
  values.push_back(null());
  store.equal(store.read(kind::Plain, key), Record{key, 1, values});
  values.back() = text("new");
  store.must(put(kind::Plain, key, 1, values));
  store.equal(store.read(kind::Plain, key), Record{key, 2, values});
}

// Two records of one partition that one commit after another sets to the same number.
class Pair {
 public:
  explicit Pair(const std::string& partition) : first_{"kill", partition, "1"}, second_{"kill", partition, "2"} {}

  void set(const Store& store, std::int64_t number) const {
    store.must({put(kind::Session, first_, number - 1, session_of("o", 0, number)),
                put(kind::Session, second_, number - 1, session_of("o", 0, number))});
  }
  // Whoever ran before was killed after it was told of `answered` commits, and had begun `begun`.
  void judge(const Store& store, std::int64_t answered, std::int64_t begun) const {
    const std::int64_t one = number_of(store, first_);
    const std::int64_t other = number_of(store, second_);
    const std::string now_there = std::to_string(one) + " and " + std::to_string(other);
    store.during("kill -9 after " + std::to_string(answered) + " answered commits of two records, " +
                 std::to_string(begun) + " begun");
    if (one != other) store.differ("both records of one commit", "those of commits " + now_there, {});
    if (one < answered) store.differ("commit " + std::to_string(answered) + " or a later one", now_there, {});
    if (one > begun) store.differ("commit " + std::to_string(begun) + " at most", now_there, {});
  }

 private:
  static std::int64_t number_of(const Store& store, const Key& key) {
    const auto record = store.read(kind::Session, key);
    if (!record) return 0;
    const std::int64_t number = record->values[session::Counter].i;
    store.equal(record->version, number, "the version of a record that was written so many times");
    return number;
  }

  Key first_;
  Key second_;
};

// What the killed process said before its end: twice the number of a commit it begins, and one more when it is
// answered.
struct Told {
  std::int64_t begun = 0;
  std::int64_t answered = 0;
  void take(std::uint64_t word) { (word % 2 == 0 ? begun : answered) = static_cast<std::int64_t>(word / 2); }
};

Told commit_until_killed(Context& context, const Pair& pair, std::int64_t most) {
  Worker worker(context, [&](const Worker::Tell& tell) {
    Store store(context);
    store.begin("until it is killed");
    for (std::int64_t number = 1;; ++number) {
      tell(static_cast<std::uint64_t>(number) * 2);
      pair.set(store, number);
      tell(static_cast<std::uint64_t>(number) * 2 + 1);
    }
  });
  Told told;
  while (told.answered < most) {
    const auto word = worker.next();
    if (!word) worker.wait();
    told.take(*word);
  }
  worker.kill();
  while (const auto word = worker.next()) told.take(*word);
  return told;
}

void survives_kill(Context& context) {
  {
    // The case's own process loads no plugin, so that each worker loads it afresh.
    Worker worker(context, [&](const Worker::Tell& tell) {
      needs_durability(context);
      skip_unless_held(context, [&] { Store(context).needs(kind::Session); });
      tell(1);
    });
    if (!worker.next()) return worker.wait();
    worker.wait();
  }
  std::mt19937_64 random(context.seed());
  Rounds rounds(context, "processes killed", 12);
  for (int round = 0; rounds.more(round); ++round) {
    const Pair pair(name_of_run() + std::to_string(round));
    const Told told = commit_until_killed(context, pair, static_cast<std::int64_t>(1 + random() % 60));
    Worker reader(context, [&](const Worker::Tell&) {
      Store store(context);
      store.begin("after kill " + std::to_string(round));
      pair.judge(store, told.answered, told.begun);
    });
    reader.wait();
  }
}

}  // namespace

std::vector<Case> durable_cases() {
  return {
      store_case("store.survives_reopening", "What a durable store holds is there when it is opened again.",
                 survives_reopening),
      store_case("store.grown_kinds", "A durable store takes a kind that has grown by a field, and its older records.",
                 takes_a_grown_kind),
      store_case("store.survives_kill",
                 "A commit answered GH_OK survives kill -9, and one that was not is whole or not there.", survives_kill,
                 std::chrono::seconds(60)),
  };
}

}  // namespace gatehouse::check::store
