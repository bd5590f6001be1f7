// SPDX-License-Identifier: Apache-2.0
#include "copy_fixture.h"
#include "unit/kms-local/plugin_instance.h"

#include <gmock/gmock.h>

#include <set>
#include <string>
#include <vector>

namespace gatehouse::providers {
namespace {

using test::text_of;
using testing::Contains;
using testing::HasSubstr;

// A store in memory behind a plugin that the test can make fail. It does not cross partitions.
class Faulty {
 public:
  Faulty() {
    plugin.on_open = [this](const gh_call& call, const gh_schema& schema) {
      return table().open(self(), &call, &schema);
    };
    plugin.on_get = [this](const gh_call& call, std::uint32_t kind, const gh_key& key, const gh_record_sink& sink) {
      return table().get(self(), &call, kind, &key, &sink);
    };
    plugin.on_find = [this](const gh_call& call, const gh_query& query, const gh_record_sink& sink, gh_find_out& out) {
      return table().find(self(), &call, &query, &sink, &out);
    };
    plugin.on_commit = [this](const gh_call& call, const gh_write* writes, std::uint64_t count, gh_commit_out& out) {
      return commit(call, writes, count, out);
    };
  }
  gh_status commit(const gh_call& call, const gh_write* writes, std::uint64_t count, gh_commit_out& out) {
    return table().commit(self(), &call, writes, count, sizeof(gh_write), &out);
  }
  const gh_store_v1& table() const { return *static_cast<const gh_store_v1*>(instance_.table(GH_STORE_V1)); }
  gh_instance* self() const { return instance_.self(); }

  test::ScriptedPlugin plugin;

 private:
  test::FakeHost host_;
  test::PluginInstance instance_{gatehouse_plugin_store_memory, host_, {}};
};

class StoreCopyFaults : public CopyTest {
 protected:
  StoreCopyFaults() {
    for (int at = 0; at < 20; ++at) from.put(session, "ada", numbered("s", at), at);
    for (int at = 0; at < 20; ++at) from.put(session, "bob", numbered("s", at), at);
  }
  static plugins::InstanceConfig unbroken(const Faulty& faulty) {
    auto config = faulty.plugin.config();
    config.breaker_failures = 1'000'000;
    return config;
  }
  StoreCopy copy() { return {from.storage(), target.storage(), {"acme"}, calls}; }

  Faulty faulty;
  CopiedStore target{faulty.plugin.entry, unbroken(faulty), host};
};

TEST_F(StoreCopyFaults, AStoreThatDoesNotCrossPartitionsGetsCommitsOfOneEach) {
  std::set<std::size_t> partitions;
  int commits = 0;
  faulty.plugin.on_commit = [&](const gh_call& call, const gh_write* writes, std::uint64_t count, gh_commit_out& out) {
    std::set<std::string> named;
    for (std::uint64_t at = 0; at < count; ++at) named.insert(text_of(writes[at].key.partition));
    partitions.insert(named.size());
    ++commits;
    return faulty.commit(call, writes, count, out);
  };
  ASSERT_TRUE(copy().complete(CopyMode::Mirror));
  EXPECT_EQ(partitions, std::set<std::size_t>{1});
  EXPECT_EQ(commits, 2);
  EXPECT_EQ(target.all(), from.all());
}

TEST_F(StoreCopyFaults, ACommitInDoubtIsReadBackWhetherItHappenedOrNot) {
  int commits = 0;
  faulty.plugin.on_commit = [&](const gh_call& call, const gh_write* writes, std::uint64_t count, gh_commit_out& out) {
    const int which = commits++ % 3;
    if (which == 2) return faulty.commit(call, writes, count, out);
    if (which == 1) faulty.commit(call, writes, count, out);
    return GH_IN_DOUBT;
  };
  const auto report = copy().complete(CopyMode::Mirror);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->left(), 0u);
  EXPECT_EQ(report->kinds[session].created, 40u);
  EXPECT_EQ(target.all(), from.all());
  for (int at = 0; at < 20; ++at) EXPECT_EQ(target.version(session, "ada", numbered("s", at)), 1);
}

TEST_F(StoreCopyFaults, AStoreThatIsAwayForAWhileIsWaitedFor) {
  const auto back = host.clock.steady() + std::chrono::seconds(10);
  faulty.plugin.on_commit = [&](const gh_call& call, const gh_write* writes, std::uint64_t count, gh_commit_out& out) {
    return host.clock.steady() < back ? GH_UNAVAILABLE : faulty.commit(call, writes, count, out);
  };
  ASSERT_TRUE(copy().complete(CopyMode::Mirror));
  EXPECT_EQ(target.all(), from.all());
}

TEST_F(StoreCopyFaults, AStoreThatStaysAwayEndsTheCopyAndTheNextOneGoesOn) {
  int commits = 0;
  faulty.plugin.on_commit = [&](const gh_call& call, const gh_write* writes, std::uint64_t count, gh_commit_out& out) {
    return ++commits > 1 ? GH_UNAVAILABLE : faulty.commit(call, writes, count, out);
  };
  const auto ended = copy().complete(CopyMode::Mirror);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Code::ProviderUnavailable);
  EXPECT_EQ(target.all().size(), 20u);
  commits = -1'000;
  const auto rest = copy().complete(CopyMode::Mirror);
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->kinds[session].created, 20u);
}

TEST_F(StoreCopyFaults, ARecordTheTargetDoesNotTakeIsSaidInItsWordsAndTheOthersAreCopied) {
  faulty.plugin.on_commit = [&](const gh_call& call, const gh_write* writes, std::uint64_t count, gh_commit_out& out) {
    for (std::uint64_t at = 0; at < count; ++at) {
      if (text_of(writes[at].key.id) != "s7" || text_of(writes[at].key.partition) != "bob") continue;
      test::explain(call, "seven is not my number");
      return GH_INVALID;
    }
    return faulty.commit(call, writes, count, out);
  };
  const auto report = copy().complete(CopyMode::Mirror);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->left(), 1u);
  EXPECT_EQ(report->kinds[session].created, 39u);
  EXPECT_THAT(report->kinds[session].examples,
              Contains(testing::AllOf(HasSubstr("acme/bob/s7: "), HasSubstr("seven is not my number"))));
}

TEST_F(StoreCopyFaults, WhatSomebodyElsePutIntoTheTargetMeanwhileIsComparedAgain) {
  bool first = true;
  faulty.plugin.on_commit = [&](const gh_call& call, const gh_write* writes, std::uint64_t count, gh_commit_out& out) {
    if (first) {
      gh_commit_out ignored{};
      ignored.struct_size = sizeof(ignored);
      auto foreign = writes[0];
      std::vector<gh_value> values(writes[0].values, writes[0].values + writes[0].value_count);
      values[seen_at].i = 999;
      foreign.values = values.data();
      first = false;
      EXPECT_EQ(faulty.commit(call, &foreign, 1, ignored), GH_OK);
    }
    return faulty.commit(call, writes, count, out);
  };
  const auto report = copy().complete(CopyMode::Mirror);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->kinds[session].updated, 1u);
  EXPECT_EQ(target.all(), from.all());
}

// The other way round: out of the faulty store.
class StoreCopyFromFaulty : public StoreCopyFaults {
 protected:
  StoreCopyFromFaulty() {
    for (const char* id : {"a", "b", "c"}) {
      target.put(session, "eve", id, 1);
      to.put(session, "eve", id, 1);
    }
  }
  StoreCopy back() { return {target.storage(), to.storage(), {"acme"}, calls}; }
};

TEST_F(StoreCopyFromFaulty, ARecordThatTheWalkMissedAndTheSourceHasIsNotDeleted) {
  faulty.plugin.on_find = [&](const gh_call& call, const gh_query& query, const gh_record_sink& sink,
                              gh_find_out& out) {
    struct Hiding {
      const gh_record_sink& sink;
      std::uint64_t hidden = 0;
    } hiding{sink};
    const gh_record_sink through{&hiding, [](void* context, const gh_record* record) {
                                   auto& self = *static_cast<Hiding*>(context);
                                   if (text_of(record->key.id) != "b") return self.sink.put(self.sink.context, record);
                                   ++self.hidden;
                                   return 0;
                                 }};
    const auto status = faulty.table().find(faulty.self(), &call, &query, &through, &out);
    out.count -= hiding.hidden;
    return status;
  };
  const auto report = back().pass(CopyMode::Mirror);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->kinds[session].deleted, 0u);
  EXPECT_EQ(to.all().size(), 3u);
}

TEST_F(StoreCopyFromFaulty, AStoreThatDeliversOutOfOrderIsRefusedAndNothingIsDeleted) {
  faulty.plugin.on_find = [&](const gh_call& call, const gh_query& query, const gh_record_sink& sink,
                              gh_find_out& out) {
    auto turned = query;
    turned.flags |= GH_QUERY_DESCENDING;
    return faulty.table().find(faulty.self(), &call, &turned, &sink, &out);
  };
  const auto report = back().pass(CopyMode::Mirror);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().detail, HasSubstr("out of order"));
  EXPECT_EQ(to.all().size(), 3u);
}

TEST_F(StoreCopyFromFaulty, ASourceThatCannotBeReadDeletesNothing) {
  faulty.plugin.on_get = [](const gh_call&, std::uint32_t, const gh_key&, const gh_record_sink&) {
    return GH_UNAVAILABLE;
  };
  to.put(session, "eve", "d", 1);
  EXPECT_FALSE(back().pass(CopyMode::Mirror));
  EXPECT_EQ(to.all().size(), 4u);
}

}  // namespace
}  // namespace gatehouse::providers
