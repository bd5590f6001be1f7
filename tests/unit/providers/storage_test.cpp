// SPDX-License-Identifier: Apache-2.0
#include "providers/storage.h"

#include "provider_fixture.h"

#include <gmock/gmock.h>

#include <functional>
#include <optional>
#include <stdexcept>
#include <vector>

namespace gatehouse::providers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

enum : std::uint32_t { owner, age, born };

std::vector<KindDef> schema() {
  KindDef person;
  person.name = "person";
  person.fields = {{"owner", ValueType::Text}, {"age", ValueType::Int}, {"born", ValueType::Time, true}};
  person.indexes = {{"by_owner", {owner}, true}, {"by_age", {age}}};
  KindDef note;
  note.name = "note";
  note.fields = {{"text", ValueType::Text}, {"until", ValueType::Time, true}};
  note.expiry_field = 1;
  note.append_only = true;
  return {person, note};
}

gh_value text(std::string_view value) { return {GH_TEXT, 0, 0, slice(value)}; }
gh_value integer(std::int64_t value) { return {GH_INT, 0, value, {}}; }

class StorageTest : public ProviderTest {
 protected:
  StorageTest() : ProviderTest(GH_STORE_V1), storage(schema(), {instance.get(), instance.get()}) {}

  static constexpr KeyView ada{"acme", "p1", "ada"};

  // A good record, for the store to deliver and the test to spoil.
  struct Stored {
    std::vector<gh_value> values{text("Ada"), integer(36)};
    gh_record record{sizeof(gh_record), 2, 1, {slice("acme"), slice("p1"), slice("ada")}, values.data()};
  };

  // get() of a store that delivers `stored` after the test has spoiled it.
  std::string get_of(const std::function<void(Stored&)>& spoil) {
    Stored stored;
    spoil(stored);
    plugin.on_get = [&](const gh_call&, std::uint32_t, const gh_key&, const gh_record_sink& sink) {
      sink.put(sink.context, &stored.record);
      return GH_OK;
    };
    const auto found = storage.get(0, ada, call(), [](RecordReader& reader) {
      (void)reader.text(owner);
      (void)reader.integer(age);
      (void)reader.optional_time(born);
    });
    return found ? (*found ? "found" : "not found") : outcome(found);
  }

  Storage storage;
};

// ---- get

TEST_F(StorageTest, GetShowsTheRecordToTheVisitor) {
  std::string seen;
  plugin.on_get = [&](const gh_call& c, std::uint32_t kind, const gh_key& key, const gh_record_sink& sink) {
    EXPECT_EQ(kind, 0u);
    EXPECT_EQ(text_of(key.tenant) + "/" + text_of(key.partition) + "/" + text_of(key.id), "acme/p1/ada");
    EXPECT_EQ(text_of(c.request_id), "req-1");
    Stored stored;
    EXPECT_EQ(sink.put(sink.context, &stored.record), 0);
    return GH_OK;
  };
  const auto found = storage.get(0, ada, call(), [&](RecordReader& r) {
    seen = std::string(r.key().id) + " v" + std::to_string(r.version()) + " " + std::string(r.text(owner)) + " " +
           std::to_string(r.integer(age)) + (r.optional_time(born) ? " born" : " unborn");
  });
  ASSERT_TRUE(found);
  EXPECT_TRUE(*found);
  EXPECT_EQ(seen, "ada v1 Ada 36 unborn");
}

TEST_F(StorageTest, GetOfWhatIsNotThereIsFalse) {
  plugin.on_get = [](const gh_call&, std::uint32_t, const gh_key&, const gh_record_sink&) { return GH_NOT_FOUND; };
  const auto found = storage.get(0, ada, call(), [](RecordReader&) { FAIL(); });
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
}

TEST_F(StorageTest, AFailingStoreIsNeverAnAnswer) {
  const std::pair<gh_status, const char*> table[] = {
      {GH_UNAVAILABLE, "PROVIDER_UNAVAILABLE"}, {GH_TIMEOUT, "PROVIDER_UNAVAILABLE"},
      {GH_DENIED, "PROVIDER_UNAVAILABLE"},      {GH_INTERNAL, "INTERNAL_ERROR"},
      {GH_CONFLICT, "INTERNAL_ERROR"},          {77, "INTERNAL_ERROR"}};
  for (const auto& [status, expected] : table) {
    plugin.on_get = [status = status](const gh_call&, std::uint32_t, const gh_key&, const gh_record_sink&) {
      return status;
    };
    const auto found = storage.get(0, ada, call(), [](RecordReader&) {});
    EXPECT_EQ(outcome(found), expected) << status;
  }
}

TEST_F(StorageTest, TakesARecordThatIsRight) {
  EXPECT_EQ(get_of([](Stored&) {}), "found");
  EXPECT_EQ(get_of([](Stored& s) { s.record.value_count = 1; }), "found") << "the kind has grown since";
  EXPECT_EQ(get_of([](Stored& s) { s.record.struct_size += 8; }), "found") << "a newer store";
  EXPECT_EQ(get_of([](Stored& s) {
              s.record.value_count = 0;
              s.record.values = nullptr;
            }),
            "found");
}

TEST_F(StorageTest, RefusesARecordThatCannotBe) {
  const std::vector<std::function<void(Stored&)>> lies = {
      [](Stored& s) { s.record.struct_size = 8; },
      [](Stored& s) { s.record.version = 0; },
      [](Stored& s) { s.record.version = -1; },
      [](Stored& s) { s.record.value_count = 4; },
      [](Stored& s) { s.record.value_count = 0xFFFFFFFF; },
      [](Stored& s) { s.record.values = nullptr; },
      [](Stored& s) { s.record.key.id = slice("eve"); },
      [](Stored& s) { s.record.key.tenant = slice("other"); },
      [](Stored& s) { s.record.key.partition = slice("p2"); },
      [](Stored& s) {
        s.record.key.id = {nullptr, 3};
      },
      [](Stored& s) { s.record.key.id.size = UINT64_MAX; },
      [](Stored& s) { s.values[owner] = integer(1); },
      [](Stored& s) { s.values[age] = text("36"); },
      [](Stored& s) { s.values[owner].type = 99; },
      [](Stored& s) {
        s.values[owner].s = {nullptr, 5};
      },
      [](Stored& s) { s.values[owner].s.size = UINT64_MAX; },
      [](Stored& s) { s.values[owner] = text("caf\xE9"); },
      [](Stored& s) { s.values[owner] = text("eight letters and then \xC0\xAF"); },
  };
  for (std::size_t i = 0; i < lies.size(); ++i) EXPECT_EQ(get_of(lies[i]), "INTERNAL_ERROR") << "lie " << i;
}

TEST_F(StorageTest, RefusesARecordThatIsNull) {
  plugin.on_get = [](const gh_call&, std::uint32_t, const gh_key&, const gh_record_sink& sink) {
    EXPECT_NE(sink.put(sink.context, nullptr), 0);
    return GH_OK;
  };
  EXPECT_EQ(outcome(storage.get(0, ada, call(), [](RecordReader&) {})), "INTERNAL_ERROR");
}

TEST_F(StorageTest, TwoRecordsForOneKeyAreRefused) {
  int visits = 0;
  plugin.on_get = [](const gh_call&, std::uint32_t, const gh_key&, const gh_record_sink& sink) {
    Stored stored;
    sink.put(sink.context, &stored.record);
    EXPECT_NE(sink.put(sink.context, &stored.record), 0);
    return GH_OK;
  };
  EXPECT_EQ(outcome(storage.get(0, ada, call(), [&](RecordReader&) { ++visits; })), "INTERNAL_ERROR");
  EXPECT_EQ(visits, 1);
}

TEST_F(StorageTest, ARecordAndAStatusThatContradictEachOtherAreRefused) {
  EXPECT_EQ(outcome(storage.get(0, ada, call(), [](RecordReader&) {})), "INTERNAL_ERROR") << "ok, without a record";
  plugin.on_get = [](const gh_call&, std::uint32_t, const gh_key&, const gh_record_sink& sink) {
    Stored stored;
    sink.put(sink.context, &stored.record);
    return GH_NOT_FOUND;
  };
  EXPECT_EQ(outcome(storage.get(0, ada, call(), [](RecordReader&) {})), "INTERNAL_ERROR");
}

TEST_F(StorageTest, AnErrorWinsOverTheRecordThatCameWithIt) {
  plugin.on_get = [](const gh_call&, std::uint32_t, const gh_key&, const gh_record_sink& sink) {
    Stored stored;
    sink.put(sink.context, &stored.record);
    return GH_UNAVAILABLE;
  };
  EXPECT_EQ(outcome(storage.get(0, ada, call(), [](RecordReader&) {})), "PROVIDER_UNAVAILABLE");
}

TEST_F(StorageTest, ASinkThatIsCalledAfterTheCallDeliversNothing) {
  std::optional<gh_record_sink> kept;
  plugin.on_get = [&](const gh_call&, std::uint32_t, const gh_key&, const gh_record_sink& sink) {
    kept = sink;
    return GH_NOT_FOUND;
  };
  int visits = 0;
  ASSERT_TRUE(storage.get(0, ada, call(), [&](RecordReader&) { ++visits; }));
  Stored stored;
  EXPECT_NE(kept->put(kept->context, &stored.record), 0);
  EXPECT_EQ(visits, 0);
  EXPECT_EQ(host.metric("gatehouse_plugin_misuse_total"), 1);
}

TEST_F(StorageTest, WhatAVisitorThrowsPassesAroundThePlugin) {
  bool returned = false;
  plugin.on_get = [&](const gh_call&, std::uint32_t, const gh_key&, const gh_record_sink& sink) {
    Stored stored;
    EXPECT_NE(sink.put(sink.context, &stored.record), 0);
    returned = true;
    return GH_OK;
  };
  EXPECT_THROW((void)storage.get(0, ada, call(), [](RecordReader&) { throw std::length_error("visitor"); }),
               std::length_error);
  EXPECT_TRUE(returned);
}

// ---- find

class FindTest : public StorageTest {
 protected:
  // find() of a store that delivers `stored` so many times and counts `count`.
  Result<Page> find_of(int times, std::uint64_t count, Query query = {}) {
    query.tenant = "acme";
    plugin.on_find = [=, this](const gh_call&, const gh_query&, const gh_record_sink& sink, gh_find_out& out) {
      Stored stored;
      for (int i = 0; i < times; ++i) sink.put(sink.context, &stored.record);
      out.count = count;
      if (!cursor.empty()) out.cursor.put(out.cursor.context, slice(cursor));
      if (!second_cursor.empty()) out.cursor.put(out.cursor.context, slice(second_cursor));
      return GH_OK;
    };
    return storage.find(query, call(), [](RecordReader&) {});
  }
  std::string cursor;
  std::string second_cursor;
};

TEST_F(FindTest, TellsTheStoreTheWholeQuestion) {
  std::string seen;
  plugin.on_find = [&](const gh_call&, const gh_query& q, const gh_record_sink&, gh_find_out& out) {
    seen = std::to_string(q.kind) + " index " + std::to_string(q.index) + " flags " + std::to_string(q.flags) + " " +
           text_of(q.tenant) + " equals " + std::to_string(q.equals_count) + " " + text_of(q.equals[0].s) + " range " +
           std::to_string(q.range) + " " + std::to_string(q.low.i) + ".." + std::to_string(q.high.i) + " limit " +
           std::to_string(q.limit) + " after " + text_of(q.cursor);
    out.count = 0;
    return GH_OK;
  };
  Query query{.kind = 0,
              .index = 1,
              .tenant = "acme",
              .equals = {Value::text("x")},
              .from = Value::integer(3),
              .below = Value::integer(9),
              .descending = true,
              .limit = 7,
              .cursor = "c1"};
  ASSERT_TRUE(storage.find(query, call(), [](RecordReader&) {}));
  EXPECT_EQ(seen, "0 index 1 flags 1 acme equals 1 x range 3 3..9 limit 7 after c1");
}

TEST_F(FindTest, EveryKindOfRangeIsTold) {
  std::vector<std::uint32_t> ranges;
  plugin.on_find = [&](const gh_call&, const gh_query& q, const gh_record_sink&, gh_find_out&) {
    ranges.push_back(q.range);
    return GH_OK;
  };
  for (const auto& query :
       {Query{}, Query{.from = Value::integer(1)}, Query{.below = Value::integer(1)},
        Query{.from = Value::integer(1), .below = Value::integer(2)}, Query{.prefix = Value::text("a")}}) {
    ASSERT_TRUE(storage.find(query, call(), [](RecordReader&) {}));
  }
  EXPECT_THAT(ranges, ElementsAre(GH_RANGE_NONE, GH_RANGE_FROM, GH_RANGE_BELOW, GH_RANGE_BETWEEN, GH_RANGE_PREFIX));
}

TEST_F(FindTest, GivesAPageAndWhereToGoOn) {
  cursor = "further";
  const auto page = find_of(3, 3);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->count, 3u);
  EXPECT_EQ(page->next_cursor, "further");
}

TEST_F(FindTest, RefusesWhatCannotBe) {
  EXPECT_EQ(outcome(find_of(2, 3)), "INTERNAL_ERROR") << "miscounted";
  EXPECT_EQ(outcome(find_of(3, 3, {.limit = 2})), "INTERNAL_ERROR") << "more than asked for";
  EXPECT_EQ(outcome(find_of(1, 1, {.count_only = true})), "INTERNAL_ERROR")
      << "records where only a count was asked for";
  EXPECT_EQ(outcome(find_of(0, 11, {.count_only = true, .limit = 10})), "INTERNAL_ERROR") << "counted beyond the cap";
  EXPECT_EQ(outcome(find_of(0, 10, {.count_only = true, .limit = 10})), "ok");
  EXPECT_EQ(outcome(find_of(0, 5'000'000, {.count_only = true, .limit = 0})), "ok");
  cursor = std::string(1025, 'c');
  EXPECT_EQ(outcome(find_of(1, 1)), "INTERNAL_ERROR") << "a cursor that is too long";
  cursor = "one";
  second_cursor = "two";
  EXPECT_EQ(outcome(find_of(1, 1)), "INTERNAL_ERROR") << "two cursors";
}

TEST_F(FindTest, ARecordOfAnotherTenantIsRefused) {
  plugin.on_find = [](const gh_call&, const gh_query&, const gh_record_sink& sink, gh_find_out& out) {
    Stored stored;
    sink.put(sink.context, &stored.record);
    out.count = 1;
    return GH_OK;
  };
  EXPECT_EQ(outcome(storage.find({.tenant = "globex"}, call(), [](RecordReader&) { FAIL(); })), "INTERNAL_ERROR");
}

TEST_F(FindTest, AQueryTheStoreRefusesIsTheCallersFault) {
  plugin.on_find = [](const gh_call&, const gh_query&, const gh_record_sink&, gh_find_out&) { return GH_INVALID; };
  EXPECT_EQ(outcome(storage.find({.tenant = "acme", .cursor = "forged"}, call(), [](RecordReader&) {})),
            "VALIDATION_FAILED");
}

// ---- commit

class CommitTest : public StorageTest {
 protected:
  Result<std::optional<Conflict>> commit(std::size_t count) {
    const Value values[] = {Value::text("Ada"), Value::integer(36)};
    const std::vector<Write> writes(count, Write{Write::Op::Put, 0, ada, 0, values});
    return storage.commit(writes, call());
  }
  void conflict(std::uint32_t write, std::uint32_t why, std::uint32_t index) {
    plugin.on_commit = [=](const gh_call&, const gh_write*, std::uint64_t, gh_commit_out& out) {
      out.failed_write = write;
      out.conflict = why;
      out.unique_index = index;
      return GH_CONFLICT;
    };
  }
};

TEST_F(CommitTest, TellsTheStoreEveryWrite) {
  std::vector<std::string> seen;
  plugin.on_commit = [&](const gh_call&, const gh_write* writes, std::uint64_t count, gh_commit_out&) {
    for (std::uint64_t i = 0; i < count; ++i) {
      seen.push_back(std::to_string(writes[i].op) + " " + std::to_string(writes[i].kind) + " " +
                     text_of(writes[i].key.id) + " v" + std::to_string(writes[i].expected_version) + " " +
                     std::to_string(writes[i].value_count));
      if (writes[i].value_count > 0) seen.back() += " " + text_of(writes[i].values[0].s);
    }
    return GH_OK;
  };
  const Value person[] = {Value::text("Ada"), Value::integer(36)};
  const Value note[] = {Value::text("hello")};
  const Write writes[] = {{Write::Op::Put, 0, ada, 4, person},
                          {Write::Op::Delete, 0, {"acme", "p1", "bob"}, 2, {}},
                          {Write::Op::Put, 1, {"acme", "p1", "n"}, 0, note}};
  const auto done = storage.commit(writes, call());
  ASSERT_TRUE(done);
  EXPECT_FALSE(*done);
  EXPECT_THAT(seen, ElementsAre("1 0 ada v4 2 Ada", "2 0 bob v2 0", "1 1 n v0 1 hello"));
}

TEST_F(CommitTest, SaysWhichWriteLostAndWhy) {
  conflict(1, GH_CONFLICT_VERSION, 0);
  auto done = commit(3);
  ASSERT_TRUE(done && *done);
  EXPECT_EQ((*done)->write, 1u);
  EXPECT_FALSE((*done)->unique_index);

  conflict(2, GH_CONFLICT_UNIQUE, 1);
  done = commit(3);
  ASSERT_TRUE(done && *done);
  EXPECT_EQ((*done)->write, 2u);
  EXPECT_EQ((*done)->unique_index, 1u);
}

TEST_F(CommitTest, RefusesAConflictThatCannotBe) {
  conflict(3, GH_CONFLICT_VERSION, 0);
  EXPECT_EQ(outcome(commit(3)), "INTERNAL_ERROR") << "a write that was not there";
  conflict(0, GH_CONFLICT_UNIQUE, 2);
  EXPECT_EQ(outcome(commit(3)), "INTERNAL_ERROR") << "an index that is not there";
  conflict(0, 0, 0);
  EXPECT_EQ(outcome(commit(3)), "INTERNAL_ERROR") << "no reason";
}

TEST_F(CommitTest, InDoubtIsInDoubt) {
  plugin.on_commit = [](const gh_call&, const gh_write*, std::uint64_t, gh_commit_out&) { return GH_IN_DOUBT; };
  EXPECT_EQ(outcome(commit(1)), "IN_DOUBT");
}

// ---- several stores

class TwoStoresTest : public StorageTest {
 protected:
  TwoStoresTest() {
    auto config = other_plugin.config();
    config.name = "other";
    other = std::make_unique<plugins::Instance>(other_plugin.entry, std::move(config), host.services(),
                                                std::vector<std::string>{GH_STORE_V1});
    other->start();
    both = std::make_unique<Storage>(schema(), std::vector<plugins::Instance*>{instance.get(), other.get()});
    plugin.on_commit = [this](const gh_call&, const gh_write*, std::uint64_t count, gh_commit_out& out) {
      order.push_back("person x" + std::to_string(count));
      out.conflict = GH_CONFLICT_VERSION;
      out.failed_write = 1;
      return person_says;
    };
    other_plugin.on_commit = [this](const gh_call&, const gh_write*, std::uint64_t count, gh_commit_out& out) {
      order.push_back("note x" + std::to_string(count));
      out.conflict = GH_CONFLICT_VERSION;
      return note_says;
    };
  }
  Result<std::optional<Conflict>> commit() {
    const Write writes[] = {{Write::Op::Delete, 1, ada, 1, {}},
                            {Write::Op::Delete, 0, ada, 1, {}},
                            {Write::Op::Delete, 1, {"acme", "p1", "b"}, 1, {}},
                            {Write::Op::Delete, 0, {"acme", "p1", "b"}, 1, {}}};
    return both->commit(writes, call());
  }

  test::ScriptedPlugin other_plugin;
  std::unique_ptr<plugins::Instance> other;
  std::unique_ptr<Storage> both;
  std::vector<std::string> order;
  gh_status person_says = GH_OK;
  gh_status note_says = GH_OK;
};

TEST_F(TwoStoresTest, CommitStoreByStoreInTheOrderOfFirstMention) {
  ASSERT_EQ(outcome(commit()), "ok");
  EXPECT_THAT(order, ElementsAre("note x2", "person x2"));
}

TEST_F(TwoStoresTest, AFailureBeforeAnythingWasCommittedIsWhatItIs) {
  note_says = GH_UNAVAILABLE;
  EXPECT_EQ(outcome(commit()), "PROVIDER_UNAVAILABLE");
  EXPECT_THAT(order, ElementsAre("note x2"));
}

TEST_F(TwoStoresTest, AConflictOfTheFirstNamesItsPlaceAmongAllWrites) {
  note_says = GH_CONFLICT;
  const auto done = commit();
  ASSERT_TRUE(done && *done);
  EXPECT_EQ((*done)->write, 0u);
}

TEST_F(TwoStoresTest, AFailureAfterOneHasCommittedIsInDoubt) {
  for (const auto status : {GH_UNAVAILABLE, GH_CONFLICT, GH_INTERNAL, GH_TIMEOUT}) {
    person_says = status;
    EXPECT_EQ(outcome(commit()), "IN_DOUBT") << status;
  }
}

TEST_F(TwoStoresTest, EachIsOpenedWithItsOwnKinds) {
  std::vector<std::string> opened;
  const auto on_open = [&](const char* who) {
    return [&opened, who](const gh_call&, const gh_schema& s) {
      std::string kinds = who;
      for (std::uint64_t i = 0; i < s.assigned_count; ++i) kinds.append(" ").append(s.kinds[s.assigned[i]].name);
      opened.push_back(kinds + " of " + std::to_string(s.kind_count));
      EXPECT_EQ(s.kinds[1].expiry_field, 1);
      EXPECT_EQ(s.kinds[1].flags, GH_KIND_APPEND_ONLY);
      EXPECT_EQ(s.kinds[0].indexes[0].flags, GH_INDEX_UNIQUE);
      return GH_OK;
    };
  };
  plugin.on_open = on_open("first");
  other_plugin.on_open = on_open("other");
  both->open(call());
  EXPECT_THAT(opened, ElementsAre("first person of 2", "other note of 2"));
}

TEST_F(TwoStoresTest, PingAsksAll) {
  int pings = 0;
  plugin.on_ping = [&](const gh_call&) { return ++pings, GH_OK; };
  other_plugin.on_ping = [&](const gh_call&) { return ++pings, GH_UNAVAILABLE; };
  EXPECT_EQ(outcome(both->ping(call())), "PROVIDER_UNAVAILABLE");
  EXPECT_EQ(pings, 2);
}

// ---- the rest

TEST_F(StorageTest, AStoreThatCannotHoldItsKindsStopsTheStartInItsWords) {
  plugin.on_open = [](const gh_call& c, const gh_schema&) {
    return test::explain(c, "kind person: table is missing; run gatehouse migrate up"), GH_UNSUPPORTED;
  };
  try {
    storage.open(call());
    FAIL() << "opened";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("plugin it: store.open: unsupported: kind person: table is missing; run gatehouse"));
  }
}

TEST_F(StorageTest, PurgeSaysHowManyAndNeverMoreThanItWasAskedFor) {
  std::uint64_t answer = 5;
  plugin.on_purge = [&](const gh_call&, std::uint32_t limit, std::uint64_t& deleted) {
    EXPECT_EQ(limit, 5u);
    deleted = answer;
    return GH_OK;
  };
  const auto purged = storage.purge(1, Time{}, 5, call());
  ASSERT_TRUE(purged);
  EXPECT_EQ(*purged, 5u);
  answer = 6;
  EXPECT_EQ(outcome(storage.purge(1, Time{}, 5, call())), "INTERNAL_ERROR");
}

TEST_F(StorageTest, AnInstanceThatIsNoStoreCannotHoldAKind) {
  auto config = plugin.config();
  config.name = "limiter";
  plugins::Instance limiter(plugin.entry, std::move(config), host.services(), {GH_RATE_LIMITER_V1});
  EXPECT_THROW(Storage(schema(), {instance.get(), &limiter}), plugins::LoadError);
}

}  // namespace
}  // namespace gatehouse::providers
