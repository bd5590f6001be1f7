// SPDX-License-Identifier: Apache-2.0
#include "storage_fixture.h"

#include <gmock/gmock.h>

#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace gatehouse::providers {
namespace {

using testing::HasSubstr;

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
