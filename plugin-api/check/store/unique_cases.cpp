// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"
#include "store/store_cases.h"

namespace gatehouse::check::store {
namespace {

using Ids = std::vector<std::string>;

Write account(Store& store, const std::string& id, std::int64_t expected, Value email, Value until = null()) {
  return put(kind::Account, store.key(id), expected, account_of(std::move(email), std::move(until)));
}

Write member(Store& store, const std::string& id, std::int64_t expected, Value org, Value slug) {
  auto values = account_of(null());
  values[account::Org] = std::move(org);
  values[account::Slug] = std::move(slug);
  return put(kind::Account, store.key(id), expected, std::move(values));
}

Ids holders(Store& store, const std::string& email, std::int64_t at = now) {
  return ids(store.find_all(store.all(kind::Account, account::ByEmail, {text(email)}), at));
}

void a_second_record_with_the_value_loses(Store& store) {
  store.must(account(store, "1", 0, text("a@x")));
  const Committed lost = store.commit({account(store, "3", 0, text("c@x")), account(store, "2", 0, text("a@x"))});
  store.answers(lost, GH_CONFLICT);
  store.equal(lost.conflict, GH_CONFLICT_UNIQUE);
  store.equal(lost.failed_write, 1u);
  store.equal(lost.unique_index, account::ByEmail);
  store.lacks(kind::Account, store.key("3"));
}

void a_change_to_a_taken_value_loses(Store& store) {
  store.must(account(store, "1", 0, text("a@x")));
  store.must(account(store, "2", 0, text("b@x")));
  store.loses(account(store, "2", 1, text("a@x")), GH_CONFLICT_UNIQUE);
  store.equal(holders(store, "b@x"), {"2"});
}

void a_record_keeps_its_own_value(Store& store) {
  store.must(account(store, "1", 0, text("a@x")));
  store.must(account(store, "1", 1, text("a@x")));
  store.equal(holders(store, "a@x"), {"1"});
}

void deleting_frees_the_value(Store& store) {
  store.must(account(store, "1", 0, text("a@x")));
  store.must(remove(kind::Account, store.key("1"), 1));
  store.must(account(store, "2", 0, text("a@x")));
  store.equal(holders(store, "a@x"), {"2"});
}

void changing_frees_the_value(Store& store) {
  store.must(account(store, "1", 0, text("a@x")));
  store.must(account(store, "1", 1, text("b@x")));
  store.must(account(store, "2", 0, text("a@x")));
  store.equal(holders(store, "a@x"), {"2"});
  store.equal(holders(store, "b@x"), {"1"});
}

void null_is_no_value(Store& store) {
  store.must(account(store, "1", 0, null()));
  store.must(account(store, "2", 0, null()));
  store.equal(store.find_all(store.all(kind::Account, account::ByEmail, {null()})).size(), 2u);
}

void the_empty_text_is_a_value(Store& store) {
  store.must(account(store, "1", 0, text("")));
  store.loses(account(store, "2", 0, text("")), GH_CONFLICT_UNIQUE);
}

void null_in_one_field_of_several_takes_the_record_out(Store& store) {
  store.must(member(store, "1", 0, text("org"), null()));
  store.must(member(store, "2", 0, text("org"), null()));
  store.must(member(store, "3", 0, null(), text("slug")));
  store.must(member(store, "4", 0, null(), text("slug")));
  store.must(member(store, "5", 0, text("org"), text("slug")));
  const Committed lost = store.commit(member(store, "6", 0, text("org"), text("slug")));
  store.answers(lost, GH_CONFLICT);
  store.equal(lost.unique_index, account::ByOrgSlug);
}

void fields_are_not_joined(Store& store) {
  store.must(member(store, "1", 0, text("ab"), text("c")));
  store.must(member(store, "2", 0, text("a"), text("bc")));
}

void each_tenant_has_its_own_values(Store& store) {
  store.must(account(store, "1", 0, text("a@x")));
  store.must(put(kind::Account, {store.other_tenant(), "p", "1"}, 0, account_of(text("a@x"))));
  store.equal(holders(store, "a@x"), {"1"});
}

void a_value_is_taken_in_all_partitions(Store& store) {
  store.must(account(store, "1", 0, text("a@x")));
  store.loses(put(kind::Account, store.key("1", "q"), 0, account_of(text("a@x"))), GH_CONFLICT_UNIQUE);
  store.loses(put(kind::Account, store.key("2", "r"), 0, account_of(text("a@x"))), GH_CONFLICT_UNIQUE);
}

void values_differ_by_every_byte(Store& store) {
  int id = 0;
  for (const char* value : {"a@x", "A@x", "a@x ", " a@x", "a@x\xc3\xa9", "a@xe\xcc\x81"}) {
    store.must(account(store, std::to_string(id++), 0, text(value)));
  }
  store.equal(holders(store, "A@x"), {"1"});
}

void one_commit_moves_a_value_from_one_record_to_another(Store& store) {
  store.must(account(store, "1", 0, text("a@x")));
  store.must(account(store, "2", 0, text("b@x")));
  store.must({account(store, "2", 1, text("a@x")), account(store, "1", 1, text("c@x"))});
  store.equal(holders(store, "a@x"), {"2"});
  store.equal(holders(store, "c@x"), {"1"});
  store.equal(holders(store, "b@x"), {});
}

void two_records_swap_their_values(Store& store) {
  store.must(account(store, "1", 0, text("a@x")));
  store.must(account(store, "2", 0, text("b@x")));
  store.must({account(store, "1", 1, text("b@x")), account(store, "2", 1, text("a@x"))});
  store.equal(holders(store, "a@x"), {"2"});
  store.equal(holders(store, "b@x"), {"1"});
}

void a_value_moves_from_a_deleted_record_in_one_commit(Store& store) {
  store.must(account(store, "1", 0, text("a@x")));
  store.must({account(store, "2", 0, text("a@x")), remove(kind::Account, store.key("1"), 1)});
  store.equal(holders(store, "a@x"), {"2"});
}

void two_writes_of_one_commit_cannot_take_the_same_value(Store& store) {
  store.loses({account(store, "1", 0, text("a@x")), account(store, "2", 0, text("a@x"))}, GH_CONFLICT_UNIQUE);
  store.equal(holders(store, "a@x"), {});
}

void an_expired_record_holds_no_value(Store& store) {
  store.must(account(store, "1", 0, text("a@x"), moment(now + 10)));
  store.loses(account(store, "2", 0, text("a@x")), GH_CONFLICT_UNIQUE, now + 9);
  store.must(account(store, "2", 0, text("a@x")), now + 10);
  store.equal(holders(store, "a@x", now + 10), {"2"});
}

void who_takes_the_value_of_an_expired_record_takes_its_place_for_good(Store& store) {
  store.must(account(store, "1", 0, text("a@x"), moment(now + 10)));
  store.must(account(store, "2", 0, text("a@x")), now + 10);
  store.lacks(kind::Account, store.key("1"), now);
  store.equal(holders(store, "a@x", now), {"2"});
}

void a_losing_commit_takes_no_expired_records_place(Store& store) {
  store.must(account(store, "1", 0, text("a@x"), moment(now + 10)));
  store.must(account(store, "3", 0, text("c@x")));
  store.loses({account(store, "2", 0, text("a@x")), account(store, "4", 0, text("c@x"))}, GH_CONFLICT_UNIQUE, now + 10);
  store.equal(holders(store, "a@x", now), {"1"});
}

void two_writes_of_one_commit_cannot_take_one_value_though_both_have_expired(Store& store) {
  store.loses(
      {account(store, "1", 0, text("a@x"), moment(now + 5)), account(store, "2", 0, text("a@x"), moment(now + 5))},
      GH_CONFLICT_UNIQUE, now + 10);
  store.lacks(kind::Account, store.key("1"), now);
  store.lacks(kind::Account, store.key("2"), now);
}

constexpr Check taken[] = {
    {"a second record with the value loses", a_second_record_with_the_value_loses},
    {"a change to a taken value loses", a_change_to_a_taken_value_loses},
    {"a record keeps its own value", a_record_keeps_its_own_value},
    {"the empty text is a value", the_empty_text_is_a_value},
    {"a value is taken in all partitions", a_value_is_taken_in_all_partitions},
};
constexpr Check compared[] = {
    {"values differ by every byte", values_differ_by_every_byte},
    {"fields are not joined", fields_are_not_joined},
};
constexpr Check nulls[] = {
    {"NULL is no value", null_is_no_value},
    {"NULL in one field of several takes the record out", null_in_one_field_of_several_takes_the_record_out},
};
constexpr Check tenants[] = {{"each tenant has its own values", each_tenant_has_its_own_values}};
constexpr Check freed[] = {
    {"deleting frees the value", deleting_frees_the_value},
    {"changing frees the value", changing_frees_the_value},
};
constexpr Check moved[] = {
    {"one commit moves a value from one record to another", one_commit_moves_a_value_from_one_record_to_another},
    {"two records swap their values", two_records_swap_their_values},
    {"a value moves from a deleted record in one commit", a_value_moves_from_a_deleted_record_in_one_commit},
    {"two writes of one commit cannot take the same value", two_writes_of_one_commit_cannot_take_the_same_value},
};
constexpr Check expired[] = {
    {"an expired record holds no value", an_expired_record_holds_no_value},
    {"who takes the value of an expired record takes its place for good",
     who_takes_the_value_of_an_expired_record_takes_its_place_for_good},
    {"a losing commit takes no expired record's place", a_losing_commit_takes_no_expired_records_place},
    {"two writes of one commit cannot take one value, though both have expired",
     two_writes_of_one_commit_cannot_take_one_value_though_both_have_expired},
};

}  // namespace

std::vector<Case> unique_cases() {
  return {
      store_case("store.unique_taken",
                 "A value of a unique index is held by one record of the tenant, whatever its partition.",
                 [](Context& context) { run_checks(context, taken); }),
      store_case("store.unique_bytes", "Values of a unique index are compared byte by byte, field by field.",
                 [](Context& context) { run_checks(context, compared); }),
      store_case("store.unique_null", "NULL in a field of a unique index takes the record out of its uniqueness.",
                 [](Context& context) { run_checks(context, nulls); }),
      store_case("store.unique_tenants", "Each tenant has its own values of a unique index.",
                 [](Context& context) { run_checks(context, tenants); }),
      store_case("store.unique_freed", "A value is free again when its record was deleted or changed.",
                 [](Context& context) { run_checks(context, freed); }),
      store_case("store.unique_moves",
                 "Unique values are judged after all writes of a commit, so they may move in one.",
                 [](Context& context) { run_checks(context, moved); }),
      store_case("store.unique_expired", "An expired record holds no unique value; whoever takes it takes its place.",
                 [](Context& context) { run_checks(context, expired); }),
  };
}

}  // namespace gatehouse::check::store
