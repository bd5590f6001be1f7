// SPDX-License-Identifier: Apache-2.0
#include "storage_fixture.h"

#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::providers {
namespace {

using testing::ElementsAre;

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

class PartitionsTest : public StorageTest {
 protected:
  // Two partitions in turns, to a store that says of itself what `flags` are.
  Result<std::optional<Conflict>> commit(std::uint32_t flags) {
    table = *static_cast<const gh_store_v1*>(plugin.entry.interfaces[0].table);
    table.flags = flags;
    gh_plugin entry = plugin.entry;
    const gh_interface store{GH_STORE_V1, &table};
    entry.interfaces = &store;
    entry.interface_count = 1;
    plugins::Instance one(entry, plugin.config(), host.services(), {GH_STORE_V1});
    one.start();
    plugin.on_commit = [this](const gh_call&, const gh_write* writes, std::uint64_t count, gh_commit_out& out) {
      seen.push_back(text_of(writes[0].key.partition) + " x" + std::to_string(count));
      out.conflict = GH_CONFLICT_VERSION;
      out.failed_write = 0;
      return seen.size() == refused ? GH_CONFLICT : GH_OK;
    };
    Storage stored(schema(), {&one, &one});
    stored.open(call());
    const Write writes[] = {{Write::Op::Delete, 0, ada, 1, {}},
                            {Write::Op::Delete, 0, {"acme", "p2", "bob"}, 1, {}},
                            {Write::Op::Delete, 1, {"acme", "p1", "n"}, 1, {}}};
    return stored.commit(writes, call());
  }

  gh_store_v1 table{};
  std::size_t refused = 0;  // so manieth commit
  std::vector<std::string> seen;
};

TEST_F(PartitionsTest, AreOneCommitEachWhereTheStoreDoesNotCrossThem) {
  const auto done = commit(0);
  ASSERT_TRUE(done);
  EXPECT_FALSE(*done);
  EXPECT_THAT(seen, ElementsAre("p1 x2", "p2 x1"));
}

TEST_F(PartitionsTest, AreOneCommitInAllWhereTheStoreCrossesThem) {
  ASSERT_TRUE(commit(GH_STORE_CROSS_PARTITION));
  EXPECT_THAT(seen, ElementsAre("p1 x3"));
}

TEST_F(PartitionsTest, OfWhichTheFirstIsRefusedAreAConflict) {
  refused = 1;
  const auto done = commit(0);
  ASSERT_TRUE(done && *done);
  EXPECT_EQ((*done)->write, 0u);
  EXPECT_THAT(seen, ElementsAre("p1 x2"));
}

TEST_F(PartitionsTest, OfWhichALaterOneIsRefusedAreInDoubt) {
  refused = 2;
  EXPECT_EQ(outcome(commit(0)), "IN_DOUBT");
}

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

}  // namespace
}  // namespace gatehouse::providers
