// SPDX-License-Identifier: Apache-2.0
#include "app/copy_plan.h"
#include "app/cli.h"
#include "app/commands/copy_screen.h"
#include "support/plugin_fakes.h"
#include "support/temp_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::app {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Product product() {
  Product product;
  for (const char* name : {"user", "session", "event"}) {
    product.kinds.emplace_back(name);
    product.schema.push_back(
        {.name = name, .fields = {{"at", providers::ValueType::Int}}, .indexes = {}, .expiry_field = {}});
  }
  product.tenants = {"default"};
  return product;
}

// Users in pg, sessions as given; the stores redis, pg and new, and kms, which is none.
Config config(std::vector<std::string> sessions) {
  Config config;
  for (const char* name : {"redis", "pg", "new"}) {
    PluginBlock block;
    block.name = name;
    block.interfaces = {"gatehouse.store/1"};
    config.plugins.push_back(std::move(block));
  }
  config.plugins.emplace_back().name = "kms";
  config.storage.chain = {"pg"};
  config.storage.by_kind["session"] = std::move(sessions);
  return config;
}

CommandLine line(std::string from, std::string to, std::vector<std::string> kinds = {}) {
  CommandLine line;
  line.from = std::move(from);
  line.to = std::move(to);
  line.kinds = std::move(kinds);
  return line;
}

// The kinds that would be copied, or the refusal.
std::string plan(const Config& config, const CommandLine& line) {
  const auto plan = plan_copy(config, line, product());
  if (!plan) return std::to_string(plan.error().code) + " " + plan.error().words;
  std::string kinds;
  for (const auto& kind : plan->kinds) kinds += kind.name + " ";
  return kinds;
}

TEST(CopyPlan, TakesWhatTheConfigurationKeepsInTheSourceUnlessKindsAreNamed) {
  EXPECT_EQ(plan(config({"redis"}), line("redis", "pg")), "session ");
  EXPECT_EQ(plan(config({"redis"}), line("pg", "new")), "user event ");
  EXPECT_EQ(plan(config({"redis"}), line("pg", "new", {"event", "session"})), "session event ");
  EXPECT_THAT(plan(config({"redis"}), line("new", "pg")), HasSubstr("keeps nothing in new"));
}

TEST(CopyPlan, RefusesNamesThatMeanNothing) {
  EXPECT_THAT(plan(config({"redis"}), line("redsi", "pg")),
              AllOf(HasSubstr("2 --from"), HasSubstr("did you mean \"redis\"")));
  EXPECT_THAT(plan(config({"redis"}), line("redis", "kms")),
              HasSubstr("does not hold records; stores are redis, pg, new"));
  EXPECT_THAT(plan(config({"redis"}), line("pg", "pg")), HasSubstr("the same store"));
  EXPECT_THAT(plan(config({"redis"}), line("pg", "new", {"sesion"})), HasSubstr("did you mean \"session\""));
}

TEST(CopyPlan, RefusesToWriteIntoTheStoreThatIsInUse) {
  const auto undo = HasSubstr("1 servers with this configuration keep session in pg");
  const auto perhaps = HasSubstr("1 servers with this configuration may keep session in pg");
  EXPECT_THAT(plan(config({"pg"}), line("redis", "pg", {"session"})), undo);
  EXPECT_THAT(plan(config({"pg", "redis"}), line("redis", "pg", {"session"})), undo);
  EXPECT_THAT(plan(config({"redis", "pg"}), line("redis", "pg", {"session"})), perhaps);
  auto looking = line("redis", "pg", {"session"});
  looking.dry_run = true;
  EXPECT_EQ(plan(config({"pg"}), looking), "session ");
}

TEST(CopyPlan, NamesTheServersTenantsAndThoseAskedForOnce) {
  auto asked = line("redis", "pg");
  asked.tenants = {"acme", "default", "acme"};
  const auto plan = plan_copy(config({"redis"}), asked, product());
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->tenants, ElementsAre("default", "acme"));
}

// A store in memory is another one in every process.
TEST(StoreCopyCommand, RefusesWhatIsOnlyInAServersMemory) {
  const test::TempFolder folder;
  const auto file = folder.write("gatehouse.toml", "mode = \"dev\"\nstate_dir = \"" + folder.path().string() +
                                                       "\"\nstorage.default = [\"one\"]\n"
                                                       "[[plugin]]\nname = \"one\"\nlibrary = \"store-memory\"\n"
                                                       "[[plugin]]\nname = \"two\"\nlibrary = \"store-memory\"\n");
  std::ostringstream out;
  std::ostringstream err;
  const std::vector<std::string> words = {"store", "copy", "--from", "one", "--to", "two", "--config", file.string()};
  EXPECT_EQ(run_cli(words, product(), out, err), exit_failure);
  EXPECT_THAT(err.str(), HasSubstr("one keeps its records in the memory of the server"));
  EXPECT_THAT(err.str(), testing::Not(HasSubstr("is not used"))) << "the target never is";
}

TEST(CopyScreen, ShowsHowFarItIsHowFastAndHowLongYet) {
  EXPECT_EQ(progress_text("session", 250, 1000, 120),
            "session  [#####---------------]  25%  250 of 1000, 120/s, 7 s left");
  EXPECT_EQ(progress_text("session", 1001, 1000, 120), "session  [####################] 100%  1001 of 1000, 120/s");
  EXPECT_EQ(progress_text("session", 250, 0, 120), "session  250, 120/s");
}

TEST(CopyScreen, DrawsOverItsLineOnATerminalAndAddsLinesElsewhere) {
  for (const bool terminal : {true, false}) {
    test::ManualClock clock;
    std::ostringstream err;
    CopyScreen screen(err, terminal, clock);
    screen.expect(product().schema, {10, 20, 30});
    for (const std::uint64_t met : {5u, 10u}) {
      clock.advance(std::chrono::seconds(20));
      screen.progress({1, met, 0});
      screen.progress({1, met + 1, 0});
    }
    screen.say("done");
    const auto first = progress_text("session", 5, 20, 0);
    const auto second = progress_text("session", 10, 20, 0);
    EXPECT_EQ(err.str(),
              terminal ? first + "\r\x1b[K" + second + "\r\x1b[Kdone\n" : first + "\n" + second + "\ndone\n");
  }
}

TEST(CopyResult, SaysTheSameToPeopleAndToPrograms) {
  CopyResult result{"redis", "pg", {"default"}, {product().schema[1]}, {}, false, true, true};
  result.report.kinds.resize(1);
  result.report.kinds[0].in_source = 12;
  result.report.kinds[0].created = 10;
  result.report.kinds[0].updated = 2;
  EXPECT_EQ(copy_text(result),
            "KIND     IN redis  CREATED  UPDATED  DELETED  ONLY IN pg  NOT COPIED\n"
            "session  12        10       2        0        0           0\n"
            "verified: both hold the same\n");
  const auto json = nlohmann::json::parse(copy_json(result));
  EXPECT_EQ(json["kinds"][0]["records"], 12);
  EXPECT_EQ(json["kinds"][0]["created"], 10);
  EXPECT_EQ(json["complete"], true);
  EXPECT_EQ(json["verified"], true);
}

}  // namespace
}  // namespace gatehouse::app
