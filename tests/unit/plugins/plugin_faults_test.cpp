// SPDX-License-Identifier: Apache-2.0
// The fault seam itself, in front of a scripted plugin: what feature tests rely on.
#include "support/plugin_faults.h"

#include "providers/keys.h"
#include "providers/limiter.h"
#include "providers/storage.h"
#include "support/plugin_fakes.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace gatehouse::test {
namespace {

class StoreFaultsTest : public testing::Test {
 protected:
  StoreFaultsTest() {
    auto config = plugin.config();
    config.breaker_failures = 1'000;
    const auto& entry = faults.in_front_of(plugin.entry, config);
    instance = std::make_unique<plugins::Instance>(entry, std::move(config), host.services(),
                                                   std::vector<std::string>{GH_STORE_V1});
    instance->start();
    providers::KindDef kind;
    kind.name = "thing";
    kind.fields = {{"n", providers::ValueType::Int}};
    storage = std::make_unique<providers::Storage>(std::vector{kind}, std::vector<plugins::Instance*>{instance.get()});
    plugin.on_get = [this](const gh_call&, std::uint32_t, const gh_key& key, const gh_record_sink& sink) {
      ++reached;
      const gh_value values[] = {{GH_INT, 0, 5, {}}};
      const gh_record record{sizeof(gh_record), 1, 1, key, values};
      sink.put(sink.context, &record);
      return GH_OK;
    };
    plugin.on_commit = [this](const gh_call&, const gh_write*, std::uint64_t, gh_commit_out&) {
      return ++reached, GH_OK;
    };
  }

  Result<bool> get() {
    return storage->get(0, {"t", "p", "i"}, host.call(), [&](providers::RecordReader& r) { seen = r.integer(0); });
  }
  Result<std::optional<providers::Conflict>> commit() {
    const providers::Write writes[] = {{providers::Write::Op::Delete, 0, {"t", "p", "i"}, 1, {}}};
    return storage->commit(writes, host.call());
  }

  PluginHost host;
  ScriptedPlugin plugin;
  StoreFaults faults;
  std::unique_ptr<plugins::Instance> instance;
  std::unique_ptr<providers::Storage> storage;
  std::atomic<int> reached{0};
  std::int64_t seen = 0;
};

TEST_F(StoreFaultsTest, WithoutAPlanEverythingPassesAndIsCounted) {
  ASSERT_TRUE(get());
  EXPECT_EQ(seen, 5);
  ASSERT_TRUE(commit());
  EXPECT_EQ(faults.calls(StoreVerb::Get), 1u);
  EXPECT_EQ(faults.calls(StoreVerb::Commit), 1u);
  EXPECT_EQ(faults.calls(StoreVerb::Find), 0u);
  EXPECT_EQ(reached, 2);
}

TEST_F(StoreFaultsTest, AnswersInsteadOfThePluginSoManyTimes) {
  faults.answer(StoreVerb::Get, GH_UNAVAILABLE, 2);
  EXPECT_FALSE(get());
  EXPECT_FALSE(get());
  EXPECT_EQ(reached, 0);
  EXPECT_TRUE(get());
  EXPECT_EQ(faults.calls(StoreVerb::Get), 3u);
}

TEST_F(StoreFaultsTest, AnswersAfterThePluginHasDoneIt) {
  faults.answer_after(StoreVerb::Commit, GH_IN_DOUBT);
  const auto done = commit();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::InDoubt);
  EXPECT_EQ(reached, 1);
}

TEST_F(StoreFaultsTest, ClearMakesEverythingWorkAgain) {
  faults.answer(StoreVerb::Get, GH_INTERNAL);
  faults.answer_after(StoreVerb::Commit, GH_DENIED);
  EXPECT_FALSE(get());
  faults.clear();
  EXPECT_TRUE(get());
  EXPECT_TRUE(commit());
}

TEST_F(StoreFaultsTest, HoldsCallsUntilTheyAreReleased) {
  faults.hold(StoreVerb::Get);
  std::thread first([&] {
    EXPECT_TRUE(storage->get(0, {"t", "p", "i"}, host.call(), [](providers::RecordReader&) {}));
  });
  std::thread second([&] {
    EXPECT_TRUE(storage->get(0, {"t", "p", "i"}, host.call(), [](providers::RecordReader&) {}));
  });
  faults.wait_held(StoreVerb::Get, 2);
  EXPECT_EQ(reached, 0);
  EXPECT_TRUE(commit()) << "other verbs pass";
  faults.release(StoreVerb::Get);
  first.join();
  second.join();
  EXPECT_EQ(reached, 3);
}

TEST_F(StoreFaultsTest, ChangesRecordsOnTheirWay) {
  faults.change_records([](gh_record& record) { record.version = 0; });
  EXPECT_EQ(get().error().code, Code::Internal);
  faults.change_records({});
  EXPECT_TRUE(get());
}

TEST(Faults, StandInFrontOfAKmsAndALimiterToo) {
  PluginHost host;
  ScriptedPlugin plugin;
  plugin.on_mac = [](const gh_call&, std::uint32_t, std::uint8_t* out, std::uint32_t& used) {
    out[0] = 1;
    return used = 1, GH_OK;
  };
  KmsFaults kms;
  LimiterFaults limits;
  auto kms_config = plugin.config();
  const auto& kms_entry = kms.in_front_of(plugin.entry, kms_config);
  plugins::Instance kms_instance(kms_entry, std::move(kms_config), host.services(), {GH_KMS_V1});
  auto limiter_config = plugin.config();
  const auto& limiter_entry = limits.in_front_of(plugin.entry, limiter_config);
  plugins::Instance limiter_instance(limiter_entry, std::move(limiter_config), host.services(), {GH_RATE_LIMITER_V1});
  kms_instance.start();
  limiter_instance.start();
  providers::Keys keys(kms_instance);
  providers::Limiter limiter(limiter_instance);

  EXPECT_TRUE(keys.mac("refresh", 0, "m", host.call()));
  EXPECT_TRUE(limiter.take("k", 1, std::chrono::seconds(1), host.call()));
  kms.answer(KmsVerb::Mac, GH_UNAVAILABLE);
  limits.answer(LimiterVerb::Take, GH_OK);
  EXPECT_FALSE(keys.mac("refresh", 0, "m", host.call()));
  EXPECT_EQ(kms.calls(KmsVerb::Mac), 2u);
  EXPECT_EQ(limits.calls(LimiterVerb::Take), 1u);
  EXPECT_EQ(keys.sign("access", 0, "m", host.call()).error().code, Code::Internal);
  EXPECT_EQ(kms.calls(KmsVerb::Sign), 1u);
}

}  // namespace
}  // namespace gatehouse::test
