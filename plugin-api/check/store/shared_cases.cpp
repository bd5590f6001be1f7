// SPDX-License-Identifier: Apache-2.0
#include "store/store_cases.h"
#include "store/two_hosts.h"

#include <cstddef>
#include <functional>
#include <string>

// What GH_STORE_SHARED promises: each check is run by two hosts at once, which meet at each step.
namespace gatehouse::check::store {
namespace {

Query of_owner(const Store& store, const std::string& owner) {
  return store.all(kind::Session, session::ByOwner, {text(owner)});
}

// What one verb reads may bring up to date what another would have read: each is the first of them in its turn.
template <std::size_t Count>
void look(int round, const std::function<void()> (&looks)[Count]) {
  for (std::size_t at = 0; at < Count; ++at) looks[(static_cast<std::size_t>(round) / 2 + at) % Count]();
}

void must_be_owned(const Store& store, int round, const Record& record, const std::string& owner,
                   const std::string& former) {
  look(round, {
                  [&] { store.equal(store.read(kind::Session, record.key), record); },
                  [&] { store.equal(store.find_all(of_owner(store, owner)), {record}); },
                  [&] { store.equal(store.count(of_owner(store, owner)).count, 1, "a count"); },
                  [&] { store.equal(store.find_all(of_owner(store, former)), {}, "what was found before"); },
              });
}

void must_be_gone(const Store& store, int round, const Key& key, std::int64_t at) {
  look(round, {
                  [&] { store.lacks(kind::Session, key, at); },
                  [&] { store.equal(store.find_all(of_owner(store, "o"), at), {}); },
                  [&] { store.equal(store.count(of_owner(store, "o"), at).count, 0, "a count"); },
              });
}

void a_commit_of_one_is_seen_by_the_other_at_once(Host& host) {
  Store& store = host.store();
  store.needs(kind::Session);
  const Key key = store.key("1");
  Rounds rounds = store.timed_rounds(200);
  for (int round = 0; host.more(rounds, round); ++round) {
    const std::string owner = named("owner", round % 3);
    if (host.acts_in(round)) store.must(put(kind::Session, key, round, session_of(owner, 0, round + 1)));
    host.meet();
    must_be_owned(store, round, {key, round + 1, session_of(owner, 0, round + 1)}, owner,
                  named("owner", (round + 2) % 3));
    host.meet();
  }
}

// A session that ends on one host is a token that must stop working on the other.
void what_one_deletes_is_gone_for_the_other(Host& host) {
  Store& store = host.store();
  store.needs(kind::Session);
  Rounds rounds = store.timed_rounds(100);
  for (int round = 0; host.more(rounds, round); ++round) {
    const Key key = store.key(std::to_string(round));
    if (!host.acts_in(round)) store.must(put(kind::Session, key, 0, session_of("o", 0, 1)));
    host.meet();
    must_be_owned(store, round, {key, 1, session_of("o", 0, 1)}, "o", "nobody");
    host.meet();
    if (host.acts_in(round)) store.must(remove(kind::Session, key, 1));
    host.meet();
    must_be_gone(store, round, key, now);
    host.meet();
  }
}

void what_one_purges_is_gone_for_the_other(Host& host) {
  Store& store = host.store();
  store.needs(kind::Session);
  Rounds rounds = store.timed_rounds(50);
  for (int round = 0; host.more(rounds, round); ++round) {
    const Key key = store.key(std::to_string(round));
    if (!host.acts_in(round)) store.must(put(kind::Session, key, 0, session_of("o", 0, 1, moment(now + 1))));
    host.meet();
    store.has(kind::Session, key);
    host.meet();
    if (host.acts_in(round)) {
      const Purged purged = store.purge(kind::Session, now + 2, 1000);
      store.answers(purged, GH_OK);
      store.equal(purged.deleted, 1, "records purged");
    }
    host.meet();
    must_be_gone(store, round, key, before_all_time);
    host.meet();
  }
}

void a_write_loses_against_what_the_other_has_changed(Host& host) {
  Store& store = host.store();
  store.needs(kind::Session);
  const Key key = store.key("1");
  Rounds rounds = store.timed_rounds(100);
  for (int round = 0; host.more(rounds, round); ++round) {
    if (host.acts_in(round)) store.must(put(kind::Session, key, round, session_of("o", 0, round)));
    host.meet();
    if (!host.acts_in(round)) {
      store.loses(put(kind::Session, key, round, session_of("late", 0, round)), GH_CONFLICT_VERSION);
    }
    host.meet();
  }
}

void a_unique_value_taken_by_one_is_taken_for_the_other(Host& host) {
  Store& store = host.store();
  store.needs(kind::Account);
  Rounds rounds = store.timed_rounds(100);
  for (int round = 0; host.more(rounds, round); ++round) {
    const bool acts = host.acts_in(round);
    const Write mine = put(kind::Account, store.key("1"), 0, account_of(text("a@x")));
    const Write theirs = put(kind::Account, store.key("2"), 0, account_of(text("a@x")));
    if (acts) store.must(mine);
    host.meet();
    if (!acts) store.loses(theirs, GH_CONFLICT_UNIQUE);
    host.meet();
    if (acts) store.must(remove(kind::Account, mine.key, 1));
    host.meet();
    if (!acts) store.must(theirs);
    host.meet();
    if (acts) {
      store.loses(mine, GH_CONFLICT_UNIQUE);
      store.must(remove(kind::Account, theirs.key, 1));
    }
    host.meet();
  }
}

// Both at once, so exactly one of them may be told that it was the one.
void must_be_one(Host& host, const Committed& mine, const char* what) {
  const Store& store = host.store();
  if (mine.status != GH_OK) store.answers(mine, GH_CONFLICT);
  const std::int64_t won = mine.status == GH_OK ? 1 : 0;
  store.equal(won + host.swap(won), 1, what);
}

void of_two_that_take_the_same_at_once_one_wins(Host& host) {
  Store& store = host.store();
  store.needs(kind::Session);
  Rounds rounds = store.timed_rounds(300);
  for (int round = 0; host.more(rounds, round); ++round) {
    const Key key = store.key(std::to_string(round));
    host.meet();
    must_be_one(host, store.commit(put(kind::Session, key, 0, session_of("o"))), "hosts that created a record");
    must_be_one(host, store.commit(put(kind::Session, key, 1, session_of("o", 1))), "hosts that changed version 1");
  }
}

void of_two_that_take_the_same_unique_value_at_once_one_wins(Host& host) {
  Store& store = host.store();
  store.needs(kind::Account);
  Rounds rounds = store.timed_rounds(300);
  for (int round = 0; host.more(rounds, round); ++round) {
    const Key key = store.key(named(host.first() ? "a" : "b", round));
    const auto values = account_of(text(named("mail", round)));
    host.meet();
    must_be_one(host, store.commit(put(kind::Account, key, 0, values)), "hosts that took a unique value");
  }
}

void no_update_of_either_is_lost(Host& host) {
  Store& store = host.store();
  store.needs(kind::Session);
  const Key key = store.key("1");
  if (host.first()) store.must(put(kind::Session, key, 0, session_of("o")));
  host.meet();
  std::int64_t added = 0;
  Rounds rounds = store.timed_rounds(1'000);
  for (int at = 0; rounds.more(at); ++at) {
    const Record here = store.expect(kind::Session, key);
    const auto next = session_of("o", 0, here.values[session::Counter].i + 1);
    if (store.commit(put(kind::Session, key, here.version, next)).status == GH_OK) ++added;
  }
  const std::int64_t sum = added + host.swap(added);
  const Record here = store.expect(kind::Session, key);
  store.equal(here.values[session::Counter].i, sum, "a counter that both hosts added to, each as often as it was told");
  store.equal(here.version, sum + 1, "the version of a counter that both hosts added to");
  host.meet();
}

constexpr SharedCheck reads[] = {
    {"a commit of one host is seen by the other at once", a_commit_of_one_is_seen_by_the_other_at_once},
    {"what one host deletes is gone for the other", what_one_deletes_is_gone_for_the_other},
    {"what one host purges is gone for the other", what_one_purges_is_gone_for_the_other},
};
constexpr SharedCheck writes[] = {
    {"a write loses against what the other host has changed", a_write_loses_against_what_the_other_has_changed},
    {"a unique value taken by one host is taken for the other", a_unique_value_taken_by_one_is_taken_for_the_other},
    {"of two hosts that take the same at once one wins", of_two_that_take_the_same_at_once_one_wins},
    {"of two hosts that take the same unique value at once one wins",
     of_two_that_take_the_same_unique_value_at_once_one_wins},
    {"no update of either host is lost", no_update_of_either_is_lost},
};

}  // namespace

std::vector<Case> shared_cases() {
  constexpr std::chrono::seconds limit{30};
  return {
      store_case(
          "store.shared_reads", "What one instance was answered GH_OK for, another one on its backend sees.",
          [](Context& context) { run_on_two_instances(context, reads); }, limit),
      store_case(
          "store.shared_writes", "Writes of two instances on one backend keep versions and unique values.",
          [](Context& context) { run_on_two_instances(context, writes); }, limit),
      store_case(
          "store.shared_reads_of_processes", "What one process was answered GH_OK for, another one sees.",
          [](Context& context) { run_in_two_processes(context, reads); }, limit),
      store_case(
          "store.shared_writes_of_processes", "Writes of two processes on one backend keep versions and unique values.",
          [](Context& context) { run_in_two_processes(context, writes); }, limit),
  };
}

}  // namespace gatehouse::check::store
