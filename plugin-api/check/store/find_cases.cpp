// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"
#include "store/store_cases.h"

#include <algorithm>

namespace gatehouse::check::store {
namespace {

using Ids = std::vector<std::string>;

void sample_with(Store& store, const std::string& id, std::uint32_t field, Value value) {
  std::vector<Value> values(5);
  values[field] = std::move(value);
  store.must(put(kind::Sample, store.key(id), 0, std::move(values)));
}

Query by(Store& store, std::uint32_t index) { return store.all(kind::Sample, index); }

void sessions(Store& store, int count, const std::string& owner = "o") {
  for (int at = 0; at < count; ++at) {
    store.must(put(kind::Session, store.key(owner + std::to_string(1000 + at), owner), 0, session_of(owner, at)));
  }
}

Query of_owner(Store& store, const std::string& owner = "o") {
  return store.all(kind::Session, session::ByOwner, {text(owner)});
}

void numbers_are_ordered_by_value_and_null_is_first(Store& store) {
  sample_with(store, "max", sample::Number, integer(INT64_MAX));
  sample_with(store, "minus", sample::Number, integer(-1));
  sample_with(store, "null", sample::Number, null());
  sample_with(store, "zero", sample::Number, integer(0));
  sample_with(store, "min", sample::Number, integer(INT64_MIN));
  sample_with(store, "one", sample::Number, integer(1));
  store.equal(ids(store.find_all(by(store, sample::ByNumber))), (Ids{"null", "min", "minus", "zero", "one", "max"}));
}

void false_is_before_true(Store& store) {
  sample_with(store, "true", sample::Flag, boolean(true));
  sample_with(store, "null", sample::Flag, null());
  sample_with(store, "false", sample::Flag, boolean(false));
  store.equal(ids(store.find_all(by(store, sample::ByFlag))), (Ids{"null", "false", "true"}));
}

void texts_are_ordered_by_unsigned_bytes_without_collation(Store& store) {
  for (const char* word : {"b", "B", "a", "ab", "aB", "", "\xc3\xa9", "zz", "z", "~", "10", "9"}) {
    sample_with(store, std::string("w") + word, sample::Word, text(word));
  }
  store.equal(ids(store.find_all(by(store, sample::ByWord))),
              (Ids{"w", "w10", "w9", "wB", "wa", "waB", "wab", "wb", "wz", "wzz", "w~", "w\xc3\xa9"}));
}

void bytes_are_ordered_with_nuls_in_them(Store& store) {
  sample_with(store, "4", sample::Blob, bytes(std::string("a\0b", 3)));
  sample_with(store, "2", sample::Blob, bytes("a"));
  sample_with(store, "3", sample::Blob, bytes(std::string("a\0", 2)));
  sample_with(store, "1", sample::Blob, bytes(""));
  sample_with(store, "6", sample::Blob, bytes("\xff"));
  sample_with(store, "5", sample::Blob, bytes("ab"));
  store.equal(ids(store.find_all(by(store, sample::ByBlob))), (Ids{"1", "2", "3", "4", "5", "6"}));
}

void long_texts_that_differ_at_their_end_are_ordered(Store& store) {
  const std::string common(200, 'x');
  for (int at = 9; at >= 0; --at)
    sample_with(store, std::to_string(at), sample::Word, text(common + std::to_string(at)));
  store.equal(ids(store.find_all(by(store, sample::ByWord))), (Ids{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
}

void equal_records_are_ordered_by_partition_and_id(Store& store) {
  store.must(put(kind::Session, store.key("2", "a"), 0, session_of("o")));
  store.must(put(kind::Session, store.key("1", "b"), 0, session_of("o")));
  store.must(put(kind::Session, store.key("10", "a"), 0, session_of("o")));
  store.equal(ids(store.find_all(of_owner(store))), (Ids{"10", "2", "1"}));
}

void descending_is_the_exact_reverse(Store& store) {
  for (int at = 0; at < 30; ++at) sample_with(store, std::to_string(at), sample::Number, integer(at % 7));
  sample_with(store, "null", sample::Number, null());
  Query query = by(store, sample::ByNumber);
  auto forward = store.find_all(query);
  query.descending = true;
  std::reverse(forward.begin(), forward.end());
  store.equal(store.find_all(query), forward);
}

void equals_on_leading_fields_and_a_range_on_the_next(Store& store) {
  sessions(store, 10, "o");
  sessions(store, 10, "other");
  Query query = of_owner(store);
  query.range = GH_RANGE_BETWEEN;
  query.low = moment(3);
  query.high = moment(6);
  store.equal(ids(store.find_all(query)), (Ids{"o1003", "o1004", "o1005"}));
  query.range = GH_RANGE_FROM;
  query.low = moment(8);
  store.equal(ids(store.find_all(query)), (Ids{"o1008", "o1009"}));
  query.range = GH_RANGE_BELOW;
  query.high = moment(2);
  store.equal(ids(store.find_all(query)), (Ids{"o1000", "o1001"}));
}

void a_range_that_ends_before_it_begins_is_empty(Store& store) {
  sessions(store, 5);
  Query query = of_owner(store);
  query.range = GH_RANGE_BETWEEN;
  query.low = moment(4);
  query.high = moment(2);
  store.equal(store.find_all(query), {});
  query.descending = true;
  store.equal(store.find_all(query), {});
}

void null_is_in_no_range_and_is_found_by_equality(Store& store) {
  sample_with(store, "null", sample::Number, null());
  sample_with(store, "min", sample::Number, integer(INT64_MIN));
  Query query = by(store, sample::ByNumber);
  query.range = GH_RANGE_BELOW;
  query.high = integer(5);
  store.equal(ids(store.find_all(query)), (Ids{"min"}));
  query.range = GH_RANGE_FROM;
  query.low = integer(INT64_MIN);
  store.equal(ids(store.find_all(query)), (Ids{"min"}));
  query = by(store, sample::ByNumber);
  query.equals = {null()};
  store.equal(ids(store.find_all(query)), (Ids{"null"}));
}

void a_prefix_finds_texts_and_bytes_that_begin_with_it(Store& store) {
  for (const char* word : {"car", "care", "carx", "cat", "ca", "d", ""}) {
    sample_with(store, std::string("w") + word, sample::Word, text(word));
  }
  sample_with(store, "null", sample::Word, null());
  sample_with(store, "ff", sample::Blob, bytes("\xff\xff\x01"));
  Query query = by(store, sample::ByWord);
  query.range = GH_RANGE_PREFIX;
  query.low = text("car");
  store.equal(ids(store.find_all(query)), (Ids{"wcar", "wcare", "wcarx"}));
  query.descending = true;
  store.equal(ids(store.find_all(query)), (Ids{"wcarx", "wcare", "wcar"}));
  query.descending = false;
  query.low = text("");
  store.equal(store.find_all(query).size(), 7u);
  query = by(store, sample::ByBlob);
  query.range = GH_RANGE_PREFIX;
  query.low = bytes("\xff");
  store.equal(ids(store.find_all(query)), (Ids{"ff"}));
}

void the_key_is_an_index_of_partition_and_id(Store& store) {
  store.must(put(kind::Plain, store.key("2", "b"), 0, {text("x")}));
  store.must(put(kind::Plain, store.key("1", "b"), 0, {text("x")}));
  store.must(put(kind::Plain, store.key("9", "a"), 0, {text("x")}));
  Query query = store.all(kind::Plain);
  store.equal(ids(store.find_all(query)), (Ids{"9", "1", "2"}));
  query.equals = {text("b")};
  store.equal(ids(store.find_all(query)), (Ids{"1", "2"}));
  query.equals = {text("b"), text("2")};
  store.equal(ids(store.find_all(query)), (Ids{"2"}));
  query.equals = {text("b")};
  query.range = GH_RANGE_PREFIX;
  query.low = text("1");
  store.equal(ids(store.find_all(query)), (Ids{"1"}));
}

void an_index_follows_changes_and_deletes(Store& store) {
  store.must(put(kind::Session, store.key("1"), 0, session_of("a")));
  store.must(put(kind::Session, store.key("1"), 1, session_of("b")));
  store.equal(store.find_all(of_owner(store, "a")), {});
  store.equal(ids(store.find_all(of_owner(store, "b"))), (Ids{"1"}));
  store.must(remove(kind::Session, store.key("1"), 2));
  store.equal(store.find_all(of_owner(store, "b")), {});
}

void records_come_whole_with_key_and_version(Store& store) {
  store.must(put(kind::Session, store.key("1"), 0, session_of("o", 5, 6, moment(now + 7))));
  store.must(put(kind::Session, store.key("1"), 1, session_of("o", 5, 8, moment(now + 7))));
  store.equal(store.find_all(of_owner(store)),
              (std::vector<Record>{{store.key("1"), 2, session_of("o", 5, 8, moment(now + 7))}}));
}

void many_tenants_never_see_each_other(Store& store) {
  const auto name = [&](int tenant) { return store.tenant() + "-" + std::to_string(tenant); };
  Rounds rounds = store.timed_rounds(1500);
  int tenants = 0;
  for (; rounds.more(tenants); ++tenants) {
    std::vector<Write> writes;
    for (int at = 0; at < 3; ++at) {
      const std::string id = std::to_string(at);
      writes.push_back(put(kind::Session, {name(tenants), "p", id}, 0, session_of(id, at, tenants)));
    }
    store.must(writes);
  }
  for (int tenant = 0; tenant < tenants; ++tenant) {
    Query query = store.all(kind::Session, session::ByOwner);
    query.tenant = name(tenant);
    const auto found = store.find_all(query);
    store.equal(ids(found), {"0", "1", "2"});
    for (const auto& record : found) store.equal(record.values[session::Counter], integer(tenant));
    store.equal(store.count(query).count, 3);
  }
}

void a_count_sees_what_is_there_now(Store& store) {
  store.must(put(kind::Session, store.key("1"), 0, session_of("o", 1, 0, moment(now + 10))));
  store.must(put(kind::Session, store.key("2"), 0, session_of("o", 2)));
  store.must(put(kind::Session, store.key("3"), 0, session_of("other", 3)));
  store.equal(store.count(of_owner(store)).count, 2);
  store.equal(store.count(of_owner(store), now + 10).count, 1);
  store.must(remove(kind::Session, store.key("2"), 1));
  store.equal(store.count(of_owner(store)).count, 1);
}

void a_limit_is_kept_to_the_record(Store& store) {
  sessions(store, 12);
  Query query = of_owner(store);
  for (const std::uint32_t limit : {1u, 5u, 11u, 12u, 13u, 1000u}) {
    query.limit = limit;
    const Page page = store.find(query);
    store.answers(page, GH_OK);
    store.equal(page.records.size(), std::min<std::size_t>(limit, 12));
    store.equal(page.count, page.records.size());
  }
}

void a_count_keeps_to_its_range(Store& store) {
  sessions(store, 10);
  Query query = of_owner(store);
  query.range = GH_RANGE_BETWEEN;
  query.low = moment(3);
  query.high = moment(6);
  store.equal(store.count(query).count, 3);
  query.range = GH_RANGE_FROM;
  query.low = moment(8);
  store.equal(store.count(query).count, 2);
  query.range = GH_RANGE_BELOW;
  query.high = moment(1);
  store.equal(store.count(query).count, 1);
}

void counts_without_delivering(Store& store) {
  sessions(store, 20);
  Query query = of_owner(store);
  query.limit = 0;
  const Page all = store.count(query);
  store.equal(all.count, 20u);
  store.equal(all.records, {});
  query.limit = 7;
  store.equal(store.count(query).count, 7u);
  query.limit = 2000;
  store.equal(store.count(query).count, 20u);
}

void the_sink_stops_the_delivery_and_the_cursor_goes_on_from_there(Store& store) {
  sessions(store, 5);
  Query query = of_owner(store);
  const Page stopped = store.find(query, now, 2);
  store.answers(stopped, GH_OK);
  store.equal(stopped.count, 2u);
  store.equal(stopped.cursor_calls, 1);
  query.cursor = stopped.cursor;
  store.equal(ids(store.find_all(query)), (Ids{"o1002", "o1003", "o1004"}));
}

constexpr Check order_of_values[] = {
    {"numbers are ordered by value, NULL first", numbers_are_ordered_by_value_and_null_is_first},
    {"false is before true", false_is_before_true},
    {"texts are ordered by unsigned bytes, without collation", texts_are_ordered_by_unsigned_bytes_without_collation},
    {"bytes are ordered with NULs in them", bytes_are_ordered_with_nuls_in_them},
    {"long texts that differ at their end are ordered", long_texts_that_differ_at_their_end_are_ordered},
};
constexpr Check order_of_records[] = {
    {"records equal in the index are ordered by partition and id", equal_records_are_ordered_by_partition_and_id},
    {"descending is the exact reverse", descending_is_the_exact_reverse},
};
constexpr Check ranges[] = {
    {"equal values on leading fields and a range on the next", equals_on_leading_fields_and_a_range_on_the_next},
    {"a range that ends before it begins is empty", a_range_that_ends_before_it_begins_is_empty},
    {"NULL is in no range and is found by equality", null_is_in_no_range_and_is_found_by_equality},
};
constexpr Check prefixes[] = {
    {"a prefix finds texts and bytes that begin with it", a_prefix_finds_texts_and_bytes_that_begin_with_it}};
constexpr Check key_index[] = {{"the key is an index of partition and id", the_key_is_an_index_of_partition_and_id}};
constexpr Check followed[] = {
    {"an index follows changes and deletes", an_index_follows_changes_and_deletes},
    {"records come whole, with key and version", records_come_whole_with_key_and_version},
};
constexpr Check tenants[] = {{"many tenants never see each other", many_tenants_never_see_each_other}};
constexpr Check counts[] = {
    {"a count delivers nothing and keeps to its cap", counts_without_delivering},
    {"a count keeps to its range", a_count_keeps_to_its_range},
    {"a count sees what is there now", a_count_sees_what_is_there_now},
};
constexpr Check limits[] = {
    {"a limit is kept to the record", a_limit_is_kept_to_the_record},
    {"the sink stops the delivery and the cursor goes on from there",
     the_sink_stops_the_delivery_and_the_cursor_goes_on_from_there},
};

}  // namespace

std::vector<Case> find_cases() {
  return {
      store_case("store.order_of_values", "Indexes order numbers by value and text by unsigned bytes, NULL first.",
                 [](Context& context) { run_checks(context, order_of_values); }),
      store_case("store.order_of_records", "Equal records follow by partition and id; descending is the exact reverse.",
                 [](Context& context) { run_checks(context, order_of_records); }),
      store_case("store.ranges", "A range holds its low end and not its high one, and no NULL.",
                 [](Context& context) { run_checks(context, ranges); }),
      store_case("store.prefixes", "A prefix finds the texts and bytes that begin with it.",
                 [](Context& context) { run_checks(context, prefixes); }),
      store_case("store.key_index", "Every kind has an index on its key: partition, then id.",
                 [](Context& context) { run_checks(context, key_index); }),
      store_case("store.index_follows", "An index follows every change and delete, and delivers whole records.",
                 [](Context& context) { run_checks(context, followed); }),
      store_case("store.index_tenants", "An index of one tenant holds nothing of another.",
                 [](Context& context) { run_checks(context, tenants); }),
      store_case("store.counts", "Counting counts what is there at call->now_us, up to its cap, and delivers nothing.",
                 [](Context& context) { run_checks(context, counts); }),
      store_case("store.page_limits", "A page holds as many records as the limit or the sink allow.",
                 [](Context& context) { run_checks(context, limits); }),
  };
}

}  // namespace gatehouse::check::store
