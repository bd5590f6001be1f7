// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"
#include "store/store_cases.h"

#include <algorithm>

namespace gatehouse::check::store {
namespace {

using Ids = std::vector<std::string>;

Write session(Store& store, int at, std::int64_t expected, std::int64_t created) {
  return put(kind::Session, store.key(std::to_string(at)), expected, session_of("o", created));
}

// Nine sessions, in the order of their ids; and the query for pages of them.
Query pages_of(Store& store, std::uint32_t limit) {
  for (int at = 0; at < 9; ++at) store.must(session(store, at, 0, at));
  Query query = store.all(kind::Session, session::ByOwner, {text("o")});
  query.limit = limit;
  return query;
}

Page next_page(Store& store, Query& query) {
  Page page = store.find(query);
  store.answers(page, GH_OK);
  query.cursor = page.cursor;
  return page;
}

void pages_are_full_and_the_last_one_has_no_cursor(Store& store) {
  Query query = pages_of(store, 4);
  Page page = next_page(store, query);
  store.equal(ids(page.records), (Ids{"0", "1", "2", "3"}));
  store.equal(page.cursor_calls, 1);
  page = next_page(store, query);
  store.equal(ids(page.records), (Ids{"4", "5", "6", "7"}));
  page = next_page(store, query);
  store.equal(ids(page.records), (Ids{"8"}));
  store.equal(page.cursor_calls, 0);
}

void is_at_most_1024_bytes_long(Store& store) {
  const std::vector<Value> values = {boolean(true), integer(INT64_MIN), moment(0), text(std::string(256, 'w')),
                                     bytes(std::string(256, '\xff'))};
  for (const char* end : {"1", "2"}) {
    store.must(put(kind::Sample, store.key(std::string(127, 'i') + end, std::string(64, 'p')), 0, values));
  }
  Query query = store.all(kind::Sample, sample::ByAll);
  query.limit = 1;
  const Page page = store.find(query);
  store.equal(page.cursor_calls, 1, "cursors given");
  store.that(page.cursor.size() <= 1024, "a cursor of " + std::to_string(page.cursor.size()) + " bytes, 1024 at most");
}

void skips_what_was_deleted_behind_it(Store& store) {
  Query query = pages_of(store, 3);
  next_page(store, query);
  store.must(remove(kind::Session, store.key("4"), 1));
  store.equal(ids(store.find(query).records), (Ids{"3", "5", "6"}));
}

void stands_when_the_last_delivered_record_is_deleted(Store& store) {
  Query query = pages_of(store, 3);
  next_page(store, query);
  store.must(remove(kind::Session, store.key("2"), 1));
  store.must(remove(kind::Session, store.key("1"), 1));
  store.equal(ids(store.find(query).records), (Ids{"3", "4", "5"}));
}

void stands_where_it_was_when_the_last_delivered_record_moves(Store& store) {
  Query query = pages_of(store, 3);
  next_page(store, query);
  store.must(session(store, 2, 1, 100));
  query.limit = 100;
  store.equal(ids(store.find(query).records), (Ids{"3", "4", "5", "6", "7", "8", "2"}));
}

void sees_what_was_inserted_behind_it_and_not_before_it(Store& store) {
  Query query = pages_of(store, 3);
  next_page(store, query);
  store.must(session(store, 20, 0, 1));
  store.must(session(store, 21, 0, 3));
  query.limit = 3;
  store.equal(ids(store.find(query).records), (Ids{"21", "3", "4"}));
}

void works_downwards(Store& store) {
  Query query = pages_of(store, 4);
  query.descending = true;
  store.equal(ids(next_page(store, query).records), (Ids{"8", "7", "6", "5"}));
  store.must(session(store, 20, 0, 4));
  store.equal(ids(next_page(store, query).records), (Ids{"4", "20", "3", "2"}));
  store.equal(ids(next_page(store, query).records), (Ids{"1", "0"}));
}

void ends_when_all_that_followed_is_gone(Store& store) {
  Query query = pages_of(store, 8);
  next_page(store, query);
  store.must(remove(kind::Session, store.key("8"), 1));
  const Page page = store.find(query);
  store.equal(page.records, {});
  store.equal(page.cursor_calls, 0);
}

void goes_through_records_that_are_equal_in_the_index(Store& store) {
  for (int at = 100; at < 150; ++at) store.must(session(store, at, 0, 50));
  Query query = pages_of(store, 7);
  query.range = GH_RANGE_FROM;
  query.low = moment(50);
  store.equal(store.find_all(query).size(), 50u);
}

void goes_through_a_whole_tenant_page_by_page(Store& store) {
  for (int at = 0; at < 200; ++at) {
    const std::string owner = named("owner", at * 37 % 200);
    store.must(put(kind::Session, store.key(named("x", at), owner), 0, session_of(owner, at)));
  }
  Query query = store.all(kind::Session, session::ByOwner);
  query.limit = 13;
  const auto found = store.find_all(query);
  store.equal(found.size(), 200u);
  const bool sorted = std::is_sorted(found.begin(), found.end(), [](const Record& a, const Record& b) {
    return order(a.values[session::Owner], b.values[session::Owner]) < 0;
  });
  store.that(sorted, "records out of the order of the index");
  query.descending = true;
  store.equal(store.find_all(query).size(), 200u);
}

void of_another_query_is_invalid(Store& store) {
  Query query = pages_of(store, 3);
  next_page(store, query);
  auto other = query;
  other.equals = {text("other")};
  store.answers(store.find(other), GH_INVALID);
  other = query;
  other.descending = true;
  store.answers(store.find(other), GH_INVALID);
  other = query;
  other.tenant = store.other_tenant();
  store.answers(store.find(other), GH_INVALID);
  other = query;
  other.range = GH_RANGE_FROM;
  other.low = moment(0);
  store.answers(store.find(other), GH_INVALID);
}

void may_be_used_with_another_limit(Store& store) {
  Query query = pages_of(store, 3);
  next_page(store, query);
  query.limit = 2;
  store.equal(ids(store.find(query).records), (Ids{"3", "4"}));
}

void garbage_is_invalid(Store& store) {
  Query query = pages_of(store, 3);
  for (const std::string& garbage : {std::string("x"), std::string(40, '\0'), std::string(5000, 'x')}) {
    query.cursor = garbage;
    store.answers(store.find(query), GH_INVALID);
  }
}

// A store need not notice that a position was changed into another one; it must not fall over it.
void a_damaged_one_is_invalid_or_another_position(Store& store) {
  Query query = pages_of(store, 3);
  next_page(store, query);
  const std::string good = query.cursor;
  const auto try_it = [&](std::string damaged) {
    query.cursor = std::move(damaged);
    const Page page = store.find(query);
    if (page.status != GH_OK) store.answers(page, GH_INVALID);
    for (const Record& record : page.records) store.equal(record.key.tenant, store.tenant());
  };
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string damaged = good;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << (bit % 8));
    try_it(std::move(damaged));
  }
  for (std::size_t size = 1; size < good.size(); ++size) try_it(good.substr(0, size));
  try_it(good + '\0');
}

constexpr Check pages[] = {
    {"pages are full and the last one has no cursor", pages_are_full_and_the_last_one_has_no_cursor},
    {"a cursor is at most 1024 bytes long", is_at_most_1024_bytes_long},
    {"a cursor goes downwards", works_downwards},
    {"a cursor goes through records that are equal in the index", goes_through_records_that_are_equal_in_the_index},
    {"a cursor goes through a whole tenant page by page", goes_through_a_whole_tenant_page_by_page},
    {"a cursor may be used with another limit", may_be_used_with_another_limit},
};
constexpr Check changes[] = {
    {"a cursor skips what was deleted behind it", skips_what_was_deleted_behind_it},
    {"a cursor stands when the last delivered record is deleted", stands_when_the_last_delivered_record_is_deleted},
    {"a cursor stands where it was when the last delivered record moves",
     stands_where_it_was_when_the_last_delivered_record_moves},
    {"a cursor sees what was inserted behind it and not before it", sees_what_was_inserted_behind_it_and_not_before_it},
    {"a cursor ends when all that followed is gone", ends_when_all_that_followed_is_gone},
};
constexpr Check refused[] = {
    {"the cursor of another query is invalid", of_another_query_is_invalid},
    {"garbage is no cursor", garbage_is_invalid},
    {"a damaged cursor is invalid or another position", a_damaged_one_is_invalid_or_another_position},
};

}  // namespace

std::vector<Case> cursor_cases() {
  return {
      store_case("store.cursors",
                 "Pages follow each other without gap or repetition, and the last one gives no cursor.",
                 [](Context& context) { run_checks(context, pages); }),
      store_case("store.cursors_under_changes",
                 "A cursor is a position: the next page holds what is there then and sorts behind the last record.",
                 [](Context& context) { run_checks(context, changes); }),
      store_case("store.cursors_refused", "A cursor of another query, or none at all, is GH_INVALID.",
                 [](Context& context) { run_checks(context, refused); }),
  };
}

}  // namespace gatehouse::check::store
