// SPDX-License-Identifier: Apache-2.0
#include "config_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace gatehouse::app {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A dev configuration whose store is acme-store; `settings` begins at line 7.
std::string with_settings(const std::string& settings) {
  return "mode = \"dev\"\nstorage.default = [\"pg\"]\n[[plugin]]\nname = \"pg\"\nlibrary = "
         "\"acme-store\"\n[plugin.config]\n" +
         settings;
}

const PluginSetting& setting(const ConfigOutcome& outcome, std::string_view key) {
  const auto& settings = outcome.resolved.config.plugin("pg")->settings;
  static const PluginSetting none;
  const auto found = std::find_if(settings.begin(), settings.end(), [&](const auto& s) { return s.key == key; });
  EXPECT_NE(found, settings.end()) << key;
  return found == settings.end() ? none : *found;
}

TEST(PluginSettings, ReachThePluginInItsOwnUnits) {
  const auto outcome = load({with_settings(R"(url = "acme://db"
timeout = "2s"
cache = "4KiB"
pool_size = 3
read_only = true
tls = "off"
folder = "data/../acme2"
hosts = ["a", "b"]
)")});
  ASSERT_THAT(summary(outcome), IsEmpty());
  EXPECT_EQ(std::get<std::string>(setting(outcome, "url").value), "acme://db");
  EXPECT_EQ(std::get<std::int64_t>(setting(outcome, "timeout").value), 2'000'000);
  EXPECT_EQ(std::get<std::int64_t>(setting(outcome, "cache").value), 4096);
  EXPECT_EQ(std::get<std::int64_t>(setting(outcome, "pool_size").value), 3);
  EXPECT_EQ(std::get<bool>(setting(outcome, "read_only").value), true);
  EXPECT_EQ(std::get<std::string>(setting(outcome, "tls").value), "off");
  EXPECT_EQ(std::get<std::string>(setting(outcome, "folder").value), "/home/test/.local/state/gatehouse/acme2");
  EXPECT_EQ(setting(outcome, "timeout").origin.text(), "gatehouse.toml:8");
  const auto& all = outcome.resolved.config.plugin("pg")->settings;
  EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const auto& s) { return s.key == "hosts"; }), 2);
}

TEST(PluginSettings, AreFilledWithTheirDefaults) {
  const auto outcome = load({with_settings("url = \"x\"\n")});
  EXPECT_EQ(std::get<std::int64_t>(setting(outcome, "timeout").value), 150'000);
  EXPECT_EQ(std::get<std::string>(setting(outcome, "folder").value), "/home/test/.local/state/gatehouse/acme");
  EXPECT_EQ(setting(outcome, "timeout").origin.text(), "default");
}

struct SettingMistake {
  std::string name;
  std::string settings;
  std::string place;
  std::string id;
  std::string says;
};
void PrintTo(const SettingMistake& mistake, std::ostream* out) { *out << mistake.name; }

class PluginMistake : public testing::TestWithParam<SettingMistake> {};

TEST_P(PluginMistake, IsFoundWithTheSamePrecisionAsTheHostsOwn) {
  const auto& mistake = GetParam();
  const auto outcome = load({with_settings(mistake.settings)});
  const auto text = problems_as_text(outcome.problems);
  EXPECT_THAT(summary(outcome), ElementsAre("error " + mistake.id + " gatehouse.toml:" + mistake.place)) << text;
  EXPECT_THAT(text, HasSubstr(mistake.says)) << text;
  EXPECT_THAT(text, HasSubstr("plugin \"pg\"")) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, PluginMistake,
    testing::Values(
        SettingMistake{"UnknownKey", "url = \"x\"\ntimeot = \"1s\"\n", "8:1", "GH1002", "did you mean \"timeout\"?"},
        SettingMistake{"RequiredKeyMisspelt", "ulr = \"x\"\n", "7:1", "GH1002", "did you mean \"url\"?"},
        SettingMistake{"RequiredKeyMissing", "timeout = \"1s\"\n", "6:9", "GH1009", "url"},
        SettingMistake{"KeyOfTheBlock", "url = \"x\"\nmax_calls = 5\n", "8:1", "GH1002", "it belongs in [[plugin]]"},
        SettingMistake{"NumberForDuration", "url = \"x\"\ntimeout = 150\n", "8:11", "GH1008", "\"150ms\""},
        SettingMistake{"WrongUnit", "url = \"x\"\ntimeout = \"150msec\"\n", "8:11", "GH1008",
                       "did you mean \"150ms\"?"},
        SettingMistake{"DecimalSize", "url = \"x\"\ncache = \"1MB\"\n", "8:9", "GH1008", "did you mean \"1MiB\"?"},
        SettingMistake{"TextForNumber", "url = \"x\"\npool_size = \"8\"\n", "8:13", "GH1004", "without quotes"},
        SettingMistake{"TextForFlag", "url = \"x\"\nread_only = \"true\"\n", "8:13", "GH1004", "without quotes"},
        SettingMistake{"NumberForText", "url = 5\n", "7:7", "GH1004", "text"},
        SettingMistake{"NotAllowed", "url = \"x\"\ntls = \"verify_full\"\n", "8:7", "GH1005",
                       "did you mean \"verify-full\"?"},
        SettingMistake{"TextForList", "url = \"x\"\nhosts = \"a\"\n", "8:9", "GH1004", "[\"a\"]"},
        SettingMistake{"NumberInList", "url = \"x\"\nhosts = [\"a\", 5]\n", "8:15", "GH1004", "hosts"},
        SettingMistake{"FractionForNumber", "url = \"x\"\npool_size = 1.5\n", "8:13", "GH1004", "fraction"},
        SettingMistake{"TableForNumber", "url = \"x\"\npool_size = { env = \"N\" }\n", "8:13", "GH1004", "a table"},
        SettingMistake{"ReferenceToNothingKnown", "url = \"x\"\npassword = { var = \"N\" }\n", "8:14", "GH1007", "env"},
        SettingMistake{"ReferenceToTwo", "url = \"x\"\npassword = { env = \"N\", file = \"/n\" }\n", "8:12", "GH1007",
                       "one key"},
        SettingMistake{"VariableNotSet", "url = \"x\"\npassword = { env = \"NOT_SET\" }\n", "8:20", "GH1016",
                       "NOT_SET"},
        SettingMistake{"VariableEmpty", "url = \"x\"\npassword = { env = \"EMPTY\" }\n", "8:20", "GH1016", "EMPTY"},
        SettingMistake{"FileNotThere", "url = \"x\"\npassword = { file = \"/none\" }\n", "8:21", "GH1016",
                       "no file /none"},
        SettingMistake{"FileRelative", "url = \"x\"\npassword = { file = \"none\" }\n", "8:21", "GH1007", "absolute"}),
    [](const auto& test) { return test.param.name; });

TEST(PluginSecrets, ComeFromTheEnvironment) {
  const auto outcome = load({with_settings("url = \"x\"\npassword = { env = \"PW\" }\n"), {{"PW", "canary"}}});
  ASSERT_THAT(summary(outcome), IsEmpty());
  const auto& password = setting(outcome, "password");
  EXPECT_TRUE(password.is_secret);
  EXPECT_EQ(password.secret.reveal(), "canary");
  EXPECT_EQ(password.origin.text(), "environment PW");
}

TEST(PluginSecrets, ComeFromAFile) {
  const auto outcome = load({.file = with_settings("url = \"x\"\npassword = { file = \"/run/pw\" }\n"),
                             .secret_files = {{"/run/pw", "canary"}}});
  ASSERT_THAT(summary(outcome), IsEmpty());
  EXPECT_EQ(setting(outcome, "password").secret.reveal(), "canary");
  EXPECT_EQ(setting(outcome, "password").origin.text(), "/run/pw");
}

TEST(PluginSecrets, InAFileThatOthersCanReadAreAWarning) {
  const auto outcome = load({.file = with_settings("url = \"x\"\npassword = { file = \"/run/pw\" }\n"),
                             .secret_files = {{"/run/pw", "canary"}},
                             .secrets_open = true});
  EXPECT_THAT(summary(outcome), ElementsAre("warning GH1107 gatehouse.toml:8:21"));
}

TEST(PluginSecrets, InTheFileItselfWorkWithAWarningThatDoesNotShowThem) {
  const auto outcome = load({with_settings("url = \"x\"\npassword = \"canary\"\n")});
  EXPECT_THAT(summary(outcome), ElementsAre("warning GH1101 gatehouse.toml:8:12"));
  EXPECT_EQ(setting(outcome, "password").secret.reveal(), "canary");
  EXPECT_THAT(problems_as_text(outcome.problems), Not(HasSubstr("canary")));
}

// That `dsn` is a secret is known from the plugin's table alone.
TEST(PluginSecrets, AreNotShownWhateverTheirKeyIsCalled) {
  const auto warned = load({with_settings("url = \"x\"\ndsn = \"canary\"\n")});
  EXPECT_THAT(summary(warned), ElementsAre("warning GH1101 gatehouse.toml:8:7"));
  EXPECT_THAT(problems_as_text(warned.problems), Not(HasSubstr("canary")));

  const auto refused = load({with_settings("url = \"x\"\ndsn = [\"canary\"]\n")});
  EXPECT_THAT(summary(refused), ElementsAre("error GH1004 gatehouse.toml:8:7"));
  EXPECT_THAT(problems_as_text(refused.problems), Not(HasSubstr("canary")));
}

TEST(PluginSecrets, AnyTextMayBeAReferenceAndIsThenKeptLikeASecret) {
  const auto outcome = load({with_settings("url = { env = \"DB\" }\n"), {{"DB", "acme://canary@db"}}});
  ASSERT_THAT(summary(outcome), IsEmpty());
  EXPECT_TRUE(setting(outcome, "url").is_secret);
}

TEST(PluginSecrets, APathFromOutsideIsBelowTheStateFolderToo) {
  const auto outcome = load({with_settings("url = \"x\"\nfolder = { env = \"F\" }\n"), {{"F", "acme3"}}});
  ASSERT_THAT(summary(outcome), IsEmpty());
  EXPECT_EQ(setting(outcome, "folder").secret.reveal(), "/home/test/.local/state/gatehouse/acme3");
}

TEST(PluginSecrets, ThatAreNotAllowedAreRefusedWithoutBeingShown) {
  const auto outcome = load({with_settings("url = \"x\"\ntls = { env = \"TLS\" }\n"), {{"TLS", "canary"}}});
  EXPECT_THAT(summary(outcome), ElementsAre("error GH1007 gatehouse.toml:8:15"));
  EXPECT_THAT(problems_as_text(outcome.problems), Not(HasSubstr("canary")));
}

TEST(HmacVariables, ReachTheLocalKeyProviderUnderTheirOldNames) {
  const auto outcome = load({.environment = {{"HMAC_SECRETS", "aa,bb"}}, .flags = {dev_flag()}});
  EXPECT_THAT(summary(outcome), IsEmpty());
  const auto& settings = outcome.resolved.config.plugin("kms-local")->settings;
  const auto found =
      std::find_if(settings.begin(), settings.end(), [](const auto& s) { return s.key == "hmac_secrets"; });
  ASSERT_NE(found, settings.end());
  EXPECT_EQ(found->secret.reveal(), "aa,bb");
  EXPECT_EQ(found->origin.text(), "environment HMAC_SECRETS");
}

TEST(HmacVariables, TheSecondNameIsToldThatItHasNoEffect) {
  const auto outcome = load({.environment = {{"HMAC_SECRETS", "aa"}, {"HMAC_SECRET", "bb"}}, .flags = {dev_flag()}});
  EXPECT_THAT(summary(outcome), ElementsAre("warning GH1103 environment HMAC_SECRET"));
}

TEST(HmacVariables, AreNamedWhenThePluginRefusesWhatIsInThem) {
  const auto refuse = [](const Config&, const PluginBlock& block) {
    return block.id == "kms-local"
               ? std::string("plugin kms-local: hmac_secrets: secret 1 looks typed; try openssl rand")
               : std::string();
  };
  const auto outcome = load({.environment = {{"HMAC_SECRET", "CaNaRy"}}, .flags = {dev_flag()}, .ask = refuse});
  EXPECT_THAT(summary(outcome), ElementsAre("error GH1007 environment HMAC_SECRET"));
  EXPECT_THAT(problems_as_text(outcome.problems), AllOf(HasSubstr("looks typed"), HasSubstr("openssl rand")));
}

TEST(HmacVariables, TheFileComesFirst) {
  const auto outcome =
      load({"mode = \"dev\"\n[[plugin]]\nname = \"kms-local\"\n[plugin.config]\nhmac_secrets = { env = \"X\" }\n",
            {{"HMAC_SECRET", "bb"}, {"X", "cc"}}});
  EXPECT_THAT(summary(outcome), ElementsAre("warning GH1103 environment HMAC_SECRET"));
}

TEST(PluginOpinion, IsAskedOnceTheTableIsRight) {
  const auto outcome =
      load({.file = with_settings("url = \"x\"\n"), .ask = [](const Config&, const PluginBlock& block) {
              return block.name == "pg" ? "plugin \"pg\": url has no scheme" : "";
            }});
  EXPECT_THAT(summary(outcome), ElementsAre("error GH1007 gatehouse.toml:6:9"));
  EXPECT_THAT(problems_as_text(outcome.problems), HasSubstr("no scheme"));
}

TEST(PluginOpinion, IsNotAskedAboutSettingsThatWereRefused) {
  const auto outcome = load({.file = with_settings("url = 5\n"), .ask = [](const Config&, const PluginBlock& block) {
                               return block.name == "pg" ? "asked" : "";
                             }});
  EXPECT_THAT(summary(outcome), ElementsAre("error GH1004 gatehouse.toml:7:7"));
}

}  // namespace
}  // namespace gatehouse::app
