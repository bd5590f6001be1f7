// SPDX-License-Identifier: Apache-2.0
#include "app/chain_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::app {
namespace {

using providers::Trial;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto fit = Trial::Result::Fit;
constexpr auto unreachable = Trial::Result::Unreachable;
constexpr auto cannot_hold = Trial::Result::CannotHold;
constexpr auto faulty = Trial::Result::Faulty;

const std::vector<std::string> kinds = {"user", "session", "event"};

// A configuration of three stores whose members do what the test wants; fit is who is not mentioned.
class ChainChoiceTest : public testing::Test {
 protected:
  ChainChoiceTest() {
    for (const auto* name : {"postgres", "redis", "memory"}) {
      PluginBlock block;
      block.name = name;
      block.id = "store-" + block.name;
      config_.plugins.push_back(std::move(block));
    }
    config_.storage.chain = {"postgres"};
    config_.rate_limit.limiter = {"memory"};
  }

  std::vector<ChainChoice> choices() {
    tried_.clear();
    return choose(config_, chains_of(config_, kinds), [this](const std::string& plugin, const Chain& chain) {
      tried_.push_back(chain.setting + " " + plugin);
      const auto found = trials_.find(chain.setting + " " + plugin);
      const auto result = found != trials_.end() ? found->second : fit;
      return Trial{result, result == fit ? "" : "words of " + plugin};
    });
  }
  ChainChoice choice(const std::string& setting) {
    for (auto& choice : choices()) {
      if (choice.chain.setting == setting) return choice;
    }
    throw std::logic_error("no chain " + setting);
  }
  std::string refusal() {
    try {
      choices();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return {};
  }

  Config config_;
  std::map<std::string, Trial::Result> trials_;
  std::vector<std::string> tried_;
};

TEST_F(ChainChoiceTest, EachKindBelongsToOneChain) {
  config_.storage.by_kind["session"] = {"redis", "postgres"};
  const auto chains = chains_of(config_, kinds);
  ASSERT_EQ(chains.size(), 3U);
  EXPECT_EQ(chains[0].setting, "storage.default");
  EXPECT_THAT(chains[0].kinds, ElementsAre(0U, 2U));
  EXPECT_EQ(chains[1].setting, "storage.sessions");
  EXPECT_THAT(chains[1].kinds, ElementsAre(1U));
  EXPECT_EQ(chains[2].setting, "rate_limit.limiter");
  EXPECT_THAT(chains[2].kinds, IsEmpty());
}

TEST_F(ChainChoiceTest, TheFirstThatIsFitHoldsTheKinds) {
  config_.storage.by_kind["session"] = {"redis", "postgres", "memory"};
  EXPECT_EQ(choice("storage.sessions").chosen, "redis");
  EXPECT_THAT(tried_, ElementsAre("storage.sessions redis")) << "those behind it are left alone";

  trials_["storage.sessions redis"] = unreachable;
  const auto second = choice("storage.sessions");
  EXPECT_EQ(second.chosen, "postgres");
  ASSERT_EQ(second.skipped.size(), 1U);
  EXPECT_EQ(second.skipped[0].plugin, "redis");
  EXPECT_EQ(second.skipped[0].trial.words, "words of redis");
  EXPECT_FALSE(second.memory_only);
}

TEST_F(ChainChoiceTest, AStoreThatIsNotMadeForTheKindsIsSkippedForThemOnly) {
  config_.storage.chain = {"redis", "postgres"};
  config_.storage.by_kind["session"] = {"redis", "postgres"};
  trials_["storage.default redis"] = cannot_hold;
  EXPECT_EQ(choice("storage.default").chosen, "postgres");
  EXPECT_EQ(choice("storage.sessions").chosen, "redis");
}

TEST_F(ChainChoiceTest, WhoCannotBeReachedIsAskedOnceForAllChains) {
  config_.storage.by_kind["session"] = {"redis", "postgres"};
  config_.rate_limit.limiter = {"redis", "memory"};
  trials_["storage.sessions redis"] = unreachable;
  EXPECT_EQ(choice("rate_limit.limiter").chosen, "memory");
  EXPECT_THAT(tried_, ElementsAre("storage.sessions redis", "storage.sessions postgres", "rate_limit.limiter memory"));
}

TEST_F(ChainChoiceTest, MemoryIsChosenOnlyWhereItIsNamedAndSaysSo) {
  config_.storage.by_kind["session"] = {"redis", "memory"};
  trials_["storage.sessions redis"] = unreachable;
  const auto sessions = choice("storage.sessions");
  EXPECT_EQ(sessions.chosen, "memory");
  EXPECT_TRUE(sessions.memory_only);
  EXPECT_FALSE(choice("storage.default").memory_only);
  EXPECT_FALSE(choice("rate_limit.limiter").memory_only) << "counters are no records";

  config_.storage.by_kind["session"] = {"redis", "postgres"};
  trials_["storage.sessions postgres"] = unreachable;
  EXPECT_THAT(refusal(), AllOf(HasSubstr("words of redis"), HasSubstr("words of postgres")));
}

TEST_F(ChainChoiceTest, AChainOfWhichNobodyIsFitStopsTheServerWithEveryReason) {
  config_.storage.by_kind["session"] = {"redis", "postgres"};
  trials_["storage.sessions redis"] = cannot_hold;
  trials_["storage.sessions postgres"] = unreachable;
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr("storage.sessions"), HasSubstr("words of redis"), HasSubstr("words of postgres")));
}

// A database that is not migrated, a refused password: what is behind it in the chain must not hide that.
TEST_F(ChainChoiceTest, AFaultStopsTheServerAlthoughOthersWouldDo) {
  config_.storage.by_kind["session"] = {"redis", "postgres"};
  trials_["storage.sessions redis"] = faulty;
  EXPECT_THAT(refusal(), AllOf(HasSubstr("storage.sessions"), HasSubstr("words of redis"),
                               HasSubstr("take redis out of storage.sessions")));
  EXPECT_THAT(tried_, ElementsAre("storage.sessions redis"));
}

TEST_F(ChainChoiceTest, AChainOfOneIsNotTried) {
  EXPECT_EQ(choice("storage.default").chosen, "postgres");
  EXPECT_THAT(tried_, IsEmpty());
}

}  // namespace
}  // namespace gatehouse::app
