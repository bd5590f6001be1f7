// SPDX-License-Identifier: Apache-2.0
#include "store/watch.h"

#include "case.h"

#include <gatehouse/plugin.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::check {
namespace store {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

Write new_session(const Store& store, const std::string& id) {
  return put(kind::Session, store.key(id), 0, session_of("o"));
}

// The changes of different keys come in any order.
Changes by_key(Changes changes) {
  std::stable_sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.key < b.key; });
  return changes;
}

void tells_puts_and_deletes(Store& store) {
  const Watch watch(store, {kind::Session});
  const std::vector<Write> writes[] = {{new_session(store, "1"), new_session(store, "2")},
                                       {put(kind::Session, store.key("1"), 1, session_of("o", 1))},
                                       {remove(kind::Session, store.key("1"), 2)},
                                       {new_session(store, "1")}};
  Changes expected;
  for (const auto& each : writes) {
    store.must(each);
    for (const Change& change : changes_of(each)) expected.push_back(change);
  }
  store.equal(by_key(watch.read_all(expected.size())), by_key(expected));
}

void tells_no_commit_that_failed(Store& store) {
  store.must(new_session(store, "there"));
  const Watch watch(store, {kind::Session});
  store.loses({new_session(store, "new"), new_session(store, "there")}, GH_CONFLICT_VERSION);
  store.loses(remove(kind::Session, store.key("gone"), 1), GH_CONFLICT_VERSION);
  store.answers(store.commit(put(kind::Session, store.key("wrong"), 0, {integer(1)})), GH_INVALID);
  const std::vector<Write> after = {new_session(store, "after")};
  store.must(after);
  store.equal(watch.read_all(1), changes_of(after));
}

void tells_the_kinds_that_are_watched(Store& store) {
  if (store.actual(kind::Plain) == store.actual(kind::Session)) throw NotHeld{"two kinds"};
  const Watch one(store, {kind::Session});
  const Watch two(store, {kind::Session, kind::Plain});
  const std::vector<Write> writes = {new_session(store, "1"), put(kind::Plain, store.key("2"), 0, plain_of("a"))};
  store.must(writes);
  store.equal(by_key(two.read_all(2)), changes_of(writes));
  store.equal(one.read_all(1), changes_of({writes.front()}));
}

void tells_the_changes_of_a_key_in_order(Store& store) {
  const Watch watch(store, {kind::Session});
  const int rounds = std::max(10, store.rounds(200));
  Changes expected;
  for (int version = 0; version < rounds; ++version) {
    const std::vector<Write> write = {put(kind::Session, store.key("1"), version, session_of("o", version))};
    store.must(write);
    expected.push_back(changes_of(write).front());
  }
  store.equal(watch.read_all(expected.size()), expected);
}

void who_was_told_sees_it(Store& store) {
  const int rounds = std::max(20, store.rounds(500));
  const Watch watch(store, {kind::Session});
  std::thread writer([&] {
    for (int version = 0; version < rounds; ++version) {
      store.must(put(kind::Session, store.key("1"), version, session_of("o", version)));
    }
  });
  for (std::int64_t told = 0; told < rounds;) {
    told = watch.read(1).back().version;
    const Record record = store.expect(kind::Session, store.key("1"));
    if (record.version >= told) continue;
    store.differ("version " + std::to_string(told) + ", which was told", "version " + std::to_string(record.version),
                 "get of a record after its change was told");
  }
  writer.join();
}

// More than any store is likely to keep: it may have missed some, and must say so.
void a_late_reader_is_told_all_or_that_it_missed_some(Store& store) {
  const Watch watch(store, {kind::Session});
  const int commits = std::max(4, store.rounds(150));
  const auto began = Clock::now();
  for (int commit = 0; commit < commits; ++commit) {
    std::vector<Write> writes;
    for (int at = 0; at < 64; ++at) writes.push_back(new_session(store, std::to_string(commit * 64 + at)));
    store.must(writes);
  }
  store.must(new_session(store, "last"));
  store.that(Clock::now() - began < 20s, "commits wait for a watch that nobody reads");
  Changes told;
  const auto is_last = [&](const Change& change) { return change.key.id == "last"; };
  const auto is_missed = [](const Change& change) { return change.what == GH_CHANGE_MISSED; };
  const auto ended = [&] {
    return std::any_of(told.begin(), told.end(), is_missed) || std::any_of(told.begin(), told.end(), is_last);
  };
  for (const auto until = Clock::now() + 10s; !ended() && Clock::now() < until;) {
    const auto page = watch.wait(1s);
    told.insert(told.end(), page.changes.begin(), page.changes.end());
  }
  store.that(ended(), "the last of many changes was neither told nor missed");
  if (std::any_of(told.begin(), told.end(), is_missed)) return;
  store.equal(told.size(), static_cast<std::size_t>(commits) * 64 + 1, "changes that were told, and none missed");
}

void watches_are_told_apart(Store& store) {
  const Watch first(store, {kind::Session});
  const std::vector<Write> before = {new_session(store, "before")};
  store.must(before);
  const Watch second(store, {kind::Session});
  const std::vector<Write> after = {new_session(store, "after")};
  store.must(after);
  store.equal(by_key(first.read_all(2)), by_key(changes_of({before.front(), after.front()})));
  // What was committed shortly before it began may still be on its way.
  Changes told = second.read(1);
  if (told.front() == changes_of(before).front()) told.erase(told.begin());
  if (told.empty()) told = second.read(1);
  store.equal(told, changes_of(after));
}

void a_wait_ends_when_something_is_told(Store& store) {
  const Watch watch(store, {kind::Session});
  std::promise<void> waiting;
  auto told = std::async(std::launch::async, [&] {
    waiting.set_value();
    const auto began = Clock::now();
    while (watch.wait(4s).changes.empty() && Clock::now() < began + 4s) {
    }
    return Clock::now() - began;
  });
  waiting.get_future().wait();
  const auto began = Clock::now();
  store.must(new_session(store, "1"));
  const auto committed = Clock::now() - began;
  const auto took = told.get();
  const auto more = std::chrono::duration_cast<std::chrono::milliseconds>(took - committed);
  store.that(more < 2500ms,
             "wait came back " + std::to_string(more.count()) + " ms after a commit, as if nothing had woken it");
}

void a_wait_for_nothing_ends_with_its_time(Store& store) {
  const Watch watch(store, {kind::Session});
  const auto until = Clock::now() + 200ms;
  // Other tenants' changes end a wait.
  for (auto left = 200ms; left > 0ms;) {
    const auto told = watch.wait(left);
    store.equal(told.status, GH_OK, "wait on a quiet feed");
    store.equal(told.changes, {}, "what a quiet feed tells");
    left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    if (told.delivered == 0) {
      store.that(left < 50ms, "wait came back " + std::to_string(left.count()) + " ms before its time with nothing");
    }
  }
  store.that(Clock::now() < until + 2s, "wait went on after its deadline");
}

void unwatch_ends_it(Store& store) {
  Watch watch(store, {kind::Session});
  const auto id = watch.id();
  std::promise<void> waiting;
  auto told = std::async(std::launch::async, [&, id] {
    waiting.set_value();
    const auto began = Clock::now();
    const auto& table = store.context().table_of<gh_store_watch_v1>(GH_STORE_WATCH_V1);
    for (gh_status status = GH_OK; status == GH_OK && Clock::now() < began + 2s;) {
      Calling calling(store.context(), "store_watch.wait", {.timeout = 3s});
      const gh_change_sink sink{nullptr, [](void*, const gh_change*) {}};
      status = calling.done(table.wait(store.instance(), calling.call(), id, &sink));
      if (status != GH_OK) store.equal(status, GH_NOT_FOUND, "wait on a watch that has ended");
    }
    return Clock::now() - began;
  });
  waiting.get_future().wait();
  store.equal(watch.end(), GH_OK, "unwatch");
  store.that(told.get() < 2s, "a wait went on after its watch had ended");
}

void a_watch_that_is_not_there_is_not_found(Store& store) {
  const auto& table = store.context().table_of<gh_store_watch_v1>(GH_STORE_WATCH_V1);
  std::uint64_t gone = 0;
  {
    Watch watch(store, {kind::Session});
    gone = watch.id();
  }
  for (const std::uint64_t id : {gone, gone + 1000, std::uint64_t{0}}) {
    const gh_change_sink sink{nullptr, [](void*, const gh_change*) {}};
    Calling wait(store.context(), "store_watch.wait", {.timeout = 100ms});
    store.equal(wait.done(table.wait(store.instance(), wait.call(), id, &sink)), GH_NOT_FOUND, "wait");
    Calling end(store.context(), "store_watch.unwatch");
    store.equal(end.done(table.unwatch(store.instance(), end.call(), id)), GH_NOT_FOUND, "unwatch");
  }
}

void a_watch_of_nothing_is_invalid(Store& store) {
  const auto& table = store.context().table_of<gh_store_watch_v1>(GH_STORE_WATCH_V1);
  const auto watch = [&](const std::vector<std::uint32_t>& kinds) {
    std::uint64_t id = 0;
    Calling calling(store.context(), "store_watch.watch");
    return calling.done(table.watch(store.instance(), calling.call(), kinds.data(), kinds.size(), &id));
  };
  store.equal(watch({}), GH_INVALID, "watch of no kinds");
  store.equal(watch({9999}), GH_INVALID, "watch of a kind the schema does not have");
}

void has_room_for_eight(Store& store) {
  const auto limit = store.context().plugin().max_concurrency;
  store.that(limit != 1, "max_concurrency is 1: a wait would let no other call in");
  std::vector<std::unique_ptr<Watch>> watches;
  for (int at = 0; at < 8; ++at) {
    watches.push_back(std::make_unique<Watch>(store, std::vector<std::uint32_t>{kind::Session}));
  }
  store.must(new_session(store, "1"));
  for (const auto& each : watches) each->read(1);
}

constexpr Check tells[] = {
    {"every put and delete of a commit is told, with its key and version", tells_puts_and_deletes},
    {"nothing is told of a commit that lost or was refused", tells_no_commit_that_failed},
    {"of a commit the writes of watched kinds are told", tells_the_kinds_that_are_watched},
};
constexpr Check in_order[] = {{"the changes of a key come in order", tells_the_changes_of_a_key_in_order}};
constexpr Check sees[] = {{"who was told of a change reads it, or a later one", who_was_told_sees_it}};
constexpr Check late[] = {
    {"a late reader is told everything, or that it missed some", a_late_reader_is_told_all_or_that_it_missed_some},
};
constexpr Check apart[] = {
    {"each watch is told what happened since it began", watches_are_told_apart},
    {"eight watches are told", has_room_for_eight},
};
constexpr Check times[] = {
    {"a wait ends when there is something", a_wait_ends_when_something_is_told},
    {"a wait for nothing ends with its time", a_wait_for_nothing_ends_with_its_time},
};
constexpr Check ends[] = {
    {"unwatch ends a wait", unwatch_ends_it},
    {"a watch that is not there is not found", a_watch_that_is_not_there_is_not_found},
    {"a watch of nothing is invalid", a_watch_of_nothing_is_invalid},
};

}  // namespace
}  // namespace store

std::vector<Case> watch_cases() {
  const auto watch_case = [](std::string_view name, std::string_view sentence, void (*run)(Context&)) {
    return Case{name, sentence, GH_STORE_WATCH_V1, std::chrono::seconds(30), run};
  };
  return {
      watch_case("watch.tells_commits", "What a commit writes of the watched kinds is told, and what failed is not.",
                 [](Context& context) { store::run_checks(context, store::tells); }),
      watch_case("watch.in_order", "The changes of a key are told in the order in which they happened.",
                 [](Context& context) { store::run_checks(context, store::in_order); }),
      watch_case("watch.sees_what_was_told", "Who reads a record after a change was told sees it, or a later one.",
                 [](Context& context) { store::run_checks(context, store::sees); }),
      watch_case("watch.late_reader",
                 "Who reads late is told all, or that some is missing; commits do not wait for it.",
                 [](Context& context) { store::run_checks(context, store::late); }),
      watch_case("watch.watches_apart", "At least 8 watches are each told what happened since they began.",
                 [](Context& context) { store::run_checks(context, store::apart); }),
      watch_case("watch.waits", "A wait ends when there is something to tell, and otherwise with its deadline.",
                 [](Context& context) { store::run_checks(context, store::times); }),
      watch_case("watch.ends", "unwatch ends a wait at once; afterwards there is no such watch.",
                 [](Context& context) { store::run_checks(context, store::ends); }),
  };
}

}  // namespace gatehouse::check
