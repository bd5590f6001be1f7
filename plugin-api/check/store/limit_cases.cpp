// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"
#include "store/store_cases.h"

#include <vector>

namespace gatehouse::check::store {
namespace {

void refuses_sample(Store& store, std::vector<Value> values) {
  store.answers(store.commit(put(kind::Sample, store.key("1"), 0, std::move(values))), GH_INVALID);
}

void refuses_query(Store& store, const Query& query, const char* why) {
  const Page page = store.find(query);
  if (page.status != GH_INVALID) store.differ("GH_INVALID", status_name(page.status), why);
}

void extreme_values_come_back_as_they_went(Store& store) {
  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) all_bytes.push_back(static_cast<char>(byte));
  const std::vector<std::vector<Value>> rows = {
      {boolean(false), integer(INT64_MIN), moment(INT64_MIN), text(""), bytes("")},
      {boolean(true), integer(INT64_MAX), moment(INT64_MAX), text("\xf0\x9f\x94\x91"), bytes(all_bytes)},
      {null(), integer(0), moment(0), null(), bytes(std::string(1, '\0'))},
      {null(), null(), null(), null(), null()},
  };
  std::int64_t version = 0;
  for (const auto& row : rows) {
    store.must(put(kind::Sample, store.key("1"), version++, row));
    store.equal(store.expect(kind::Sample, store.key("1")).values, row);
  }
}

void extreme_values_outside_of_indexes_come_back_as_they_went(Store& store) {
  const std::vector<std::vector<Value>> rows = {
      {text(""), integer(INT64_MIN), moment(INT64_MIN), moment(INT64_MAX), boolean(false), bytes("")},
      {null(), integer(INT64_MAX), moment(INT64_MAX), moment(INT64_MIN), boolean(true), bytes(std::string(3, '\0'))},
      {text("p"), integer(-1), moment(-1), moment(0), null(), bytes("1")},
      {text("1"), integer(0), null(), moment(INT64_MIN), boolean(true), null()},
  };
  std::int64_t version = 0;
  for (const auto& row : rows) {
    store.must(put(kind::Plain, store.key("1"), version++, row));
    store.equal(store.expect(kind::Plain, store.key("1")).values, row);
  }
}

void every_byte_may_stand_in_a_key(Store& store) {
  std::string all_bytes;
  for (int byte = 0; byte < 128; ++byte) all_bytes.push_back(static_cast<char>(byte * 2 + 1));
  const Key odd{store.tenant() + std::string("\0\xff", 2), std::string("\0", 1), all_bytes};
  store.must(put(kind::Plain, odd, 0, plain_of("x")));
  store.equal(store.read(kind::Plain, odd), (Record{odd, 1, plain_of("x")}));
  Query query = store.all(kind::Plain);
  query.tenant = odd.tenant;
  query.equals = {text(odd.partition)};
  store.equal(store.find_all(query).size(), 1);
  store.lacks(kind::Plain, {odd.tenant, std::string("\0\0", 2), odd.id});
}

void keys_of_the_longest_size_work_and_longer_ones_are_invalid(Store& store) {
  std::string tenant = store.tenant();
  tenant.resize(64, 't');
  const Key longest{tenant, std::string(64, 'p'), std::string(128, 'i')};
  store.must(put(kind::Plain, longest, 0, plain_of("x")));
  store.has(kind::Plain, longest);
  for (const Key& bad :
       {Key{std::string(65, 't'), "p", "i"}, Key{"t", std::string(65, 'p'), "i"}, Key{"t", "p", std::string(129, 'i')},
        Key{"", "p", "i"}, Key{"t", "", "i"}, Key{"t", "p", ""}}) {
    store.answers(store.commit(put(kind::Plain, bad, 0, plain_of("x"))), GH_INVALID);
    store.answers(store.get(kind::Plain, bad), GH_INVALID);
  }
}

void long_values_come_back_whole(Store& store) {
  std::int64_t version = 0;
  for (const std::size_t size : {std::size_t{65'535}, std::size_t{65'536}, std::size_t{1} << 20}) {
    std::string long_text(size, 'x');
    long_text.back() = 'y';
    store.must(put(kind::Plain, store.key("1"), version++, plain_of(long_text)));
    store.equal(store.expect(kind::Plain, store.key("1")).values, plain_of(long_text));
  }
}

void bytes_are_kept_with_nuls_in_them(Store& store) {
  const std::string blob = std::string("a\0b\0", 4) + "\xc3\xa9\xff";
  store.must(put(kind::Event, store.key("1"), 0, {text("login"), moment(1), bytes(blob), moment(now + 1)}));
  store.equal(store.expect(kind::Event, store.key("1")).values[event::Payload], bytes(blob));
}

void texts_of_all_alphabets_are_kept(Store& store) {
  std::int64_t version = 0;
  for (const char* words : {"",
                            "Gr\xc3\xbc\xc3\x9f"
                            "e",
                            "\xe2\x82\xac \xf0\x9f\x94\x91", "e\xcc\x81", "a'b\"c\\d%e_f\t\n"}) {
    store.must(put(kind::Plain, store.key("1"), version++, plain_of(words)));
    store.equal(store.expect(kind::Plain, store.key("1")).values, plain_of(words));
  }
}

// store.h lets a store refuse it; what it takes it keeps to the last byte.
void a_text_with_a_nul_is_kept_whole_or_refused(Store& store) {
  int id = 0;
  for (const auto& words : {std::string("a\0b", 3), std::string("a\0", 2), std::string("\0", 1)}) {
    const Write plain = put(kind::Plain, store.key(std::to_string(++id)), 0, plain_of(words));
    const Write owned = put(kind::Session, store.key(std::to_string(++id)), 0, session_of(words));
    for (const Write& write : {plain, owned}) {
      const Committed done = store.commit(write);
      if (done.status == GH_INVALID) {
        store.lacks(write.kind, write.key);
        continue;
      }
      store.answers(done, GH_OK);
      store.equal(store.read(write.kind, write.key), Record{write.key, 1, write.values});
    }
  }
}

void an_index_holds_512_bytes_of_a_record_and_refuses_more(Store& store) {
  const auto values = [](std::size_t more) {
    return std::vector<Value>{null(), null(), null(), text(std::string(500, 'x')), bytes(std::string(more, 'y'))};
  };
  store.must(put(kind::Sample, store.key("1"), 0, values(12)));
  store.equal(ids(store.find_all(store.all(kind::Sample, sample::ByAll))), {"1"});
  store.answers(store.commit(put(kind::Sample, store.key("2"), 0, values(13))), GH_INVALID);
}

void values_of_another_type_are_invalid(Store& store) {
  refuses_sample(store, {integer(1)});
  refuses_sample(store, {null(), moment(1)});
  refuses_sample(store, {null(), null(), integer(1)});
  refuses_sample(store, {null(), null(), null(), bytes("x")});
  refuses_sample(store, {null(), null(), null(), null(), text("x")});
  refuses_sample(store, {{GH_BOOL, 2, {}}});
  refuses_sample(store, {{77, 0, {}}});
  store.lacks(kind::Sample, store.key("1"));
}

void null_or_nothing_in_a_field_that_needs_a_value_is_invalid(Store& store) {
  store.answers(store.commit(put(kind::Session, store.key("1"), 0, {null(), moment(0), integer(0)})), GH_INVALID);
  store.answers(store.commit(put(kind::Session, store.key("1"), 0, {text("o"), moment(0)})), GH_INVALID);
}

void more_values_than_fields_are_invalid(Store& store) {
  store.answers(store.commit(put(kind::Plain, store.key("1"), 0, std::vector<Value>(7))), GH_INVALID);
}

void commits_of_none_or_more_than_64_writes_are_invalid(Store& store) {
  store.answers(store.commit(std::vector<Write>{}), GH_INVALID);
  std::vector<Write> writes;
  for (int at = 0; at < 65; ++at) writes.push_back(put(kind::Plain, store.key(std::to_string(at)), 0, plain_of("x")));
  store.answers(store.commit(writes), GH_INVALID);
  store.lacks(kind::Plain, store.key("0"));
}

void a_key_twice_in_a_commit_is_invalid(Store& store) {
  store.answers(store.commit({put(kind::Plain, store.key("1"), 0, plain_of("a")),
                              put(kind::Plain, store.key("1"), 1, plain_of("b"))}),
                GH_INVALID);
}

void writes_that_cannot_be_right_are_invalid(Store& store) {
  store.answers(store.commit(remove(kind::Plain, store.key("1"), 0)), GH_INVALID);
  store.answers(store.commit(put(kind::Plain, store.key("1"), -1, plain_of("x"))), GH_INVALID);
  store.answers(store.commit(Write{9, kind::Plain, store.key("1"), 0, plain_of("x")}), GH_INVALID);
}

void kinds_that_are_unknown_or_elsewhere_are_invalid(Store& store) {
  for (const std::uint32_t kind : {std::uint32_t{kind::Elsewhere}, std::uint32_t{99}}) {
    store.answers(store.get(kind, store.key("1")), GH_INVALID);
    store.answers(store.commit(put(kind, store.key("1"), 0, {})), GH_INVALID);
    store.answers(store.find(store.all(kind)), GH_INVALID);
    store.answers(store.purge(kind, 0, 1), GH_INVALID);
  }
}

void queries_that_cannot_be_right_are_invalid(Store& store) {
  Query query = store.all(kind::Session, session::ByOwner);
  query.index = 9;
  refuses_query(store, query, "");
  query = store.all(kind::Session, session::ByOwner);
  query.limit = 0;
  refuses_query(store, query, "");
  query.limit = 1001;
  refuses_query(store, query, "");
  query = store.all(kind::Session, session::ByOwner);
  query.tenant = "";
  refuses_query(store, query, "");
  query = store.all(kind::Session, session::ByOwner);
  query.equals = {integer(1)};
  refuses_query(store, query, "");
  query.equals = {text("o"), moment(1), text("x")};
  refuses_query(store, query, "");
}

void ranges_that_cannot_be_right_are_invalid(Store& store) {
  Query query = store.all(kind::Session, session::ByOwner);
  query.range = 9;
  refuses_query(store, query, "");
  query.range = GH_RANGE_FROM;
  query.low = integer(1);
  refuses_query(store, query, "");
  query.low = null();
  refuses_query(store, query, "");
  query.equals = {text("o"), moment(1)};
  query.low = moment(1);
  refuses_query(store, query, "");
  query.equals = {text("o")};
  query.range = GH_RANGE_PREFIX;
  refuses_query(store, query, "");
}

constexpr Check values[] = {
    {"extreme values come back as they went", extreme_values_come_back_as_they_went},
    {"extreme values outside of indexes come back as they went",
     extreme_values_outside_of_indexes_come_back_as_they_went},
    {"bytes are kept with NULs in them", bytes_are_kept_with_nuls_in_them},
    {"texts of all alphabets are kept", texts_of_all_alphabets_are_kept},
    {"a text with a NUL is kept whole or refused", a_text_with_a_nul_is_kept_whole_or_refused},
};
constexpr Check long_values[] = {{"long values come back whole", long_values_come_back_whole}};
constexpr Check keys[] = {
    {"every byte may stand in a key", every_byte_may_stand_in_a_key},
    {"keys of the longest size work and longer ones are invalid",
     keys_of_the_longest_size_work_and_longer_ones_are_invalid},
};
constexpr Check index_sizes[] = {
    {"an index holds 512 bytes of a record and refuses more", an_index_holds_512_bytes_of_a_record_and_refuses_more}};
constexpr Check wrong_values[] = {
    {"values of another type are invalid", values_of_another_type_are_invalid},
    {"NULL or nothing in a field that needs a value is invalid",
     null_or_nothing_in_a_field_that_needs_a_value_is_invalid},
    {"more values than fields are invalid", more_values_than_fields_are_invalid},
};
constexpr Check wrong_commits[] = {
    {"commits of none or more than 64 writes are invalid", commits_of_none_or_more_than_64_writes_are_invalid},
    {"a key twice in a commit is invalid", a_key_twice_in_a_commit_is_invalid},
    {"writes that cannot be right are invalid", writes_that_cannot_be_right_are_invalid},
    {"kinds that are unknown or lie elsewhere are invalid", kinds_that_are_unknown_or_elsewhere_are_invalid},
};
constexpr Check wrong_queries[] = {
    {"queries that cannot be right are invalid", queries_that_cannot_be_right_are_invalid},
    {"ranges that cannot be right are invalid", ranges_that_cannot_be_right_are_invalid},
};

}  // namespace

std::vector<Case> limit_cases() {
  return {
      store_case("store.values",
                 "Values at their limits come back as they went: empty, NULs, INT64_MIN, the ends of time.",
                 [](Context& context) { run_checks(context, values); }),
      store_case("store.long_values", "Values of 64 KiB and of 1 MiB come back whole.",
                 [](Context& context) { run_checks(context, long_values); }),
      store_case("store.keys", "Keys hold any bytes, 64, 64 and 128 of them, and are refused beyond.",
                 [](Context& context) { run_checks(context, keys); }),
      store_case("store.index_sizes", "An index takes 512 bytes of a record and refuses more.",
                 [](Context& context) { run_checks(context, index_sizes); }),
      store_case("store.wrong_values", "Values that do not fit their fields are GH_INVALID.",
                 [](Context& context) { run_checks(context, wrong_values); }),
      store_case("store.wrong_commits", "Commits that cannot be right are GH_INVALID.",
                 [](Context& context) { run_checks(context, wrong_commits); }),
      store_case("store.wrong_queries", "Queries that cannot be right are GH_INVALID.",
                 [](Context& context) { run_checks(context, wrong_queries); }),
  };
}

}  // namespace gatehouse::check::store
