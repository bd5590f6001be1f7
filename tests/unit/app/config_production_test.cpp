// SPDX-License-Identifier: Apache-2.0
#include "config_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace gatehouse::app {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

std::string without_line(const std::string& beginning) {
  const auto at = production_file.find(beginning);
  EXPECT_NE(at, std::string::npos) << beginning;
  auto text = production_file;
  return text.erase(at, text.find('\n', at) + 1 - at);
}

TEST(Production, WithEverythingSaidHasNothingToComplainAbout) {
  EXPECT_THAT(summary(load({production_file})), IsEmpty());
}

// A keyring that is missing there is a volume that was not mounted: with new keys every session would end.
TEST(Production, MakesNoKeysUnlessTheFileSaysSo) {
  const auto create = [](const std::string& file) {
    const auto outcome = load({file});
    EXPECT_TRUE(outcome.ok()) << problems_as_text(outcome.problems);
    for (const auto& setting : outcome.resolved.config.plugin("keys")->settings) {
      if (setting.key == "create") return std::get<bool>(setting.value);
    }
    return true;
  };
  EXPECT_FALSE(create(production_file));
  const auto said =
      replaced(production_file, "library = \"kms-local\"\n", "library = \"kms-local\"\nconfig.create = true\n");
  EXPECT_TRUE(create(said));
  EXPECT_TRUE(create(replaced(production_file, "mode = \"production\"", "mode = \"dev\"")));
}

TEST(Production, NeedsItsPublicUrl) {
  const auto outcome = load({without_line("public_url")});
  EXPECT_THAT(summary(outcome), ElementsAre("error GH1009 gatehouse.toml"));
  EXPECT_THAT(problems_as_text(outcome.problems), HasSubstr("write public_url = \"https://auth.example.com\""));
}

TEST(Production, NeedsItsPluginsNamed) {
  for (const auto& [line, write] : {std::pair{"storage.default", "write default = [\"...\"] below [storage]"},
                                    std::pair{"keys.provider", "write provider = \"...\" below [keys]"},
                                    std::pair{"rate_limit.limiter", "write limiter = \"...\" below [rate_limit]"}}) {
    const auto outcome = load({without_line(line)});
    EXPECT_FALSE(outcome.ok());
    EXPECT_THAT(problems_as_text(outcome.problems), HasSubstr(write));
  }
}

TEST(Production, DoesNotCallMissingWhatIsMisspelt) {
  EXPECT_THAT(summary(load({replaced(production_file, "public_url", "pubic_url")})),
              ElementsAre("error GH1002 gatehouse.toml:2:1"));
  EXPECT_THAT(summary(load({replaced(production_file, "storage.default", "storage.defualt")})),
              ElementsAre("error GH1002 gatehouse.toml:3:9"));
  EXPECT_THAT(summary(load({replaced(production_file, "keys.provider", "kees.provider")})),
              ElementsAre("error GH1003 gatehouse.toml:4:1"));
}

TEST(Production, RefusesToKeepRecordsInMemory) {
  const auto outcome = load({replaced(production_file, "[\"pg\"]", "[\"pg\", \"memory\"]")});
  EXPECT_THAT(summary(outcome), testing::Contains("error GH1017 gatehouse.toml:3:26"));
  EXPECT_THAT(problems_as_text(outcome.problems), HasSubstr("allow_ephemeral = true"));
}

TEST(Production, RefusesToKeepOneKindInMemory) {
  const auto outcome =
      load({replaced(production_file, "keys.provider", "storage.sessions = [\"memory\"]\nkeys.provider")});
  EXPECT_THAT(summary(outcome), testing::Contains("error GH1017 gatehouse.toml:4:21"));
}

TEST(Production, KeepsRecordsInMemoryWhenThatIsWrittenDown) {
  const auto outcome =
      load({"allow_ephemeral = true\n" + replaced(production_file, "[\"pg\"]", "[\"pg\", \"memory\"]")});
  EXPECT_TRUE(outcome.ok()) << problems_as_text(outcome.problems);
}

TEST(Production, RefusesTheOutbox) {
  const auto outcome = load({replaced(production_file, "[\"smtp\"]", "[\"out\"]") +
                             "[[plugin]]\nname = \"out\"\nlibrary = \"mail-outbox\"\n"});
  EXPECT_THAT(summary(outcome), testing::Contains("error GH1017 gatehouse.toml:32:16"));
}

TEST(Production, RefusesToPromiseMailsThatNobodySends) {
  for (const auto& file : {replaced(production_file, "[\"smtp\"]", "[]"), without_line("deliver_via")}) {
    const auto outcome = load({file});
    EXPECT_FALSE(outcome.ok());
    EXPECT_THAT(
        problems_as_text(outcome.problems),
        AllOf(HasSubstr("GH1009: mail.deliver_via"), HasSubstr("no mail would ever be sent"), HasSubstr("mail-smtp")));
  }
  EXPECT_TRUE(load({"mode = \"dev\"\nmail.deliver_via = []\n"}).ok());
}

TEST(Production, WarnsOfPlainHttp) {
  const auto outcome = load({replaced(production_file, "https://", "http://")});
  EXPECT_THAT(summary(outcome), testing::Contains("warning GH1109 gatehouse.toml:2:14"));
}

TEST(Production, WarnsOfPluginsThatAreNotPinned) {
  const auto outcome = load({without_line("sha256")});
  EXPECT_THAT(summary(outcome), testing::Contains("warning GH1108 gatehouse.toml:7:1"));
}

TEST(Production, SendsNoTokenInPlainText) {
  const std::string link = "[mail.links]\nreset = \"http://app.example.com/reset#{token}\"\n";
  EXPECT_THAT(summary(load({production_file + link})), testing::ElementsAre("error GH1017 gatehouse.toml:35:9"));
  EXPECT_TRUE(load({"mode = \"dev\"\n" + link}).ok());
  EXPECT_TRUE(load({production_file + replaced(link, "http:", "https:")}).ok());
}

TEST(Production, WarnsOfMailsFromNobody) {
  const auto outcome = load({without_line("from =")});
  EXPECT_THAT(summary(outcome), testing::ElementsAre("warning GH1112 gatehouse.toml:32:15"));
  EXPECT_THAT(problems_as_text(outcome.problems), HasSubstr("or set SMTP_FROM"));
}

TEST(Production, WarnsOfNoRateLimits) {
  const auto outcome = load({"rate_limit.enabled = false\n" + production_file});
  EXPECT_THAT(summary(outcome), testing::Contains("warning GH1110 gatehouse.toml:1:22"));
}

TEST(ConfigWarnings, TellThatEverybodyIsTrusted) {
  const auto outcome = load({"mode = \"dev\"\nserver.trusted_proxies = [\"10.0.0.0/8\", \"::/0\"]\n"});
  EXPECT_THAT(summary(outcome), ElementsAre("warning GH1106 gatehouse.toml:2:41"));
}

TEST(ConfigWarnings, TellThatAPluginIsNotUsed) {
  const auto outcome = load({"mode = \"dev\"\n[[plugin]]\nname = \"x\"\nlibrary = \"kms-local\"\n"});
  EXPECT_THAT(summary(outcome), ElementsAre("warning GH1104 gatehouse.toml:2:1"));
  EXPECT_THAT(problems_as_text(outcome.problems), HasSubstr("keys.provider"));
}

TEST(ConfigWarnings, TellThatAHashIsWeak) {
  for (const std::string hash :
       {"memory = \"8MiB\"", "memory = \"18MiB\", passes = 2", "memory = \"45MiB\", passes = 1"}) {
    const auto outcome = load({"mode = \"dev\"\npasswords.hash = { " + hash + " }\n"});
    EXPECT_THAT(summary(outcome), ElementsAre("warning GH1105 gatehouse.toml:2:29")) << hash;
  }
  for (const std::string hash : {"memory = \"19MiB\", passes = 2", "memory = \"46MiB\", passes = 1", "lanes = 1"}) {
    EXPECT_THAT(summary(load({"mode = \"dev\"\npasswords.hash = { " + hash + " }\n"})), IsEmpty()) << hash;
  }
}

}  // namespace
}  // namespace gatehouse::app
