// SPDX-License-Identifier: Apache-2.0
#include "app/config_settings.h"
#include "config_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

namespace gatehouse::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

std::string origin(const ConfigOutcome& outcome, const std::string& path) {
  return outcome.resolved.origins.at(path).text();
}

TEST(ConfigDefaults, DevNeedsNoFile) {
  const auto outcome = load({.flags = {dev_flag()}});
  EXPECT_THAT(summary(outcome), IsEmpty());
  const auto& config = outcome.resolved.config;
  EXPECT_EQ(config.mode, Mode::Dev);
  EXPECT_EQ(config.server.listen, "127.0.0.1:8080");
  EXPECT_EQ(config.state_dir, "/home/test/.local/state/gatehouse");
  EXPECT_THAT(config.plugin_path, ElementsAre("/lib/gatehouse"));
  EXPECT_EQ(config.tokens.issuer, "gatehouse");
  EXPECT_THAT(config.storage.chain, ElementsAre("store-memory"));
  EXPECT_EQ(config.keys.provider, "kms-local");
  EXPECT_THAT(config.rate_limit.limiter, ElementsAre("store-memory"));
  EXPECT_THAT(config.mail.deliver_via, ElementsAre("mail-outbox"));
  ASSERT_EQ(config.plugins.size(), 3U);
  for (const auto& block : config.plugins) EXPECT_EQ(block.origin.text(), "default (dev)");
}

TEST(ConfigDefaults, DevInTheFileIsAsGoodAsTheFlag) {
  EXPECT_EQ(load({"mode = \"dev\"\n"}).resolved.config.plugins.size(), 3U);
}

TEST(ConfigDefaults, DevKeepsTheRolesThatTheFileFills) {
  const auto outcome =
      load({"mode = \"dev\"\nkeys.provider = \"vault\"\n[[plugin]]\nname = \"vault\"\nlibrary = "
            "\"kms-local\"\n"});
  EXPECT_TRUE(outcome.ok()) << problems_as_text(outcome.problems);
  const auto& config = outcome.resolved.config;
  EXPECT_EQ(config.plugin("kms-local"), nullptr);
  EXPECT_NE(config.plugin("vault"), nullptr);
  EXPECT_NE(config.plugin("store-memory"), nullptr);
}

TEST(ConfigDefaults, AFileWithoutModeIsForProduction) {
  EXPECT_EQ(load({""}).resolved.config.mode, Mode::Production);
  EXPECT_EQ(load({""}).resolved.config.state_dir, "/var/lib/gatehouse");
}

TEST(ConfigDefaults, TheStateFolderFollowsXdgWhenItIsAbsolute) {
  EXPECT_EQ(load({.environment = {{"XDG_STATE_HOME", "/s"}}, .flags = {dev_flag()}}).resolved.config.state_dir,
            "/s/gatehouse");
  EXPECT_EQ(load({.environment = {{"XDG_STATE_HOME", "s"}}, .flags = {dev_flag()}}).resolved.config.state_dir,
            "/home/test/.local/state/gatehouse");
}

TEST(ConfigDefaults, WithoutAnyHomeTheStateFolderMustBeSaid) {
  const auto outcome = load({.environment = {{"HOME", ""}}, .flags = {dev_flag()}});
  EXPECT_THAT(summary(outcome), ElementsAre("error GH1009 gatehouse.toml"));
}

TEST(ConfigDefaults, TheIssuerIsThePublicUrl) {
  const auto outcome = load({production_file});
  EXPECT_EQ(outcome.resolved.config.tokens.issuer, "https://auth.example.com");
  EXPECT_EQ(origin(outcome, "tokens.issuer"), "default (public_url)");
}

TEST(ConfigDefaults, OneAddressIsANetworkOfOne) {
  const auto outcome = load({"mode = \"dev\"\nserver.trusted_proxies = [\"10.0.0.1\", \"::1\", \"10.0.0.0/8\"]\n"});
  EXPECT_THAT(outcome.resolved.config.server.trusted_proxies, ElementsAre("10.0.0.1/32", "::1/128", "10.0.0.0/8"));
}

// Peers are compared as IPv4, so that is what the network is.
TEST(ConfigDefaults, AnIpv4NetworkWrittenAsIpv6IsTheIpv4Network) {
  const auto outcome =
      load({"mode = \"dev\"\nserver.trusted_proxies = [\"::ffff:10.0.0.1\", \"::ffff:10.0.0.0/104\", "
            "\"::ffff:a00:2/128\"]\n"});
  EXPECT_THAT(outcome.resolved.config.server.trusted_proxies, ElementsAre("10.0.0.1/32", "10.0.0.0/8", "10.0.0.2/32"))
      << problems_as_text(outcome.problems);
  EXPECT_THAT(summary(load({"mode = \"dev\"\nserver.trusted_proxies = [\"::ffff:0.0.0.0/96\"]\n"})),
              ElementsAre("warning GH1106 gatehouse.toml:2:27"));
}

TEST(ConfigDefaults, WritingOneDownChangesNothing) {
  for (const std::string line : {"keys.provider = \"kms-local\"", "storage.default = [\"store-memory\"]",
                                 "storage.sessions = [\"store-memory\"]", "rate_limit.limiter = \"store-memory\"",
                                 "mail.deliver_via = [\"mail-outbox\"]"}) {
    const auto outcome = load({"mode = \"dev\"\n" + line + "\n"});
    EXPECT_THAT(outcome.problems, IsEmpty()) << line << "\n" << problems_as_text(outcome.problems);
    EXPECT_EQ(outcome.resolved.config.plugins.size(), 3U) << line;
  }
}

TEST(ConfigDefaults, APluginOfADevelopersServerIsThereWhereverItIsNamed) {
  const auto outcome =
      load({"mode = \"dev\"\nstorage.default = [\"pg\"]\nstorage.sessions = [\"store-memory\"]\nrate_limit.limiter = "
            "\"store-memory\"\n[[plugin]]\nname = \"pg\"\nlibrary = \"acme-store\"\nconfig.url = \"acme://db\"\n"});
  EXPECT_THAT(outcome.problems, IsEmpty()) << problems_as_text(outcome.problems);
}

TEST(ConfigFile, FillsTheTypedSettings) {
  const auto outcome = load({R"(mode = "dev"
server = { threads = 3, drain_delay = "1500ms", hsts = true }
cors.allowed_origins = ["https://a.example", "http://localhost:5173"]
tokens.rotation = "mobile"
tokens.on_reuse = "revoke-session"
tokens.grace = "5s"
tokens.late_budget = 7
tokens.algorithm = "EdDSA"
sessions.max_per_user = 9
log.level = "error"
rate_limit.default = "200/120s"
[passwords]
policy = "nist"
hash = { memory = "32MiB", passes = 2, lanes = 1 }
[storage]
sessions = ["other"]
[[plugin]]
name = "other"
library = "acme-store"
max_calls = 5
call_timeout = "20ms"
config.url = "x"
)"});
  EXPECT_TRUE(outcome.ok()) << problems_as_text(outcome.problems);
  const auto& config = outcome.resolved.config;
  EXPECT_EQ(config.server.threads, 3U);
  EXPECT_EQ(config.server.drain_delay, 1500ms);
  EXPECT_TRUE(config.server.hsts);
  EXPECT_THAT(config.cors.allowed_origins, ElementsAre("https://a.example", "http://localhost:5173"));
  EXPECT_EQ(config.tokens.rotation, RotationProfile::Mobile);
  EXPECT_EQ(config.tokens.on_reuse, OnReuse::RevokeSession);
  EXPECT_EQ(config.tokens.grace, 5s);
  EXPECT_EQ(config.tokens.late_window, std::nullopt);
  EXPECT_EQ(config.tokens.late_budget, 7U);
  EXPECT_EQ(config.tokens.algorithm, TokenAlgorithm::EdDSA);
  EXPECT_EQ(config.sessions.max_per_user, 9U);
  EXPECT_EQ(config.log.level, LogLevel::Error);
  EXPECT_EQ(config.rate_limit.other, (Rate{200, 120s}));
  EXPECT_EQ(config.passwords.policy, PolicyProfile::Nist);
  EXPECT_EQ(config.passwords.hash.memory, 32U * 1024 * 1024);
  EXPECT_EQ(config.passwords.hash.passes, 2U);
  EXPECT_THAT(config.store_chain("session"), ElementsAre("other"));
  EXPECT_THAT(config.store_chain("user"), ElementsAre("store-memory"));
  EXPECT_EQ(config.plugin("other")->max_calls, 5U);
  EXPECT_EQ(config.plugin("other")->call_timeout, 20ms);
}

TEST(ConfigFile, NamesOneLimiterOrAChainOfThem) {
  const std::string dev = "mode = \"dev\"\nrate_limit.limiter = ";
  EXPECT_THAT(load({dev + "\"store-memory\"\n"}).resolved.config.rate_limit.limiter, ElementsAre("store-memory"));
  const auto chain = load({dev + "[\"other\", \"store-memory\"]\n[[plugin]]\nname = \"other\"\nlibrary = "
                                 "\"store-memory\"\n"});
  EXPECT_THAT(summary(chain), IsEmpty()) << problems_as_text(chain.problems);
  EXPECT_THAT(chain.resolved.config.rate_limit.limiter, ElementsAre("other", "store-memory"));
  EXPECT_THAT(summary(load({dev + "\"Not A Name\"\n"})), ElementsAre("error GH1007 gatehouse.toml:2:22"));
}

TEST(ConfigPrecedence, IsFlagThenEnvironmentThenFileThenDefault) {
  Given given{"mode = \"dev\"\nserver.listen = \"127.0.0.1:1\"\n"};
  EXPECT_EQ(load({"mode = \"dev\"\n"}).resolved.config.server.listen, "127.0.0.1:8080");
  auto outcome = load(given);
  EXPECT_EQ(outcome.resolved.config.server.listen, "127.0.0.1:1");
  EXPECT_EQ(origin(outcome, "server.listen"), "gatehouse.toml:2");

  given.environment["GATEHOUSE__SERVER__LISTEN"] = "127.0.0.1:2";
  outcome = load(given);
  EXPECT_EQ(outcome.resolved.config.server.listen, "127.0.0.1:2");
  EXPECT_EQ(origin(outcome, "server.listen"), "environment GATEHOUSE__SERVER__LISTEN");

  given.flags = {{"--listen", "server.listen", "127.0.0.1:3"}};
  outcome = load(given);
  EXPECT_EQ(outcome.resolved.config.server.listen, "127.0.0.1:3");
  EXPECT_EQ(origin(outcome, "server.listen"), "flag --listen");
}

TEST(ConfigEnvironment, SetsEveryKindOfValue) {
  const auto outcome = load({.environment = {{"GATEHOUSE__MODE", "dev"},
                                             {"GATEHOUSE__TOKENS__ACCESS_TTL", "5m"},
                                             {"GATEHOUSE__SIGNUP__ENABLED", "false"},
                                             {"GATEHOUSE__SERVER__THREADS", "7"},
                                             {"GATEHOUSE__PASSWORDS__HASH__MEMORY", "32MiB"},
                                             {"GATEHOUSE__RATE_LIMIT__LOGIN", "9/60s"},
                                             {"GATEHOUSE__TOKENS__ROTATION", "balanced"},
                                             {"GATEHOUSE__SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1"},
                                             {"GATEHOUSE__STORAGE__SESSIONS", "store-memory"}}});
  EXPECT_TRUE(outcome.ok()) << problems_as_text(outcome.problems);
  const auto& config = outcome.resolved.config;
  EXPECT_EQ(config.mode, Mode::Dev);
  EXPECT_EQ(config.tokens.access_ttl, 5min);
  EXPECT_FALSE(config.signup.enabled);
  EXPECT_EQ(config.server.threads, 7U);
  EXPECT_EQ(config.passwords.hash.memory, 32U * 1024 * 1024);
  EXPECT_EQ(config.rate_limit.login, (Rate{9, 60s}));
  EXPECT_EQ(config.tokens.rotation, RotationProfile::Balanced);
  EXPECT_THAT(config.server.trusted_proxies, ElementsAre("10.0.0.0/8", "::1/128"));
  EXPECT_THAT(config.store_chain("session"), ElementsAre("store-memory"));
}

TEST(ConfigEnvironment, MistakesNameTheVariable) {
  const auto outcome = load({.environment = {{"GATEHOUSE__TOKENS__ACCESS_TTL", "5"}}, .flags = {dev_flag()}});
  EXPECT_THAT(summary(outcome), ElementsAre("error GH1008 environment GATEHOUSE__TOKENS__ACCESS_TTL"));
}

TEST(ConfigEnvironment, AnUnknownVariableIsAWarningWithTheNearOne) {
  const auto outcome = load({.environment = {{"GATEHOUSE__SERVER__LISTN", "127.0.0.1:1"}}, .flags = {dev_flag()}});
  EXPECT_THAT(summary(outcome), ElementsAre("warning GH1102 environment GATEHOUSE__SERVER__LISTN"));
  EXPECT_THAT(problems_as_text(outcome.problems), HasSubstr("did you mean \"GATEHOUSE__SERVER__LISTEN\"?"));
}

TEST(ConfigEnvironment, AVariableWithSingleUnderscoresIsNotIgnoredInSilence) {
  const auto outcome = load({.environment = {{"GATEHOUSE_RATE_LIMIT_LOGIN", "1/60s"}}, .flags = {dev_flag()}});
  EXPECT_THAT(summary(outcome), ElementsAre("warning GH1102 environment GATEHOUSE_RATE_LIMIT_LOGIN"));
  EXPECT_THAT(problems_as_text(outcome.problems), HasSubstr("did you mean \"GATEHOUSE__RATE_LIMIT__LOGIN\"?"));
}

TEST(ConfigEnvironment, AVariableThatIsNearNothingIsToldHowTheyAreMade) {
  const auto outcome = load({.environment = {{"GATEHOUSE_LISTEN", "127.0.0.1:1"}}, .flags = {dev_flag()}});
  EXPECT_THAT(summary(outcome), ElementsAre("warning GH1102 environment GATEHOUSE_LISTEN"));
  EXPECT_THAT(problems_as_text(outcome.problems), HasSubstr("GATEHOUSE__SERVER__LISTEN"));
}

TEST(ConfigEnvironment, EveryBadElementOfAListIsAnErrorOfItsOwn) {
  const auto outcome =
      load({.environment = {{"GATEHOUSE__SERVER__BASE_PATHS", "auth,/ok,/a/"}}, .flags = {dev_flag()}});
  EXPECT_THAT(summary(outcome), ElementsAre("error GH1007 environment GATEHOUSE__SERVER__BASE_PATHS",
                                            "error GH1007 environment GATEHOUSE__SERVER__BASE_PATHS"));
}

TEST(ConfigLegacyEnvironment, NamesOfTheSystemsBeforeWorkAsDefaults) {
  const auto outcome = load({.environment = {{"JWT_ACCESS_EXPIRES_IN", "10m"},
                                             {"JWT_REFRESH_EXPIRES_IN", "14d"},
                                             {"SMTP_FROM", "a@example.com"},
                                             {"LOCKOUT_MAX_ATTEMPTS", "3"},
                                             {"LOCKOUT_DURATION_MINUTES", "20"}},
                             .flags = {dev_flag()}});
  EXPECT_THAT(summary(outcome), IsEmpty());
  EXPECT_EQ(outcome.resolved.config.tokens.access_ttl, 10min);
  EXPECT_EQ(outcome.resolved.config.sessions.idle_ttl, 14 * 24h);
  EXPECT_EQ(outcome.resolved.config.mail.from, "a@example.com");
  EXPECT_EQ(outcome.resolved.config.lockout.max_attempts, 3U);
  EXPECT_EQ(outcome.resolved.config.lockout.duration, 20min);
  EXPECT_EQ(origin(outcome, "lockout.duration"), "environment LOCKOUT_DURATION_MINUTES");
  EXPECT_EQ(origin(outcome, "tokens.access_ttl"), "environment JWT_ACCESS_EXPIRES_IN");
}

TEST(ConfigLegacyEnvironment, TheFileComesFirstAndTheVariableIsNotIgnoredInSilence) {
  const auto outcome = load({"mode = \"dev\"\ntokens.access_ttl = \"5m\"\n", {{"JWT_ACCESS_EXPIRES_IN", "10m"}}});
  EXPECT_EQ(outcome.resolved.config.tokens.access_ttl, 5min);
  EXPECT_THAT(summary(outcome), ElementsAre("warning GH1103 environment JWT_ACCESS_EXPIRES_IN"));
  EXPECT_THAT(problems_as_text(outcome.problems), HasSubstr("gatehouse.toml:2"));
}

TEST(ConfigLegacyEnvironment, AValueThatIsNotOursIsAnError) {
  const auto outcome = load({.environment = {{"JWT_ACCESS_EXPIRES_IN", "900"}}, .flags = {dev_flag()}});
  EXPECT_THAT(summary(outcome), ElementsAre("error GH1008 environment JWT_ACCESS_EXPIRES_IN"));
}

TEST(ConfigLegacyEnvironment, MinutesThatAreNoNumberAreAnError) {
  for (const char* value : {"soon", "15m", "1.5", "-3"}) {
    const auto outcome = load({.environment = {{"LOCKOUT_DURATION_MINUTES", value}}, .flags = {dev_flag()}});
    EXPECT_THAT(summary(outcome), ElementsAre("error GH1007 environment LOCKOUT_DURATION_MINUTES")) << value;
    EXPECT_THAT(problems_as_text(outcome.problems), HasSubstr("a whole number without a unit, such as \"15\""))
        << value;
  }
}

class VariableWithoutEffect : public testing::TestWithParam<std::string> {};

TEST_P(VariableWithoutEffect, IsNamedInAWarning) {
  const auto outcome = load({.environment = {{GetParam(), "canary"}}, .flags = {dev_flag()}});
  EXPECT_THAT(summary(outcome), ElementsAre("warning GH1103 environment " + GetParam()));
  EXPECT_THAT(problems_as_text(outcome.problems), testing::Not(HasSubstr("canary")));
}

INSTANTIATE_TEST_SUITE_P(Table, VariableWithoutEffect,
                         testing::Values("VAULT_ADDR", "VAULT_TOKEN", "SMTP_HOST", "SMTP_PORT", "SMTP_USER",
                                         "SMTP_PASS", "MAIL_QUEUE_KEY", "MAIL_DIRECT"));

TEST(ConfigFlags, DevDoesNotOpenAProductionServer) {
  const auto outcome = load({production_file, {}, {dev_flag()}});
  EXPECT_THAT(summary(outcome), testing::Contains("error GH1011 gatehouse.toml:1:8"));
}

TEST(ConfigFlags, DevDoesNotOverruleTheEnvironmentEither) {
  const auto outcome = load({.environment = {{"GATEHOUSE__MODE", "production"}}, .flags = {dev_flag()}});
  EXPECT_THAT(summary(outcome), testing::Contains("error GH1011 environment GATEHOUSE__MODE"));
}

TEST(ConfigOrigins, EverySettingHasOne) {
  const auto outcome = load({.flags = {dev_flag()}});
  for (const auto& setting : settings()) {
    EXPECT_TRUE(outcome.resolved.origins.contains(setting.path)) << setting.path;
  }
}

TEST(Settings, HaveDefaultsThatTheirOwnRulesAccept) {
  const Config defaults;
  for (const auto& setting : settings()) {
    const auto value = setting.get(defaults);
    if (std::holds_alternative<std::monostate>(value)) continue;
    auto text = format_value(setting.rule, value);
    if (text == "\"\"" && !setting.when_unset.empty()) continue;
    const auto document = parse_document("x = " + text);
    ASSERT_TRUE(document) << setting.path;
    auto again = read_value(setting.rule, document->children.at(0));
    ASSERT_TRUE(again) << setting.path << ": " << again.error().message;
    EXPECT_EQ(*again, value) << setting.path;
    Config copy_of_defaults;
    setting.set(copy_of_defaults, std::move(*again));
    EXPECT_EQ(setting.get(copy_of_defaults), value) << setting.path;
  }
}

TEST(Settings, EachHasASentenceAndAPathOfItsOwn) {
  std::set<std::string_view> paths;
  for (const auto& setting : settings()) {
    EXPECT_TRUE(paths.insert(setting.path).second) << setting.path;
    EXPECT_TRUE(setting.summary.ends_with('.')) << setting.path;
    const bool unset = std::holds_alternative<std::monostate>(setting.get(Config{}));
    EXPECT_FALSE(unset && setting.when_unset.empty()) << setting.path;
  }
}

}  // namespace
}  // namespace gatehouse::app
