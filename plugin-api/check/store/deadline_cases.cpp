// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"
#include "store/store_cases.h"

#include <chrono>

namespace gatehouse::check::store {
namespace {

constexpr std::chrono::seconds too_late{-1};
constexpr std::chrono::seconds enough{30};

void a_late_get_delivers_nothing(Store& store) {
  store.must(put(kind::Session, store.key("1"), 0, session_of("o")));
  store.time_left(too_late);
  const Got got = store.get(kind::Session, store.key("1"));
  store.time_left(enough);
  store.answers(got, GH_TIMEOUT);
  store.equal(got.delivered, 0, "records delivered");
}

void a_late_get_many_delivers_nothing(Store& store) {
  if (!store.verbs().offers_get_many()) return;
  store.must(put(kind::Session, store.key("1"), 0, session_of("o")));
  store.time_left(too_late);
  const GotMany got = store.get_many({{kind::Session, store.key("1")}, {kind::Session, store.key("2")}});
  store.time_left(enough);
  store.answers(got, GH_TIMEOUT);
  store.equal(got.records.front(), std::nullopt, "what was delivered");
}

void a_late_find_is_refused(Store& store) {
  store.must(put(kind::Session, store.key("1"), 0, session_of("o")));
  store.time_left(too_late);
  const Page page = store.find(store.all(kind::Session, session::ByOwner));
  store.time_left(enough);
  store.answers(page, GH_TIMEOUT);
}

void a_late_commit_changes_nothing(Store& store) {
  store.must(put(kind::Session, store.key("1"), 0, session_of("o")));
  store.time_left(too_late);
  const Committed done = store.commit({put(kind::Session, store.key("1"), 1, session_of("other")),
                                       put(kind::Session, store.key("2"), 0, session_of("o"))});
  store.time_left(enough);
  store.answers(done, GH_TIMEOUT);
  store.equal(store.read(kind::Session, store.key("1")), Record{store.key("1"), 1, session_of("o")});
  store.lacks(kind::Session, store.key("2"));
}

void a_late_purge_deletes_nothing(Store& store) {
  store.must(put(kind::Session, store.key("1"), 0, session_of("o", 0, 0, moment(now + 1))));
  store.time_left(too_late);
  const Purged purged = store.purge(kind::Session, now + 2, 10);
  store.time_left(enough);
  store.answers(purged, GH_TIMEOUT);
  store.has(kind::Session, store.key("1"), before_all_time);
}

constexpr Check checks[] = {
    {"a late get delivers nothing", a_late_get_delivers_nothing},
    {"a late get_many delivers nothing", a_late_get_many_delivers_nothing},
    {"a late find is refused", a_late_find_is_refused},
    {"a late commit changes nothing", a_late_commit_changes_nothing},
    {"a late purge deletes nothing", a_late_purge_deletes_nothing},
};

}  // namespace

std::vector<Case> deadline_cases() {
  return {
      store_case("store.deadlines", "A verb whose deadline has passed answers GH_TIMEOUT, and nothing happened.",
                 [](Context& context) { run_checks(context, checks); }),
  };
}

}  // namespace gatehouse::check::store
