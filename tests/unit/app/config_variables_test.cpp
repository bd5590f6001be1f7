// SPDX-License-Identifier: Apache-2.0
#include "app/config_show.h"
#include "config_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <variant>

namespace gatehouse::app {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Variables = std::map<std::string, std::string>;

// What a deployment of the former service had in its environment; Gatehouse adds its public URL.
const Variables whole = {{"GATEHOUSE__PUBLIC_URL", "https://auth.example.com"},
                         {"DATABASE_URL", "postgresql://app:canary1@db/auth"},
                         {"REDIS_URL", "redis://default:canary%402@127.0.0.1:6380/3"},
                         {"HMAC_SECRETS", "canary3"},
                         {"KMS_PROVIDER", "local"},
                         {"MAIL_PROVIDER", "smtp"},
                         {"SMTP_HOST", "mail.example.com"},
                         {"SMTP_PORT", "2525"},
                         {"SMTP_USER", "mailer"},
                         {"SMTP_PASS", "canary4"},
                         {"SMTP_FROM", "Example <no-reply@example.com>"},
                         {"JWT_ACCESS_EXPIRES_IN", "10m"},
                         {"JWT_REFRESH_EXPIRES_IN", "14d"}};

Variables with(Variables variables, const Variables& more) {
  for (const auto& [name, value] : more) variables[name] = value;
  return variables;
}

const PluginSetting* setting(const ConfigOutcome& outcome, std::string_view plugin, std::string_view key) {
  const auto* block = outcome.resolved.config.plugin(plugin);
  if (block == nullptr) return nullptr;
  const auto found =
      std::find_if(block->settings.begin(), block->settings.end(), [&](const auto& s) { return s.key == key; });
  return found == block->settings.end() ? nullptr : &*found;
}

// The value of a plugin's setting, with where it comes from: "mailer (environment SMTP_USER)".
std::string told(const ConfigOutcome& outcome, std::string_view plugin, std::string_view key) {
  const auto* found = setting(outcome, plugin, key);
  if (found == nullptr) return "none";
  const auto* number = std::get_if<std::int64_t>(&found->value);
  const auto* text = std::get_if<std::string>(&found->value);
  const auto value = found->is_secret ? found->secret.reveal() : number ? std::to_string(*number) : text ? *text : "?";
  return value + " (" + found->origin.text() + ")";
}

std::string origin(const ConfigOutcome& outcome, const std::string& path) {
  return outcome.resolved.origins.at(path).text();
}

TEST(Variables, AloneAreAWholeConfigurationForProduction) {
  const auto outcome = load({.environment = whole});
  EXPECT_TRUE(outcome.ok()) << problems_as_text(outcome.problems);
  EXPECT_THAT(summary(outcome), ElementsAre("warning GH1108 environment")) << "nothing pins the plugins' files";
  const auto& config = outcome.resolved.config;
  EXPECT_EQ(config.mode, Mode::Production);
  EXPECT_THAT(config.storage.chain, ElementsAre("store-postgres"));
  EXPECT_THAT(config.store_chain("session"), ElementsAre("store-redis", "store-postgres"));
  EXPECT_THAT(config.store_chain("event"), ElementsAre("store-postgres"));
  EXPECT_THAT(config.rate_limit.limiter, ElementsAre("store-redis", "store-memory"));
  EXPECT_EQ(config.keys.provider, "kms-local");
  EXPECT_THAT(config.mail.deliver_via, ElementsAre("mail-smtp"));
  EXPECT_EQ(config.mail.from, "Example <no-reply@example.com>");
  EXPECT_EQ(config.plugin("mail-smtp")->call_timeout, std::chrono::seconds(60));
}

TEST(Variables, ReachThePlugins) {
  const auto outcome = load({.environment = whole});
  EXPECT_EQ(told(outcome, "store-postgres", "url"), "postgresql://app:canary1@db/auth (environment DATABASE_URL)");
  EXPECT_EQ(told(outcome, "store-redis", "url"), "redis://127.0.0.1:6380/3 (environment REDIS_URL)");
  EXPECT_EQ(told(outcome, "store-redis", "username"), "default (environment REDIS_URL)");
  EXPECT_EQ(told(outcome, "store-redis", "password"), "canary@2 (environment REDIS_URL)");
  EXPECT_EQ(told(outcome, "kms-local", "hmac_secrets"), "canary3 (environment HMAC_SECRETS)");
  EXPECT_EQ(told(outcome, "mail-smtp", "host"), "mail.example.com (environment SMTP_HOST)");
  EXPECT_EQ(told(outcome, "mail-smtp", "port"), "2525 (environment SMTP_PORT)");
  EXPECT_EQ(told(outcome, "mail-smtp", "username"), "mailer (environment SMTP_USER)");
  EXPECT_EQ(told(outcome, "mail-smtp", "password"), "canary4 (environment SMTP_PASS)");
  EXPECT_EQ(told(outcome, "mail-smtp", "tls"), "starttls (default)");

  const auto vault =
      load({.environment = with(
                whole, {{"KMS_PROVIDER", "vault"}, {"VAULT_ADDR", "https://vault:8200"}, {"VAULT_TOKEN", "canary5"}})});
  EXPECT_EQ(vault.resolved.config.keys.provider, "kms-vault");
  EXPECT_EQ(told(vault, "kms-vault", "address"), "https://vault:8200 (environment VAULT_ADDR)");
  EXPECT_EQ(told(vault, "kms-vault", "token"), "canary5 (environment VAULT_TOKEN)");
  EXPECT_THAT(summary(vault), Contains("warning GH1103 environment HMAC_SECRETS")) << "Vault has the keys";
}

TEST(Variables, AreWhereEachValueComesFromAndNoSecretIsShown) {
  const auto outcome = load({.environment = whole});
  EXPECT_EQ(origin(outcome, "storage.default"), "environment DATABASE_URL");
  EXPECT_EQ(origin(outcome, "storage.sessions"), "environment REDIS_URL");
  EXPECT_EQ(origin(outcome, "rate_limit.limiter"), "environment REDIS_URL");
  EXPECT_EQ(origin(outcome, "keys.provider"), "environment KMS_PROVIDER");
  EXPECT_EQ(origin(outcome, "mail.deliver_via"), "environment MAIL_PROVIDER");
  EXPECT_EQ(outcome.resolved.config.plugin("store-redis")->origin.text(), "environment REDIS_URL");
  for (const auto& text : {show_config(outcome.resolved), show_config_json(outcome.resolved)}) {
    EXPECT_THAT(text, AllOf(HasSubstr("environment DATABASE_URL"), HasSubstr("environment SMTP_PASS"),
                            HasSubstr("mail.example.com"), Not(HasSubstr("canary"))));
  }
}

TEST(Variables, OfADatabaseAloneMakeEachServerCountForItself) {
  auto variables = whole;
  variables.erase("REDIS_URL");
  const auto outcome = load({.environment = variables});
  EXPECT_TRUE(outcome.ok()) << problems_as_text(outcome.problems);
  EXPECT_THAT(outcome.resolved.config.store_chain("session"), ElementsAre("store-postgres"));
  EXPECT_THAT(outcome.resolved.config.rate_limit.limiter, ElementsAre("store-memory"));
}

TEST(Variables, ThatAreMissingAreNamed) {
  const auto outcome = load({.environment = {{"GATEHOUSE__MODE", "production"}}});
  EXPECT_THAT(problems_as_text(outcome.problems),
              AllOf(HasSubstr("set GATEHOUSE__PUBLIC_URL"), HasSubstr("set DATABASE_URL"), HasSubstr("set REDIS_URL"),
                    HasSubstr("set KMS_PROVIDER"), HasSubstr("set MAIL_PROVIDER=smtp and SMTP_HOST")));
  const auto no_host =
      load({.environment = {{"MAIL_PROVIDER", "smtp"}, {"SMTP_FROM", "us@example.com"}}, .flags = {dev_flag()}});
  EXPECT_THAT(summary(no_host), ElementsAre("error GH1009 environment MAIL_PROVIDER"));
  EXPECT_THAT(problems_as_text(no_host.problems), HasSubstr("set SMTP_HOST, or write host"));
}

TEST(Variables, TakeThePlaceOfADevelopersDefaults) {
  const auto outcome = load(
      {.environment = {{"DATABASE_URL", "postgresql://db"}, {"REDIS_URL", "redis://[::1]"}}, .flags = {dev_flag()}});
  EXPECT_THAT(summary(outcome), IsEmpty());
  EXPECT_THAT(outcome.resolved.config.storage.chain, ElementsAre("store-postgres"));
  EXPECT_EQ(told(outcome, "store-redis", "url"), "redis://[::1] (environment REDIS_URL)");
  EXPECT_EQ(told(outcome, "store-redis", "password"), "none");
  // Without a database sessions have no second place: a developer's memory is nobody's fallback.
  EXPECT_THAT(load({.environment = {{"REDIS_URL", "redis://[::1]"}}, .flags = {dev_flag()}})
                  .resolved.config.store_chain("session"),
              ElementsAre("store-redis"));
}

TEST(Variables, ComeAfterTheFileAndSaySo) {
  const auto outcome = load({production_file, whole});
  EXPECT_TRUE(outcome.ok()) << problems_as_text(outcome.problems);
  EXPECT_THAT(outcome.resolved.config.storage.chain, ElementsAre("pg"));
  EXPECT_EQ(outcome.resolved.config.keys.provider, "keys");
  EXPECT_EQ(told(outcome, "smtp", "host"), "mail.example.com (gatehouse.toml:29)");
  EXPECT_THAT(
      summary(outcome),
      AllOf(Contains("warning GH1103 environment DATABASE_URL"), Contains("warning GH1103 environment KMS_PROVIDER"),
            Contains("warning GH1103 environment MAIL_PROVIDER"), Contains("warning GH1103 environment SMTP_HOST")));
  EXPECT_THAT(problems_as_text(outcome.problems),
              AllOf(HasSubstr("keys.provider is set by gatehouse.toml:4"),
                    HasSubstr("the setting host of plugin \"smtp\" is set by gatehouse.toml:29")));
}

TEST(Variables, ThatMoveTheSessionsOfAFileAreNamed) {
  const std::string file = "mode = \"dev\"\nstorage.default = [\"store-memory\"]\n";
  const Variables redis = {{"REDIS_URL", "redis://127.0.0.1"}};
  const auto moved = load({file, redis});
  EXPECT_THAT(summary(moved), Contains("warning GH1111 environment REDIS_URL"));
  EXPECT_THAT(problems_as_text(moved.problems), HasSubstr("storage.default is set by gatehouse.toml:2"));
  EXPECT_THAT(summary(load({file + "storage.sessions = [\"store-memory\"]\n", redis})),
              Not(Contains("warning GH1111 environment REDIS_URL")));
}

// The file says how, the environment with what.
TEST(Variables, FillTheBlocksOfAFileThatLeavesThemOut) {
  const auto outcome =
      load({"mode = \"dev\"\nstorage.default = [\"pg\"]\n[[plugin]]\nname = \"pg\"\nlibrary = "
            "\"store-postgres\"\n",
            {{"DATABASE_URL", "postgresql://db"}}});
  EXPECT_THAT(summary(outcome), IsEmpty()) << problems_as_text(outcome.problems);
  EXPECT_EQ(told(outcome, "pg", "url"), "postgresql://db (environment DATABASE_URL)");
}

TEST(Variables, AreNamedInWhatIsWrongWithThem) {
  const auto port = load({.environment = with(whole, {{"SMTP_PORT", "smtps"}})});
  EXPECT_THAT(summary(port), Contains("error GH1004 environment SMTP_PORT"));
  const auto kms = load({.environment = with(whole, {{"KMS_PROVIDER", "aws"}})});
  EXPECT_THAT(summary(kms), Contains("error GH1005 environment KMS_PROVIDER"));
  EXPECT_THAT(problems_as_text(kms.problems), HasSubstr("expected one of local, vault, got \"aws\""));
  const auto mail = load({.environment = with(whole, {{"MAIL_PROVIDER", "sendgrid"}})});
  EXPECT_THAT(summary(mail), Contains("error GH1005 environment MAIL_PROVIDER"));

  const auto refuse = [](const Config&, const PluginBlock& block) {
    return block.id == "store-redis" ? std::string("plugin store-redis: url: is not on this machine") : std::string();
  };
  EXPECT_THAT(summary(load({.environment = whole, .ask = refuse})), Contains("error GH1007 environment REDIS_URL"));
}

// Which of the many ways a refusal can be mended by a variable too.
TEST(Variables, AreSuggestedForWhatThePluginAsksFor) {
  const auto ask = [](const std::string& refusal) {
    return [refusal](const Config&, const PluginBlock& block) { return block.id == "mail-smtp" ? refusal : ""; };
  };
  auto nobody = whole;
  nobody.erase("SMTP_USER");
  const auto old_name =
      load({.environment = nobody, .ask = ask("smtp: username: username and password belong together")});
  EXPECT_THAT(summary(old_name), Contains("error GH1007 environment MAIL_PROVIDER"));
  EXPECT_THAT(problems_as_text(old_name.problems), HasSubstr("username is the variable SMTP_USER"));
  const auto own = load({.environment = whole, .ask = ask("smtp: host: has no TLS; set tls = none")});
  EXPECT_THAT(summary(own), Contains("error GH1007 environment SMTP_HOST"));
  EXPECT_THAT(problems_as_text(own.problems), HasSubstr("tls is the variable GATEHOUSE__PLUGIN__MAIL_SMTP__TLS"));
}

TEST(PluginVariables, SetAnySettingOfABlockAndComeBeforeTheFile) {
  const auto outcome = load({production_file,
                             {{"GATEHOUSE__PLUGIN__PG__URL", "acme://other"},
                              {"GATEHOUSE__PLUGIN__PG__PASSWORD", "canary"},
                              {"GATEHOUSE__PLUGIN__PG__POOL_SIZE", "3"},
                              {"GATEHOUSE__PLUGIN__PG__READ_ONLY", "true"},
                              {"GATEHOUSE__PLUGIN__PG__TIMEOUT", "2s"},
                              {"GATEHOUSE__PLUGIN__PG__FOLDER", "data"},
                              {"GATEHOUSE__PLUGIN__PG__HOSTS", "a, b"}}});
  ASSERT_THAT(summary(outcome), IsEmpty()) << problems_as_text(outcome.problems);
  EXPECT_EQ(told(outcome, "pg", "url"), "acme://other (environment GATEHOUSE__PLUGIN__PG__URL)");
  EXPECT_EQ(told(outcome, "pg", "password"), "canary (environment GATEHOUSE__PLUGIN__PG__PASSWORD)");
  EXPECT_EQ(told(outcome, "pg", "pool_size"), "3 (environment GATEHOUSE__PLUGIN__PG__POOL_SIZE)");
  EXPECT_EQ(told(outcome, "pg", "timeout"), "2000000 (environment GATEHOUSE__PLUGIN__PG__TIMEOUT)");
  EXPECT_EQ(told(outcome, "pg", "folder"), "/var/lib/gatehouse/data (environment GATEHOUSE__PLUGIN__PG__FOLDER)");
  EXPECT_EQ(told(outcome, "pg", "hosts"), "a (environment GATEHOUSE__PLUGIN__PG__HOSTS)");
  EXPECT_THAT(show_config(outcome.resolved), AllOf(HasSubstr("hosts = [\"a\", \"b\"]"), Not(HasSubstr("canary"))));
}

TEST(PluginVariables, ComeBeforeTheOldNames) {
  const auto outcome = load({.environment = with(whole, {{"GATEHOUSE__PLUGIN__MAIL_SMTP__PORT", "26"}})});
  EXPECT_EQ(told(outcome, "mail-smtp", "port"), "26 (environment GATEHOUSE__PLUGIN__MAIL_SMTP__PORT)");
  EXPECT_THAT(summary(outcome), Contains("warning GH1103 environment SMTP_PORT"));
}

TEST(PluginVariables, ThatNoPluginHasAreToldWithTheNearOne) {
  const auto outcome = load({.environment = {{"GATEHOUSE__PLUGIN__KMS_LOCAL__KEYRNG", "x"}}, .flags = {dev_flag()}});
  EXPECT_THAT(summary(outcome), ElementsAre("warning GH1102 environment GATEHOUSE__PLUGIN__KMS_LOCAL__KEYRNG"));
  EXPECT_THAT(problems_as_text(outcome.problems), HasSubstr("did you mean \"GATEHOUSE__PLUGIN__KMS_LOCAL__KEYRING\"?"));
}

TEST(PluginVariables, AreNamedInWhatIsWrongWithThemWithoutASecretsValue) {
  const auto outcome =
      load({production_file, {{"GATEHOUSE__PLUGIN__PG__POOL_SIZE", "many"}, {"GATEHOUSE__PLUGIN__PG__TLS", "maybe"}}});
  EXPECT_THAT(summary(outcome), ElementsAre("error GH1004 environment GATEHOUSE__PLUGIN__PG__POOL_SIZE",
                                            "error GH1007 environment GATEHOUSE__PLUGIN__PG__TLS"));
}

TEST(Variables, AreNotSetWhenTheyAreEmpty) {
  Variables empty;
  for (const auto& [name, value] : whole) empty[name] = "";
  empty.erase("GATEHOUSE__PUBLIC_URL");
  EXPECT_THAT(summary(load({.environment = empty, .flags = {dev_flag()}})), IsEmpty());
}

TEST(Variables, OfMailOnTheTlsPortMeanTlsFromTheFirstByte) {
  const auto outcome = load({.environment = with(whole, {{"SMTP_PORT", "465"}})});
  EXPECT_EQ(told(outcome, "mail-smtp", "tls"), "tls (environment SMTP_PORT)");
}

TEST(Variables, MayNameThePluginsThatComeWithTheServerWithoutABlock) {
  const auto outcome = load({.environment = with(whole, {{"GATEHOUSE__RATE_LIMIT__LIMITER", "store-memory"}})});
  EXPECT_TRUE(outcome.ok()) << problems_as_text(outcome.problems);
  EXPECT_EQ(outcome.resolved.config.plugin("store-memory")->origin.text(),
            "environment GATEHOUSE__RATE_LIMIT__LIMITER");
}

struct LoginCase {
  std::string url;
  std::string without;
  std::string user;
  std::string password;
};
void PrintTo(const LoginCase& login, std::ostream* out) { *out << login.url; }
class LoginInUrl : public testing::TestWithParam<LoginCase> {};

TEST_P(LoginInUrl, BecomesSettingsOfItsOwn) {
  const auto& [url, without, user, password] = GetParam();
  const auto outcome = load({.environment = {{"REDIS_URL", url}}, .flags = {dev_flag()}});
  const auto expected = [](const std::string& value) {
    return value.empty() ? std::string("none") : value + " (environment REDIS_URL)";
  };
  EXPECT_EQ(told(outcome, "store-redis", "url"), expected(without));
  EXPECT_EQ(told(outcome, "store-redis", "username"), expected(user));
  EXPECT_EQ(told(outcome, "store-redis", "password"), expected(password));
}

INSTANTIATE_TEST_SUITE_P(Table, LoginInUrl,
                         testing::Values(LoginCase{"redis://h:1/0", "redis://h:1/0", "", ""},
                                         LoginCase{"redis://:pw@h", "redis://h", "", "pw"},
                                         LoginCase{"redis://me@h", "redis://h", "me", ""},
                                         LoginCase{"redis://me:p@w@h/2", "redis://h/2", "me", "p@w"},
                                         LoginCase{"redis://me:p%2fw%zz%4@h/2", "redis://h/2", "me", "p/w%zz%4"},
                                         LoginCase{"redis+unix:///run/a@b.sock", "redis+unix:///run/a@b.sock", "", ""},
                                         LoginCase{"127.0.0.1:6379", "127.0.0.1:6379", "", ""}));

TEST(Variables, ThatAloneNamePluginsNeedNoFile) {
  EXPECT_TRUE(names_plugins({{"DATABASE_URL", "x"}}));
  EXPECT_TRUE(names_plugins({{"GATEHOUSE__MODE", "dev"}}));
  EXPECT_FALSE(names_plugins({{"DATABASE_URL", ""}, {"SMTP_HOST", "x"}, {"GATEHOUSE__LOG__LEVEL", "debug"}}));
}

}  // namespace
}  // namespace gatehouse::app
