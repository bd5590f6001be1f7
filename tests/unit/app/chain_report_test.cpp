// SPDX-License-Identifier: Apache-2.0
#include "app/chain_report.h"

#include "base/log.h"
#include "base/metrics.h"
#include "support/temp_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace gatehouse::app {
namespace {

using providers::Trial;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class Lines final : public Log {
 public:
  bool enabled(LogLevel) const noexcept override { return true; }
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) noexcept override {
    std::string line = level == LogLevel::Warn ? "warn " : "other ";
    line += event;
    for (const auto& field : fields) {
      line.append(" ").append(field.name).append("=").append(std::get<std::string_view>(field.value));
    }
    all.push_back(std::move(line));
  }
  std::vector<std::string> all;
};

ChainChoice sessions(const std::string& chosen, std::vector<SkippedMember> skipped = {}) {
  return {{"storage.sessions", {"redis", "postgres"}, {1}}, chosen, std::move(skipped), false};
}
const SkippedMember redis_is_away{"redis", {Trial::Result::Unreachable, "redis: connection refused"}};
const ChainChoice chain_of_one{{"storage.default", {"postgres"}, {0}}, "postgres", {}, false};

TEST(FormerChoices, AreRememberedInTheStateFolderUntilThereIsNoChainLeft) {
  const test::TempFolder folder;
  const auto state = folder.path().string();
  EXPECT_THAT(read_former_choices(state), IsEmpty());
  EXPECT_EQ(write_choices(state, {chain_of_one, sessions("postgres")}), "");
  EXPECT_EQ(read_former_choices(state), (FormerChoices{{"storage.sessions", "postgres"}}));
  EXPECT_EQ(write_choices(state, {chain_of_one}), "");
  EXPECT_THAT(read_former_choices(state), IsEmpty());
}

TEST(FormerChoices, ThatCannotBeWrittenAreToldOf) {
  const test::TempFolder folder;
  EXPECT_THAT(write_choices((folder.path() / "none").string(), {sessions("redis")}), HasSubstr("cannot be written"));
}

TEST(ChainSwitches, AreWhereTheFirstMemberOrTheFormerChoiceWasPassedOver) {
  EXPECT_THAT(switches_of({chain_of_one, sessions("redis")}, {}), IsEmpty());
  EXPECT_THAT(switches_of({sessions("redis")}, {{"storage.sessions", "redis"}}), IsEmpty());

  const auto away = switches_of({sessions("postgres", {redis_is_away})}, {{"storage.sessions", "redis"}});
  ASSERT_THAT(away, SizeIs(1));
  const auto payload = nlohmann::json::parse(event_of(away[0]).payload);
  EXPECT_EQ(payload,
            (nlohmann::json{
                {"chain", "storage.sessions"}, {"from", "redis"}, {"to", "postgres"}, {"reason", "unreachable"}}));

  const auto back = switches_of({sessions("redis")}, {{"storage.sessions", "postgres"}});
  ASSERT_THAT(back, SizeIs(1));
  EXPECT_EQ(back[0].from, "postgres");
  EXPECT_EQ(back[0].reason, "former_choice");
}

TEST(ChainReport, TellsWhoIsSkippedAndWhy) {
  Lines log;
  MetricRegistry metrics;
  report({sessions("postgres", {redis_is_away})}, {{"storage.sessions", "redis"}}, log, metrics);
  EXPECT_THAT(log.all, Contains("warn a member of a chain is skipped until the next start chain=storage.sessions "
                                "plugin=redis why=unreachable reason=redis: connection refused"));
  EXPECT_THAT(log.all, Contains(HasSubstr("plugin=postgres former=redis")));
  EXPECT_EQ(
      metrics.gauge("gatehouse_chain_position", "", {{"chain", "storage.sessions"}, {"plugin", "postgres"}}).value(),
      1);
}

TEST(ChainReport, SaysLoudlyThatMemoryForgets) {
  Lines log;
  MetricRegistry metrics;
  auto memory = chain_of_one;
  memory.memory_only = true;
  report({memory}, {}, log, metrics);
  EXPECT_THAT(log.all, Contains(HasSubstr("warn memory only: data is gone at exit chain=storage.default")));
  EXPECT_EQ(chain_states({memory})[0].note, "memory only: data is gone at exit");
}

TEST(ChainReport, OfAChainOnItsFirstMemberHasNoWarning) {
  Lines log;
  MetricRegistry metrics;
  report({chain_of_one, sessions("redis")}, {{"storage.sessions", "redis"}}, log, metrics);
  EXPECT_THAT(log.all, Not(Contains(HasSubstr("warn"))));
}

}  // namespace
}  // namespace gatehouse::app
