// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"
#include "store/store_cases.h"

namespace gatehouse::check::store {
namespace {

void first_put_makes_version_one(Store& store) {
  store.must(put(kind::Plain, store.key("1"), 0, plain_of("a")));
  store.equal(store.read(kind::Plain, store.key("1")), (Record{store.key("1"), 1, plain_of("a")}));
}

void each_put_adds_one_to_the_version(Store& store) {
  for (std::int64_t version = 0; version < 5; ++version) {
    store.must(put(kind::Plain, store.key("1"), version, plain_of(std::to_string(version))));
  }
  store.equal(store.read(kind::Plain, store.key("1")), (Record{store.key("1"), 5, plain_of("4")}));
}

void put_with_an_old_version_loses_and_changes_nothing(Store& store) {
  store.must(put(kind::Plain, store.key("1"), 0, plain_of("a")));
  store.must(put(kind::Plain, store.key("1"), 1, plain_of("b")));
  store.loses(put(kind::Plain, store.key("1"), 1, plain_of("c")), GH_CONFLICT_VERSION);
  store.equal(store.read(kind::Plain, store.key("1")), (Record{store.key("1"), 2, plain_of("b")}));
}

void put_with_a_version_that_is_yet_to_come_loses(Store& store) {
  store.must(put(kind::Plain, store.key("1"), 0, plain_of("a")));
  store.loses(put(kind::Plain, store.key("1"), 2, plain_of("b")), GH_CONFLICT_VERSION);
}

void creating_what_exists_loses(Store& store) {
  store.must(put(kind::Plain, store.key("1"), 0, plain_of("a")));
  store.loses(put(kind::Plain, store.key("1"), 0, plain_of("b")), GH_CONFLICT_VERSION);
}

void a_write_never_recreates_a_record_that_is_gone(Store& store) {
  store.must(put(kind::Plain, store.key("1"), 0, plain_of("a")));
  store.must(remove(kind::Plain, store.key("1"), 1));
  store.loses(put(kind::Plain, store.key("1"), 1, plain_of("b")), GH_CONFLICT_VERSION);
  store.loses(remove(kind::Plain, store.key("1"), 1), GH_CONFLICT_VERSION);
  store.lacks(kind::Plain, store.key("1"));
}

void delete_needs_the_right_version(Store& store) {
  store.must(put(kind::Plain, store.key("1"), 0, plain_of("a")));
  store.must(put(kind::Plain, store.key("1"), 1, plain_of("b")));
  store.loses(remove(kind::Plain, store.key("1"), 1), GH_CONFLICT_VERSION);
  store.must(remove(kind::Plain, store.key("1"), 2));
  store.lacks(kind::Plain, store.key("1"));
}

void a_deleted_key_begins_again_at_version_one(Store& store) {
  store.must(put(kind::Plain, store.key("1"), 0, plain_of("a")));
  store.must(remove(kind::Plain, store.key("1"), 1));
  store.must(put(kind::Plain, store.key("1"), 0, plain_of("b")));
  store.equal(store.read(kind::Plain, store.key("1")), (Record{store.key("1"), 1, plain_of("b")}));
}

void one_losing_write_undoes_all_others(Store& store) {
  store.must(put(kind::Plain, store.key("there"), 0, plain_of("a")));
  store.must(put(kind::Session, store.key("s"), 0, session_of("o")));
  const Committed lost = store.commit({put(kind::Plain, store.key("new"), 0, plain_of("b")),
                                       put(kind::Session, store.key("s"), 1, session_of("other")),
                                       put(kind::Plain, store.key("there"), 7, plain_of("c"))});
  store.answers(lost, GH_CONFLICT);
  store.equal(lost.failed_write, 2u);
  store.lacks(kind::Plain, store.key("new"));
  store.equal(store.expect(kind::Session, store.key("s")).version, 1);
  store.equal(store.expect(kind::Session, store.key("s")).values[session::Owner], text("o"));
}

void puts_and_deletes_of_several_kinds_happen_together(Store& store) {
  store.must(put(kind::Session, store.key("old"), 0, session_of("o")));
  store.must({remove(kind::Session, store.key("old"), 1), put(kind::Session, store.key("new"), 0, session_of("o")),
              put(kind::Plain, store.key("new"), 0, plain_of("b"))});
  store.lacks(kind::Session, store.key("old"));
  store.has(kind::Session, store.key("new"));
  store.has(kind::Plain, store.key("new"));
}

void one_key_in_two_kinds_is_two_records(Store& store) {
  store.must(
      {put(kind::Plain, store.key("1"), 0, plain_of("a")), put(kind::Session, store.key("1"), 0, session_of("o"))});
  store.must(remove(kind::Plain, store.key("1"), 1));
  store.has(kind::Session, store.key("1"));
}

void spans_partitions_only_where_the_store_says_so(Store& store) {
  const Committed done = store.commit({put(kind::Plain, store.key("1", "p"), 0, plain_of("a")),
                                       put(kind::Plain, store.key("1", "q"), 0, plain_of("b"))});
  store.answers(done, store.crosses_partitions() ? GH_OK : GH_UNSUPPORTED);
  const gh_status then = store.crosses_partitions() ? GH_OK : GH_NOT_FOUND;
  store.answers(store.get(kind::Plain, store.key("1", "p")), then);
  store.answers(store.get(kind::Plain, store.key("1", "q")), then);
}

void tenant_partition_and_id_are_three_parts_of_a_key(Store& store) {
  const std::string& t = store.tenant();
  const Key keys[] = {{t + "ab", "c", "d"}, {t + "a", "bc", "d"}, {t + "a", "b", "cd"}};
  for (const Key& key : keys) store.must(put(kind::Plain, key, 0, plain_of(text_of(key))));
  for (const Key& key : keys) store.equal(store.read(kind::Plain, key), (Record{key, 1, plain_of(text_of(key))}));
}

void no_part_of_a_key_is_case_folded(Store& store) {
  const std::string& t = store.tenant();
  const Key keys[] = {{t, "p", "id"}, {t, "p", "ID"}, {t, "P", "id"}, {t + "x", "p", "id"}, {t + "X", "p", "id"}};
  for (const Key& key : keys) store.must(put(kind::Plain, key, 0, plain_of(text_of(key))));
  for (const Key& key : keys) store.equal(store.read(kind::Plain, key), (Record{key, 1, plain_of(text_of(key))}));
  store.must(remove(kind::Plain, keys[1], 1));
  store.has(kind::Plain, keys[0]);
}

void tenants_share_no_record(Store& store) {
  Key theirs = store.key("1");
  theirs.tenant = store.other_tenant();
  store.must(put(kind::Plain, store.key("1"), 0, plain_of("mine")));
  store.lacks(kind::Plain, theirs);
  store.loses(remove(kind::Plain, theirs, 1), GH_CONFLICT_VERSION);
  store.must(put(kind::Plain, theirs, 0, plain_of("theirs")));
  store.equal(store.expect(kind::Plain, store.key("1")).values, plain_of("mine"));
  Query query = store.all(kind::Plain);
  query.tenant = store.other_tenant();
  store.equal(store.find_all(query), {{theirs, 1, plain_of("theirs")}});
}

void sixty_four_writes_are_one_commit(Store& store) {
  std::vector<Write> writes;
  for (int at = 0; at < 64; ++at)
    writes.push_back(put(kind::Session, store.key(std::to_string(at)), 0, session_of("o", at)));
  store.must(writes);
  const Query query = store.all(kind::Session, session::ByOwner, {text("o")});
  store.equal(store.find_all(query).size(), 64u);
}

void a_record_grows_and_shrinks(Store& store) {
  for (std::int64_t version = 0; version < 40; ++version) {
    const std::size_t size = version % 2 == 0 ? static_cast<std::size_t>(version) * 500 : 0;
    auto values = session_of("o", version, version);
    values[session::Note] = text(std::string(size, 'x'));
    store.must(put(kind::Session, store.key("1"), version, values));
    store.equal(store.expect(kind::Session, store.key("1")).values, values);
    const Query query = store.all(kind::Session, session::ByOwner, {text("o")});
    store.equal(store.find_all(query).size(), 1u);
  }
}

void missing_values_are_null(Store& store) {
  store.must(put(kind::Session, store.key("1"), 0, {text("o"), moment(1), integer(2)}));
  const Record record = store.expect(kind::Session, store.key("1"));
  store.equal(record.values[session::Counter], integer(2));
  store.equal(record.values[session::Note], null());
  store.equal(record.values[session::Expires], null());
}

void append_only_records_are_written_once(Store& store) {
  const std::vector<Value> values = {text("login"), moment(5), null(), moment(now + 100)};
  store.must(put(kind::Event, store.key("1"), 0, values));
  store.loses(put(kind::Event, store.key("1"), 0, values), GH_CONFLICT_VERSION);
  store.answers(store.commit(put(kind::Event, store.key("1"), 1, values)), GH_INVALID);
  store.answers(store.commit(remove(kind::Event, store.key("1"), 1)), GH_INVALID);
  store.equal(store.read(kind::Event, store.key("1")), (Record{store.key("1"), 1, values}));
}

void an_invalid_write_undoes_all_others(Store& store) {
  store.answers(store.commit({put(kind::Plain, store.key("1"), 0, plain_of("a")),
                              put(kind::Plain, store.key("2"), 0, {integer(1)})}),
                GH_INVALID);
  store.lacks(kind::Plain, store.key("1"));
}

void a_record_that_ends_before_its_kind_is_found_by_null(Store& store) {
  store.must(put(kind::Sample, store.key("short"), 0, {boolean(true)}));
  store.must(put(kind::Sample, store.key("empty"), 0, {}));
  store.must(put(kind::Sample, store.key("long"), 0, {boolean(true), integer(1), moment(2), text("w"), bytes("b")}));
  store.equal(ids(store.find_all(store.all(kind::Sample, sample::ByNumber, {null()}))), {"empty", "short"});
  store.equal(ids(store.find_all(store.all(kind::Sample, sample::ByAll, {boolean(true), null()}))), {"short"});
  store.equal(ids(store.find_all(store.all(kind::Sample, sample::ByBlob))), {"empty", "short", "long"});
  store.must(put(kind::Sample, store.key("short"), 1, {boolean(true), integer(7)}));
  store.equal(ids(store.find_all(store.all(kind::Sample, sample::ByNumber, {integer(7)}))), {"short"});
}

constexpr Check versions[] = {
    {"the first put makes version 1", first_put_makes_version_one},
    {"each put adds one to the version", each_put_adds_one_to_the_version},
    {"a deleted key begins again at version 1", a_deleted_key_begins_again_at_version_one},
};
constexpr Check stale_writes[] = {
    {"a put with an old version loses and changes nothing", put_with_an_old_version_loses_and_changes_nothing},
    {"a put with a version that is yet to come loses", put_with_a_version_that_is_yet_to_come_loses},
    {"creating what exists loses", creating_what_exists_loses},
    {"a delete needs the right version", delete_needs_the_right_version},
};
constexpr Check gone[] = {
    {"a write never recreates a record that is gone", a_write_never_recreates_a_record_that_is_gone}};
constexpr Check whole[] = {
    {"one losing write undoes all others", one_losing_write_undoes_all_others},
    {"one invalid write undoes all others", an_invalid_write_undoes_all_others},
    {"puts and deletes of several kinds happen together", puts_and_deletes_of_several_kinds_happen_together},
    {"64 writes are one commit", sixty_four_writes_are_one_commit},
};
constexpr Check partitions[] = {
    {"a commit spans partitions only where the store says so", spans_partitions_only_where_the_store_says_so}};
constexpr Check keys[] = {
    {"one key in two kinds is two records", one_key_in_two_kinds_is_two_records},
    {"tenant, partition and id are three parts of a key", tenant_partition_and_id_are_three_parts_of_a_key},
    {"no part of a key is case-folded", no_part_of_a_key_is_case_folded},
};
constexpr Check tenants[] = {{"tenants share no record", tenants_share_no_record}};
constexpr Check older_records[] = {
    {"values that are missing are NULL", missing_values_are_null},
    {"a record that ends before its kind does is found by NULL", a_record_that_ends_before_its_kind_is_found_by_null},
};
constexpr Check sizes[] = {{"a record grows and shrinks", a_record_grows_and_shrinks}};
constexpr Check append_only[] = {{"append-only records are written once", append_only_records_are_written_once}};

}  // namespace

std::vector<Case> commit_cases() {
  return {
      store_case("store.versions", "A put makes version 1 and adds 1 each time; a deleted key begins again at 1.",
                 [](Context& context) { run_checks(context, versions); }),
      store_case("store.stale_writes",
                 "A write that expects another version than the record has loses with GH_CONFLICT.",
                 [](Context& context) { run_checks(context, stale_writes); }),
      store_case("store.never_recreates", "A write that expects a version never recreates a record that is gone.",
                 [](Context& context) { run_checks(context, gone); }),
      store_case("store.all_or_nothing", "All writes of a commit happen, or none.",
                 [](Context& context) { run_checks(context, whole); }),
      store_case("store.partitions", "A commit spans partitions with GH_STORE_CROSS_PARTITION, and is refused without.",
                 [](Context& context) { run_checks(context, partitions); }),
      store_case("store.keys_apart", "Kind, tenant, partition and id tell records apart, byte by byte.",
                 [](Context& context) { run_checks(context, keys); }),
      store_case("store.tenants_apart", "Nothing of one tenant is seen or changed in another.",
                 [](Context& context) { run_checks(context, tenants); }),
      store_case("store.older_records",
                 "A record that holds fewer values than its kind has fields reads as NULL there.",
                 [](Context& context) { run_checks(context, older_records); }),
      store_case("store.record_sizes", "A record may grow and shrink with every put.",
                 [](Context& context) { run_checks(context, sizes); }),
      store_case("store.append_only", "Records of an append-only kind are written once and changed by nobody.",
                 [](Context& context) { run_checks(context, append_only); }),
  };
}

}  // namespace gatehouse::check::store
