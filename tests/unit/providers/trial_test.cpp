// SPDX-License-Identifier: Apache-2.0
#include "providers/trial.h"

#include "provider_fixture.h"

#include <gatehouse/migrations.h>

#include <gmock/gmock.h>

#include <utility>
#include <vector>

namespace gatehouse::providers {
namespace {

using test::explain;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<KindDef> two_kinds() {
  KindDef user{.name = "user", .fields = {{"email", ValueType::Text}}, .indexes = {}, .expiry_field = {}};
  KindDef session{.name = "session", .fields = {{"until", ValueType::Time}}, .indexes = {}, .expiry_field = {}};
  return {user, session};
}

class StoreTrial : public ProviderTest {
 protected:
  StoreTrial() : ProviderTest(GH_STORE_V1) {}
  Trial trial() { return try_store(*instance, two_kinds(), {1}, call()); }
  void answer_open(gh_status status) {
    plugin.on_open = [status](const gh_call& call, const gh_schema&) {
      explain(call, "the store's own words");
      return status;
    };
  }
};

TEST_F(StoreTrial, AStoreThatOpensAndAnswersIsFit) {
  std::vector<std::uint32_t> assigned;
  plugin.on_open = [&](const gh_call&, const gh_schema& schema) {
    assigned.assign(schema.assigned, schema.assigned + schema.assigned_count);
    return GH_OK;
  };
  EXPECT_EQ(trial().result, Trial::Result::Fit);
  EXPECT_THAT(assigned, ElementsAre(1U)) << "it is asked for the kinds of its chain and no others";
}

TEST_F(StoreTrial, OneThatOpensAndDoesNotAnswerIsUnreachable) {
  plugin.on_ping = [](const gh_call&) { return GH_UNAVAILABLE; };
  EXPECT_EQ(trial().result, Trial::Result::Unreachable);
}

// Somebody has to mend all but the first two, and the third is for another store.
TEST_F(StoreTrial, OnlyWhatPassesByItselfCountsAsUnreachable) {
  const std::vector<std::pair<gh_status, Trial::Result>> table = {{GH_UNAVAILABLE, Trial::Result::Unreachable},
                                                                  {GH_TIMEOUT, Trial::Result::Unreachable},
                                                                  {GH_UNSUPPORTED, Trial::Result::CannotHold},
                                                                  {GH_DENIED, Trial::Result::Faulty},
                                                                  {GH_INVALID, Trial::Result::Faulty},
                                                                  {GH_INTERNAL, Trial::Result::Faulty},
                                                                  {GH_IN_DOUBT, Trial::Result::Faulty},
                                                                  {GH_NOT_FOUND, Trial::Result::Faulty},
                                                                  {4711, Trial::Result::Faulty}};
  for (const auto& [status, result] : table) {
    answer_open(status);
    const auto trial = this->trial();
    EXPECT_EQ(trial.result, result) << "status " << status;
    EXPECT_THAT(trial.words, HasSubstr(status == 4711 ? "4711" : "the store's own words"));
  }
}

TEST_F(StoreTrial, AStoreWithMigrationsThatRefusesItsKindsIsNotMigrated) {
  static const gh_migrations_v1 migrations{};
  static const gh_interface interfaces[] = {plugin.entry.interfaces[0], {GH_MIGRATIONS_V1, &migrations}};
  plugin.entry.interfaces = interfaces;
  plugin.entry.interface_count = 2;
  answer_open(GH_UNSUPPORTED);
  EXPECT_EQ(trial().result, Trial::Result::Faulty);
}

class LimiterTrial : public ProviderTest {
 protected:
  LimiterTrial() : ProviderTest(GH_RATE_LIMITER_V1) {}
};

TEST_F(LimiterTrial, AsksWhetherItAnswers) {
  EXPECT_EQ(try_limiter(*instance, call()).result, Trial::Result::Fit);
  plugin.on_ping = [](const gh_call&) { return GH_TIMEOUT; };
  EXPECT_EQ(try_limiter(*instance, call()).result, Trial::Result::Unreachable);
  plugin.on_ping = [](const gh_call&) { return GH_DENIED; };
  EXPECT_EQ(try_limiter(*instance, call()).result, Trial::Result::Faulty);
}

}  // namespace
}  // namespace gatehouse::providers
