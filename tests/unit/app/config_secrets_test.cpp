// SPDX-License-Identifier: Apache-2.0
// What is wrong with a configuration is printed, logged and sent to whoever helps: no secret may be in it, however the
// file is broken.
#include "config_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace gatehouse::app {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string all_text(const ConfigOutcome& outcome) {
  return problems_as_text(outcome.problems) + problems_as_json(outcome.problems);
}

void expect_refused_without_canary(Given given) {
  const auto file = given.file;
  const auto outcome = load(std::move(given));
  EXPECT_FALSE(outcome.ok()) << file;
  EXPECT_THAT(all_text(outcome), Not(HasSubstr("canary"))) << file;
}

const std::string plugin_block = "[[plugin]]\nname = \"acme-store\"\n";
const std::string plugin_config = plugin_block + "[plugin.config]\nurl = \"acme://db\"\n";

TEST(ConfigExcerpts, NeverShowWhatStandsBehindASecretsName) {
  for (const std::string file :
       {"password = \"canary\"\n", "x = { password = \"canary\" }\n", "x = { y = { password = \"canary\" } }\n",
        "x = \"pg://u@h?password=canary\"\n", "[x]\n  \"smtp_password\" = \"canary\"\n", "password = canary\n",
        "api_key = \"canary\n"}) {
    expect_refused_without_canary({"mode = \"dev\"\n" + file});
  }
}

TEST(ConfigExcerpts, NeverShowWhatStandsBehindAKeyThatNobodyKnows) {
  for (const std::string& file :
       std::vector<std::string>{plugin_block + "secret_id = \"canary\"\n", plugin_block + "url = \"canary\"\n",
                                plugin_block + "x = [\n\"y\", \"canary\"]\n", plugin_block + "config = \"canary\"\n",
                                plugin_config + "pasword = \"canary\"\n", plugin_config + "ulr = \"canary\"\n",
                                plugin_config + "name = \"canary\"\n", plugin_config + "x = { y = \"canary\" }\n",
                                std::string("[mail]\nqqq = \"canary\"\n"), std::string("qqq = \"canary\"\n")}) {
    expect_refused_without_canary({"mode = \"dev\"\n" + file});
  }
}

TEST(ConfigExcerpts, NeverShowTheLoginOfAUrl) {
  const std::string url = "postgresql://gatehouse:canary@db/x";
  for (const std::string& file : std::vector<std::string>{
           plugin_block + "url = \"" + url + "\"\n", plugin_block + "url = " + url + "\n",
           plugin_config + "dsn = " + url + "\n", plugin_config + "ulr = \"" + url + "\"\n",
           plugin_config + "tls = \"" + url + "\"\n", plugin_config + "timeout = \"" + url + "\"\n",
           plugin_config + "hosts = \"" + url + "\"\n", "url = \"" + url + "\"\n", "url = " + url + "\n",
           "public_url = \"" + url + "\"\n", "plugin_path = \"" + url + "\"\n",
           "cors.allowed_origins = [\"https://a.example\", \"" + url + "\"]\n", "mode = " + url + "\n",
           "server.public = \"redis://:canary\n", "x = \"http://127.0.0.1:80\" \"" + url + "\"\n"}) {
    expect_refused_without_canary({"login.reveal = 1\n" + file});
  }
}

TEST(ConfigExcerpts, NeverShowThePluginsValuesWhereTheFileIsNotToml) {
  for (const std::string& file : std::vector<std::string>{
           plugin_config + "pasword = canary\n", plugin_config + "dsn = \"canary\n",
           plugin_config + "x = 1\nx = \"canary\"\n",
           plugin_config + "dsn = \"\"\"\ncanary\nurl = \"canary\"\"\"\" canary\n",
           plugin_block + "secret_id = canary\n", plugin_block + "config = { dsn = \"canary\" x }\n",
           "[[ \"plugin\" ]]\n[ plugin . config ]\ndsn = \"canary\" x\n",
           plugin_config + "dsn = \"canary" + std::string(20'000, 'x') + "\"\n"}) {
    expect_refused_without_canary({"mode = \"dev\"\n" + file});
  }
}

TEST(ConfigExcerpts, StillShowTheHostsOwnKeysWhereTheFileIsNotToml) {
  EXPECT_THAT(all_text(load({"mode = \"dev\"\n[[plugin]]\nname = acme-store\n"})),
              HasSubstr("did you mean \"acme-store\"?"));
  EXPECT_THAT(all_text(load({plugin_config + "[server]\nlisten = 127.0.0.1:8080\n"})),
              HasSubstr("did you mean \"127.0.0.1:8080\"?"));
  EXPECT_THAT(all_text(load({plugin_config + "dsn = unquoted\n"})), HasSubstr("write the value in quotes"));
}

TEST(ConfigVariables, AreRefusedWithoutTheLoginOfAUrl) {
  const std::string url = "postgresql://gatehouse:canary@db/x";
  for (const std::string name :
       {"GATEHOUSE__STORAGE__DEFAULT", "GATEHOUSE__PUBLIC_URL", "GATEHOUSE__MODE", "GATEHOUSE__TOKENS__ACCESS_TTL",
        "GATEHOUSE__SERVER__THREADS", "GATEHOUSE__PLUGIN__PG__POOL_SIZE", "GATEHOUSE__PLUGIN__PG__TLS",
        "GATEHOUSE__PLUGIN__PG__TIMEOUT", "KMS_PROVIDER", "MAIL_PROVIDER"}) {
    expect_refused_without_canary({production_file, {{name, url}}});
  }
}

}  // namespace
}  // namespace gatehouse::app
