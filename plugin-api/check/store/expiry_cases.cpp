// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"
#include "store/store_cases.h"

namespace gatehouse::check::store {
namespace {

constexpr std::int64_t end = now + 100;

Write ending(Store& store, const std::string& id, std::int64_t expected, Value expires,
             const std::string& partition = "p") {
  return put(kind::Session, store.key(id, partition), expected, session_of("o", 0, expected, std::move(expires)));
}

Query of_owner(Store& store) { return store.all(kind::Session, session::ByOwner, {text("o")}); }

void a_record_is_seen_until_its_expiry_and_not_then(Store& store) {
  store.must(ending(store, "1", 0, moment(end)));
  store.has(kind::Session, store.key("1"), end - 1);
  store.lacks(kind::Session, store.key("1"), end);
  store.equal(store.find_all(of_owner(store), end - 1).size(), 1u);
  store.equal(store.find_all(of_owner(store), end), {});
  store.equal(store.count(of_owner(store), end - 1).count, 1u);
  store.equal(store.count(of_owner(store), end).count, 0u);
}

void null_never_expires(Store& store) {
  store.needs_the_suite("an expiry that may be NULL");
  store.must(ending(store, "1", 0, null()));
  store.has(kind::Session, store.key("1"), INT64_MAX);
  store.equal(store.purge(kind::Session, INT64_MAX, 10).deleted, 0u);
}

void a_clock_that_jumps_ahead_and_back_loses_nothing(Store& store) {
  store.must(ending(store, "1", 0, moment(end)));
  store.lacks(kind::Session, store.key("1"), end + 1'000'000);
  store.equal(store.find_all(of_owner(store), end + 1'000'000), {});
  store.loses(ending(store, "1", 1, moment(end)), GH_CONFLICT_VERSION, end + 1'000'000);
  store.equal(store.expect(kind::Session, store.key("1"), now).version, 1);
}

void a_write_to_an_expired_record_loses(Store& store) {
  store.must(ending(store, "1", 0, moment(end)));
  store.loses(ending(store, "1", 1, moment(end + 50)), GH_CONFLICT_VERSION, end);
  store.loses(remove(kind::Session, store.key("1"), 1), GH_CONFLICT_VERSION, end);
}

void creating_at_the_key_of_an_expired_record_begins_at_version_one(Store& store) {
  store.must(ending(store, "1", 0, moment(end)));
  store.must(ending(store, "1", 1, moment(end)));
  store.must(ending(store, "1", 0, moment(end + 50)), end);
  store.equal(store.expect(kind::Session, store.key("1"), end).version, 1);
  store.equal(store.find_all(of_owner(store), end).size(), 1u);
}

void an_expiry_can_be_put_off_and_brought_forward(Store& store) {
  store.must(ending(store, "1", 0, moment(end)));
  store.must(ending(store, "1", 1, moment(end + 50)));
  store.has(kind::Session, store.key("1"), end + 49);
  store.must(ending(store, "1", 2, moment(end - 50)));
  store.lacks(kind::Session, store.key("1"), end - 50);
  store.equal(store.purge(kind::Session, end - 49, 10).deleted, 1u);
}

void an_expiry_can_be_taken_away_and_given(Store& store) {
  store.must(ending(store, "1", 0, moment(end)));
  store.must(ending(store, "1", 1, null()));
  store.equal(store.purge(kind::Session, INT64_MAX, 10).deleted, 0u);
  store.must(ending(store, "1", 2, moment(end)));
  store.equal(store.purge(kind::Session, end + 1, 10).deleted, 1u);
}

void purge_deletes_what_expired_before_and_nothing_else(Store& store) {
  store.must(ending(store, "before", 0, moment(end - 1)));
  store.must(ending(store, "at", 0, moment(end)));
  store.must(ending(store, "after", 0, moment(end + 1)));
  store.must(ending(store, "never", 0, null()));
  const auto purged = store.purge(kind::Session, end, 10);
  store.answers(purged, GH_OK);
  store.equal(purged.deleted, 1u);
  store.lacks(kind::Session, store.key("before"), before_all_time);
  store.has(kind::Session, store.key("at"), before_all_time);
  store.has(kind::Session, store.key("after"), before_all_time);
  store.has(kind::Session, store.key("never"), before_all_time);
}

void a_record_that_was_extended_is_not_purged(Store& store) {
  for (int at = 0; at < 50; ++at) store.must(ending(store, std::to_string(at), 0, moment(end)));
  for (int at = 0; at < 50; at += 2) store.must(ending(store, std::to_string(at), 1, moment(end + 100)));
  store.equal(store.purge(kind::Session, end + 1, 1000).deleted, 25u);
  store.equal(store.find_all(of_owner(store), before_all_time).size(), 25u);
}

void purge_stops_at_its_limit_and_goes_on_next_time(Store& store) {
  for (int at = 0; at < 150; ++at)
    store.must(ending(store, std::to_string(at), 0, moment(end), std::to_string(at % 7)));
  store.equal(store.purge(kind::Session, end + 1, 100).deleted, 100u);
  store.equal(store.find_all(of_owner(store), before_all_time).size(), 50u);
  store.equal(store.purge(kind::Session, end + 1, 100).deleted, 50u);
  store.equal(store.purge(kind::Session, end + 1, 100).deleted, 0u);
}

void purge_goes_through_all_tenants(Store& store) {
  store.must(put(kind::Session, store.key("1"), 0, session_of("o", 0, 0, moment(end))));
  store.must(put(kind::Session, {store.other_tenant(), "p", "1"}, 0, session_of("o", 0, 0, moment(end))));
  store.equal(store.purge(kind::Session, end + 1, 10).deleted, 2u);
}

void purge_takes_append_only_records_and_their_index_entries(Store& store) {
  for (int at = 0; at < 300; ++at) {
    store.must(put(kind::Event, store.key(std::to_string(at), std::to_string(at % 5)), 0,
                   {text("login"), moment(at), null(), moment(end + at)}));
  }
  store.equal(store.purge(kind::Event, end + 200, 1000).deleted, 200u);
  const Query query = store.all(kind::Event, event::ByTypeTime, {text("login")});
  store.equal(store.find_all(query, before_all_time).size(), 100u);
}

void a_purged_key_and_its_unique_value_are_free(Store& store) {
  store.must(put(kind::Account, store.key("1"), 0, account_of(text("a@x"), moment(end))));
  store.equal(store.purge(kind::Account, end + 1, 10).deleted, 1u);
  store.must(put(kind::Account, store.key("1"), 0, account_of(text("b@x"))));
  store.must(put(kind::Account, store.key("2"), 0, account_of(text("a@x"))));
}

void purge_of_a_kind_without_expiry_is_unsupported(Store& store) {
  store.answers(store.purge(kind::Plain, INT64_MAX, 10), GH_UNSUPPORTED);
}

void the_ends_of_time_are_times(Store& store) {
  store.must(ending(store, "first", 0, moment(INT64_MIN)), INT64_MIN);
  store.must(ending(store, "last", 0, moment(INT64_MAX)));
  store.lacks(kind::Session, store.key("first"), INT64_MIN);
  store.has(kind::Session, store.key("last"), INT64_MAX - 1);
  store.lacks(kind::Session, store.key("last"), INT64_MAX);
  store.equal(store.purge(kind::Session, INT64_MAX, 10).deleted, 1u);
}

constexpr Check visible[] = {
    {"a record is seen until its expiry, and not then", a_record_is_seen_until_its_expiry_and_not_then},
    {"NULL never expires", null_never_expires},
    {"a clock that jumps ahead and back loses nothing", a_clock_that_jumps_ahead_and_back_loses_nothing},
    {"the ends of time are times", the_ends_of_time_are_times},
};
constexpr Check writes[] = {
    {"a write to an expired record loses", a_write_to_an_expired_record_loses},
    {"creating at the key of an expired record begins at version 1",
     creating_at_the_key_of_an_expired_record_begins_at_version_one},
    {"an expiry can be put off and brought forward", an_expiry_can_be_put_off_and_brought_forward},
    {"an expiry can be taken away and given", an_expiry_can_be_taken_away_and_given},
};
constexpr Check purges[] = {
    {"purge deletes what expired before, and nothing else", purge_deletes_what_expired_before_and_nothing_else},
    {"a record that was extended is not purged", a_record_that_was_extended_is_not_purged},
    {"purge goes through all tenants", purge_goes_through_all_tenants},
    {"purge takes append-only records and their index entries",
     purge_takes_append_only_records_and_their_index_entries},
    {"a purged key and its unique value are free", a_purged_key_and_its_unique_value_are_free},
    {"purge of a kind without an expiry is unsupported", purge_of_a_kind_without_expiry_is_unsupported},
};
constexpr Check purge_limits[] = {
    {"purge stops at its limit and goes on next time", purge_stops_at_its_limit_and_goes_on_next_time}};

}  // namespace

std::vector<Case> expiry_cases() {
  return {
      store_case("store.expiry", "A record is invisible from its expiry on, by call->now_us alone.",
                 [](Context& context) { run_checks(context, visible); }),
      store_case("store.expiry_and_writes",
                 "An expired record is gone for writes too, and an expiry changes with its record.",
                 [](Context& context) { run_checks(context, writes); }),
      store_case("store.purge", "Purge deletes what expired before the given time, of all tenants, and nothing else.",
                 [](Context& context) { run_checks(context, purges); }),
      store_case("store.purge_limit", "Purge deletes at most as many as it may, says how many, and goes on next time.",
                 [](Context& context) { run_checks(context, purge_limits); }),
  };
}

}  // namespace gatehouse::check::store
