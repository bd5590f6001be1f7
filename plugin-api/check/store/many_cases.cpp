// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"
#include "store/store_cases.h"

#include <optional>
#include <string>
#include <vector>

namespace gatehouse::check::store {
namespace {

using Records = std::vector<std::optional<Record>>;

Get session(Store& store, std::string id, std::string partition = "p") {
  return {kind::Session, store.key(std::move(id), std::move(partition))};
}

Record kept(const Get& get, std::int64_t counter = 0, std::int64_t version = 1) {
  return {get.key, version, session_of("o", 0, counter)};
}

void keep(Store& store, const Get& get, std::int64_t counter = 0) {
  store.must(put(get.kind, get.key, 0, session_of("o", 0, counter)));
}

void equal(Store& store, const Records& found, const Records& expected) {
  for (std::size_t at = 0; at < expected.size(); ++at) {
    store.equal(found[at], expected[at], "get " + std::to_string(at));
  }
}

void each_record_comes_for_its_get(Store& store) {
  const std::vector<Get> gets = {session(store, "1"), session(store, "2"), session(store, "1", "q")};
  Records expected;
  for (const Get& get : gets) {
    keep(store, get, static_cast<std::int64_t>(expected.size()));
    expected.emplace_back(kept(get, static_cast<std::int64_t>(expected.size())));
  }
  equal(store, store.read_many(gets), expected);
  equal(store, store.read_many({gets[2], gets[1]}), {expected[2], expected[1]});
  equal(store, store.read_many({gets[0]}), {expected[0]});
}

void records_of_several_kinds_come_together(Store& store) {
  const Get one = session(store, "1");
  const Get other{kind::Account, store.key("u", "u")};
  keep(store, one);
  store.must(put(other.kind, other.key, 0, account_of(text("a@b"))));
  const Record account{other.key, 1, store.expect(other.kind, other.key).values};
  equal(store, store.read_many({one, other}), {kept(one), account});
  equal(store, store.read_many({other, one, other}), {account, kept(one), account});
}

void what_is_missing_or_has_expired_is_left_out(Store& store) {
  const Get there = session(store, "1");
  const Get ended = session(store, "ended");
  keep(store, there);
  store.must(put(ended.kind, ended.key, 0, session_of("o", 0, 0, moment(now + 100))));
  const Get missing = session(store, "none");
  equal(store, store.read_many({ended, there}, now + 100), {std::nullopt, kept(there)});
  equal(store, store.read_many({missing, ended}, now + 100), {std::nullopt, std::nullopt});
  store.that(store.read_many({missing, ended}, now + 99)[1].has_value(), "a record was not seen before its expiry");
  equal(store, store.read_many({there, missing}), {kept(there), std::nullopt});
}

void a_key_that_is_named_twice_is_answered_twice(Store& store) {
  const Get get = session(store, "1");
  keep(store, get);
  equal(store, store.read_many({get, get}), {kept(get), kept(get)});
}

void as_many_as_there_may_be_are_answered(Store& store) {
  std::vector<Get> gets;
  Records expected;
  for (int at = 0; at < static_cast<int>(GH_MOST_GETS); ++at) {
    const Get& get = gets.emplace_back(session(store, std::to_string(at)));
    const bool there = at % 3 != 1;
    if (there) keep(store, get, at);
    expected.push_back(there ? std::optional(kept(get, at)) : std::nullopt);
  }
  equal(store, store.read_many(gets), expected);
}

void tenants_stay_apart(Store& store) {
  const Get ours = session(store, "1");
  const Get theirs{kind::Session, {store.other_tenant(), "p", "1"}};
  keep(store, ours);
  equal(store, store.read_many({ours, theirs}), {kept(ours), std::nullopt});
  keep(store, theirs, 5);
  equal(store, store.read_many({theirs, ours}), {kept(theirs, 5), kept(ours)});
}

void a_commit_that_was_answered_is_seen(Store& store) {
  const Get one = session(store, "1");
  const Get two = session(store, "2");
  for (const Get& get : {one, two}) keep(store, get);
  for (std::int64_t version = 1; version < 4; ++version) {
    store.must(put(two.kind, two.key, version, session_of("o", 0, version)));
    equal(store, store.read_many({one, two}), {kept(one), kept(two, version, version + 1)});
  }
  store.must(remove(one.kind, one.key, 1));
  equal(store, store.read_many({one, two}), {std::nullopt, kept(two, 3, 4)});
}

void no_gets_or_too_many_are_invalid(Store& store) {
  store.answers(store.get_many({}), GH_INVALID);
  store.answers(store.get_many(std::vector<Get>(GH_MOST_GETS + 1, session(store, "1"))), GH_INVALID);
}

void a_kind_that_is_not_there_is_invalid(Store& store) {
  const Get elsewhere{kind::Elsewhere, store.key("1")};
  store.answers(store.get_many({session(store, "1"), elsewhere}), GH_INVALID);
}

void a_key_that_cannot_be_is_invalid(Store& store) {
  const Get bad = session(store, std::string(129, 'i'));
  store.answers(store.get_many({session(store, "1"), bad}), GH_INVALID);
}

constexpr Check answers[] = {
    {"each record comes for its get", each_record_comes_for_its_get},
    {"records of several kinds come together", records_of_several_kinds_come_together},
    {"what is missing or has expired is left out", what_is_missing_or_has_expired_is_left_out},
    {"a key that is named twice is answered twice", a_key_that_is_named_twice_is_answered_twice},
    {"as many as there may be are answered", as_many_as_there_may_be_are_answered},
    {"tenants stay apart", tenants_stay_apart},
    {"a commit that was answered is seen", a_commit_that_was_answered_is_seen},
};

constexpr Check refusals[] = {
    {"no gets or too many are invalid", no_gets_or_too_many_are_invalid},
    {"a kind that is not there is invalid", a_kind_that_is_not_there_is_invalid},
    {"a key that cannot be is invalid", a_key_that_cannot_be_is_invalid},
};

void run_where_offered(Context& context, std::span<const Check> checks) {
  const auto* table = &context.table_of<gh_store_v1>(GH_STORE_V1);
  if (!GH_HAS(gh_store_v1, table, get_many) || table->get_many == nullptr) {
    context.skip("it does not offer get_many: the host asks with one get for each");
  }
  run_checks(context, checks);
}

}  // namespace

std::vector<Case> many_cases() {
  return {
      store_case("store.get_many", "get_many, where it is offered, delivers what is there, each record for its get.",
                 [](Context& context) { run_where_offered(context, answers); }),
      store_case("store.wrong_get_many", "A get_many that cannot be right is GH_INVALID.",
                 [](Context& context) { run_where_offered(context, refusals); }),
  };
}

}  // namespace gatehouse::check::store
