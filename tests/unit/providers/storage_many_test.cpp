// SPDX-License-Identifier: Apache-2.0
// Several records in one journey, and what a store may not make of it.
#include "plugins/interfaces.h"
#include "storage_fixture.h"

#include <gmock/gmock.h>

#include <array>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace gatehouse::providers {
namespace {

using testing::ElementsAre;

constexpr Get both[] = {{0, {"acme", "p1", "ada"}}, {1, {"acme", "p1", "greeting"}}};

class StorageManyTest : public StorageTest {
 protected:
  // Two good records, for the store to deliver and the test to spoil.
  struct Pair {
    std::vector<gh_value> person{text("Ada"), integer(36)};
    std::vector<gh_value> note{text("hello")};
    std::array<gh_record, 2> records{
        {{sizeof(gh_record), 2, 1, {slice("acme"), slice("p1"), slice("ada")}, person.data()},
         {sizeof(gh_record), 1, 7, {slice("acme"), slice("p1"), slice("greeting")}, note.data()}}};
  };
  using Deliver = std::function<void(Pair&, const gh_get_sink&)>;

  void deliver(const Deliver& body, gh_status status = GH_OK) {
    plugin.on_get_many = [=](const gh_call&, const gh_get*, std::uint64_t, const gh_get_sink& sink) {
      Pair pair;
      body(pair, sink);
      return status;
    };
  }
  static void deliver_both(Pair& pair, const gh_get_sink& sink) {
    for (std::uint64_t at : {1u, 0u}) sink.put(sink.context, at, &pair.records[at]);
  }

  // What the visitor has seen, and how it ended.
  std::vector<std::string> ask(Storage& of, std::span<const Get> gets = both) {
    std::vector<std::string> seen;
    const auto done = of.get_many(gets, call(), [&](std::size_t get, RecordReader& record) {
      seen.push_back(std::to_string(get) + " " + std::string(record.text(0)));
      if (get == 0) (void)record.integer(age);
    });
    seen.push_back(outcome(done));
    return seen;
  }
  std::vector<std::string> ask() { return ask(storage); }
};

TEST_F(StorageManyTest, AsksTheStoreOnceForAll) {
  int calls = 0;
  plugin.on_get_many = [&](const gh_call& c, const gh_get* gets, std::uint64_t count, const gh_get_sink& sink) {
    ++calls;
    EXPECT_EQ(count, 2u);
    EXPECT_EQ(text_of(c.request_id), "req-1");
    EXPECT_EQ(gets[0].kind * 10 + gets[1].kind, 1u);
    EXPECT_EQ(text_of(gets[1].key.tenant) + "/" + text_of(gets[1].key.partition) + "/" + text_of(gets[1].key.id),
              "acme/p1/greeting");
    Pair pair;
    deliver_both(pair, sink);
    return GH_OK;
  };
  EXPECT_THAT(ask(), ElementsAre("1 hello", "0 Ada", "ok"));
  EXPECT_EQ(calls, 1);
}

TEST_F(StorageManyTest, WhatIsNotThereIsNotSeen) {
  deliver([](Pair& pair, const gh_get_sink& sink) { sink.put(sink.context, 1, &pair.records[1]); });
  EXPECT_THAT(ask(), ElementsAre("1 hello", "ok"));
  deliver([](Pair&, const gh_get_sink&) {});
  EXPECT_THAT(ask(), ElementsAre("ok"));
}

TEST_F(StorageManyTest, OneGetIsAGet) {
  plugin.on_get = [](const gh_call&, std::uint32_t, const gh_key&, const gh_record_sink& sink) {
    Stored stored;
    sink.put(sink.context, &stored.record);
    return GH_OK;
  };
  EXPECT_THAT(ask(storage, std::span(both, 1)), ElementsAre("0 Ada", "ok"));
}

TEST_F(StorageManyTest, MoreThanAStoreTakesAtATimeAreSeveralCalls) {
  std::vector<std::uint64_t> counts;
  plugin.on_get_many = [&](const gh_call&, const gh_get*, std::uint64_t count, const gh_get_sink&) {
    return counts.push_back(count), GH_OK;
  };
  const std::vector<Get> many(GH_MOST_GETS * 2 + 2, both[0]);
  EXPECT_THAT(ask(storage, many), ElementsAre("ok"));
  EXPECT_THAT(counts, ElementsAre(GH_MOST_GETS, GH_MOST_GETS, 2u));
}

TEST_F(StorageManyTest, RefusesRecordsThatCannotBe) {
  const std::vector<Deliver> lies = {
      [](Pair& p, const gh_get_sink& sink) { sink.put(sink.context, 1, &p.records[0]); },
      [](Pair& p, const gh_get_sink& sink) { sink.put(sink.context, 2, &p.records[0]); },
      [](Pair& p, const gh_get_sink& sink) { sink.put(sink.context, UINT64_MAX, &p.records[0]); },
      [](Pair& p, const gh_get_sink& sink) {
        for (int i = 0; i < 2; ++i) sink.put(sink.context, 0, &p.records[0]);
      },
      [](Pair&, const gh_get_sink& sink) { sink.put(sink.context, 0, nullptr); },
      [](Pair& p, const gh_get_sink& sink) {
        p.records[0].version = 0;
        deliver_both(p, sink);
      },
      [](Pair& p, const gh_get_sink& sink) {
        p.records[1].key.tenant = slice("other");
        deliver_both(p, sink);
      },
      [](Pair& p, const gh_get_sink& sink) {
        p.records[1].key.partition = slice("p2");
        deliver_both(p, sink);
      },
      [](Pair& p, const gh_get_sink& sink) {
        p.records[1].value_count = 3;
        deliver_both(p, sink);
      },
      [](Pair& p, const gh_get_sink& sink) {
        p.person[age] = text("36");
        deliver_both(p, sink);
      },
  };
  for (std::size_t i = 0; i < lies.size(); ++i) {
    deliver(lies[i]);
    EXPECT_EQ(ask().back(), "INTERNAL_ERROR") << "lie " << i;
  }
}

TEST_F(StorageManyTest, AFailingStoreIsNeverAnAnswer) {
  const std::pair<gh_status, const char*> table[] = {{GH_UNAVAILABLE, "PROVIDER_UNAVAILABLE"},
                                                     {GH_TIMEOUT, "PROVIDER_UNAVAILABLE"},
                                                     {GH_DENIED, "PROVIDER_UNAVAILABLE"},
                                                     {GH_NOT_FOUND, "INTERNAL_ERROR"},
                                                     {GH_INVALID, "INTERNAL_ERROR"},
                                                     {GH_CONFLICT, "INTERNAL_ERROR"},
                                                     {77, "INTERNAL_ERROR"}};
  for (const auto& [status, expected] : table) {
    deliver(&StorageManyTest::deliver_both, status);
    EXPECT_EQ(ask().back(), expected) << status;
  }
}

TEST_F(StorageManyTest, ASinkThatIsCalledAfterTheCallDeliversNothing) {
  std::optional<gh_get_sink> kept;
  plugin.on_get_many = [&](const gh_call&, const gh_get*, std::uint64_t, const gh_get_sink& sink) {
    return kept = sink, GH_OK;
  };
  EXPECT_THAT(ask(), ElementsAre("ok"));
  Pair pair;
  kept->put(kept->context, 0, &pair.records[0]);
  EXPECT_EQ(host.metric("gatehouse_plugin_misuse_total"), 1);
}

TEST_F(StorageManyTest, WhatAVisitorThrowsPassesAroundThePlugin) {
  bool returned = false;
  deliver([&](Pair& pair, const gh_get_sink& sink) {
    deliver_both(pair, sink);
    returned = true;
  });
  const auto throwing = [](std::size_t, RecordReader&) { throw std::length_error("visitor"); };
  EXPECT_THROW((void)storage.get_many(both, call(), throwing), std::length_error);
  EXPECT_TRUE(returned);
}

// A second store, whose table is the test's.
class OtherStoreTest : public StorageManyTest {
 protected:
  OtherStoreTest() : table(*static_cast<const gh_store_v1*>(plugins::find_interface(other.entry, GH_STORE_V1))) {
    other.entry.interfaces = &interface;
    other.entry.interface_count = 1;
    auto config = other.config();
    config.name = "other";
    other_instance = std::make_unique<plugins::Instance>(other.entry, std::move(config), host.services(),
                                                         std::vector<std::string>{GH_STORE_V1});
    other_instance->start();
    for (auto* each : {&plugin, &other}) {
      each->on_get_many = [](const gh_call&, const gh_get*, std::uint64_t, const gh_get_sink&) {
        ADD_FAILURE() << "asked for several at once";
        return GH_OK;
      };
    }
  }
  // `get` of a plugin that has what the pair has.
  auto single_get(std::vector<std::uint32_t>& kinds) {
    return [&kinds](const gh_call&, std::uint32_t kind, const gh_key&, const gh_record_sink& sink) {
      kinds.push_back(kind);
      Pair pair;
      sink.put(sink.context, &pair.records.at(kind));
      return GH_OK;
    };
  }

  test::ScriptedPlugin other;
  gh_store_v1 table;
  gh_interface interface { GH_STORE_V1, &table };
  std::unique_ptr<plugins::Instance> other_instance;
};

TEST_F(OtherStoreTest, KindsOfTwoStoresAreAskedForApart) {
  std::vector<std::uint32_t> first;
  std::vector<std::uint32_t> second;
  plugin.on_get = single_get(first);
  other.on_get = single_get(second);
  Storage apart(schema(), {instance.get(), other_instance.get()});
  EXPECT_THAT(ask(apart), ElementsAre("0 Ada", "1 hello", "ok"));
  EXPECT_THAT(first, ElementsAre(0u));
  EXPECT_THAT(second, ElementsAre(1u));
  other.on_get = [](const gh_call&, std::uint32_t, const gh_key&, const gh_record_sink&) { return GH_UNAVAILABLE; };
  EXPECT_EQ(ask(apart).back(), "PROVIDER_UNAVAILABLE");
}

TEST_F(OtherStoreTest, AStoreWhoseTableEndsBeforeItIsAskedOneByOne) {
  table.struct_size = offsetof(gh_store_v1, get_many);
  std::vector<std::uint32_t> kinds;
  other.on_get = single_get(kinds);
  Storage old(schema(), {other_instance.get(), other_instance.get()});
  EXPECT_THAT(ask(old), ElementsAre("0 Ada", "1 hello", "ok"));
  EXPECT_THAT(kinds, ElementsAre(0u, 1u));
}

TEST_F(OtherStoreTest, AStoreThatLeavesItOutIsAskedOneByOne) {
  table.get_many = nullptr;
  std::vector<std::uint32_t> kinds;
  other.on_get = single_get(kinds);
  Storage plain(schema(), {other_instance.get(), other_instance.get()});
  EXPECT_THAT(ask(plain), ElementsAre("0 Ada", "1 hello", "ok"));
}

}  // namespace
}  // namespace gatehouse::providers
