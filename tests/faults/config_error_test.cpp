// SPDX-License-Identifier: Apache-2.0
#include "support/command_line.h"
#include "support/temp_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace gatehouse::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Mistake {
  std::string name;
  std::string line;    // put as line 2 of an otherwise good file
  std::string says;    // what the message must name: the near key, the choices, the unit
  std::size_t column;  // where the mistake begins
};

void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }

const std::vector<Mistake> mistakes{
    {"ServerKey", "server.lisen = \"127.0.0.1:1\"", "listen", 8},
    {"ServerTable", "sever.listen = \"127.0.0.1:1\"", "server", 1},
    {"ManagementKey", "server.managment = \"127.0.0.1:1\"", "management", 8},
    {"BasePaths", "server.base_path = [\"/auth\"]", "base_paths", 8},
    {"TrustedProxies", "server.trusted_proxy = [\"10.0.0.0/8\"]", "trusted_proxies", 8},
    {"LoginTime", "login.min_respones = \"500ms\"", "min_response", 7},
    {"LoginUnit", "login.min_response = \"500\"", "ms", 22},
    {"LoginUnitUnknown", "login.min_response = \"500msec\"", "ms", 22},
    {"LoginType", "login.min_response = 500", "duration", 22},
    {"Rotation", "tokens.rotation = \"stritc\"", "strict", 19},
    {"RotationType", "tokens.rotation = 1", "strict", 19},
    {"OnReuse", "tokens.on_reuse = \"revoke_user\"", "revoke-user", 19},
    {"AccessTtl", "tokens.acces_ttl = \"15m\"", "access_ttl", 8},
    {"Algorithm", "tokens.algorithm = \"ES255\"", "ES256", 20},
    {"Policy", "passwords.policy = \"clasic\"", "classic", 20},
    {"HashMemory", "passwords.hash.memroy = \"64MiB\"", "memory", 16},
    {"HashMemoryUnit", "passwords.hash.memory = \"64\"", "MiB", 25},
    {"HashPasses", "passwords.hash.passes = 0", "passes", 25},
    {"RateLimitFlag", "rate_limit.enabled = \"yes\"", "true", 22},
    {"RateLimitKey", "rate_limit.enable = true", "enabled", 12},
    {"Cors", "cors.allowed_origin = [\"https://a.example\"]", "allowed_origins", 6},
    {"LogLevel", "log.level = \"verbose\"", "debug", 13},
    {"TopLevel", "stat_dir = \"/tmp/x\"", "state_dir", 1},
    {"Listen", "server.listen = \"127.0.0.1\"", "port", 17},
    {"Cidr", "server.trusted_proxies = [\"10.0.0.0/33\"]", "10.0.0.0/33", 27},
};

class ConfigMistake : public ::testing::TestWithParam<Mistake> {
 protected:
  const TempFolder folder_;
};

TEST_P(ConfigMistake, IsNamedByPlaceAndNearWord) {
  const auto& mistake = GetParam();
  const auto file = folder_.write("gatehouse.toml", "mode = \"dev\"\n" + mistake.line + "\n");
  const auto result = check_config(file);
  const auto text = result.out + result.err;
  EXPECT_EQ(result.code, 2) << text;
  EXPECT_THAT(text, HasSubstr(file.string() + ":2:" + std::to_string(mistake.column) + ": error"));
  EXPECT_THAT(text, HasSubstr(mistake.says));
  EXPECT_THAT(text, HasSubstr("1 error")) << "one mistake, one error";
}

INSTANTIATE_TEST_SUITE_P(One, ConfigMistake, ::testing::ValuesIn(mistakes),
                         [](const auto& test) { return test.param.name; });

class ConfigErrors : public ::testing::Test {
 protected:
  ProgramResult check(const std::string& text) { return check_config(folder_.write("gatehouse.toml", text)); }
  const TempFolder folder_;
};

TEST_F(ConfigErrors, AGoodFileIsGood) {
  const auto result = check("mode = \"dev\"\n");
  EXPECT_EQ(result.code, 0) << result.out << result.err;
}

TEST_F(ConfigErrors, AMissingFileIsNamed) {
  const auto result = check_config(folder_.path() / "absent.toml");
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.out + result.err, HasSubstr("absent.toml"));
}

TEST_F(ConfigErrors, ASyntaxErrorEndsTheRunWithItsPlace) {
  const auto result = check("mode = \"dev\"\nserver.lisen = \"x\"\nlogin.min_response = 15m\n");
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.out + result.err, HasSubstr("gatehouse.toml:3:"));
  EXPECT_THAT(result.out + result.err, Not(HasSubstr("lisen"))) << "guesswork after a syntax error";
}

TEST_F(ConfigErrors, AKeyTwiceIsASyntaxError) {
  const auto result = check("mode = \"dev\"\nserver.listen = \"127.0.0.1:1\"\nserver.listen = \"127.0.0.1:2\"\n");
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.out + result.err, HasSubstr(":3:"));
}

TEST_F(ConfigErrors, EveryProblemIsReportedInOneRun) {
  std::string text = "mode = \"dev\"\n";
  for (const auto& mistake : mistakes) {
    // A key may only be set once in a file; take the misspelt ones.
    if (mistake.name.find("Key") != std::string::npos || mistake.name == "Cors") text += mistake.line + '\n';
  }
  const auto lines = std::count(text.begin(), text.end(), '\n') - 1;
  const auto result = check(text);
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.out + result.err, HasSubstr(std::to_string(lines) + " errors"));
}

TEST_F(ConfigErrors, TheServerRefusesToStartWithTheSameWords) {
  const auto result = try_to_serve("tokens.rotation = \"stritc\"\n");
  EXPECT_EQ(result.code, 2) << result.out << result.err;
  EXPECT_THAT(result.out + result.err, HasSubstr(":1:19: error"));
  EXPECT_THAT(result.out + result.err, HasSubstr("strict"));
}

TEST_F(ConfigErrors, ProductionDoesNotRunOnMemoryByAccident) {
  const std::string sound = R"(mode = "production"
public_url = "https://auth.example.com"
storage.default = ["store-memory"]
rate_limit.limiter = "store-memory"
keys.provider = "kms-local"
mail.deliver_via = ["smtp"]
mail.from = "no-reply@example.com"
)";
  const std::string plugins = R"(
[[plugin]]
name = "store-memory"
[[plugin]]
name = "kms-local"
[[plugin]]
name = "smtp"
library = "mail-smtp"
[plugin.config]
host = "mail.example.com"
)";
  const auto refused = check(sound + plugins);
  EXPECT_EQ(refused.code, 2) << refused.out << refused.err;
  EXPECT_THAT(refused.out + refused.err, HasSubstr("keeps records in memory only"));
  const auto on_purpose = check(sound + "allow_ephemeral = true\n" + plugins);
  EXPECT_EQ(on_purpose.code, 0) << on_purpose.out << on_purpose.err;
}

TEST_F(ConfigErrors, ASecretIsNotShownInAnExcerpt) {
  const auto result = check("mode = \"dev\"\npassword = \"CaNaRy-5ecret\"\n");
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.out + result.err, Not(HasSubstr("CaNaRy")));
}

TEST_F(ConfigErrors, AnUnknownCommandIsAUsageError) {
  const auto result = gatehouse({"chek-config"});
  EXPECT_NE(result.code, 0);
  EXPECT_THAT(result.out + result.err, HasSubstr("check-config"));
}

TEST_F(ConfigErrors, VersionIsTold) {
  const auto result = gatehouse({"version"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("0.1.0"));
}

TEST_F(ConfigErrors, ShowConfigSaysWhereAValueComesFrom) {
  const auto file = folder_.write("gatehouse.toml", "mode = \"dev\"\ntokens.rotation = \"mobile\"\n");
  const auto result = gatehouse({"show-config", "--config", file.string()});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("gatehouse.toml:2"));
  EXPECT_THAT(result.out, HasSubstr("mobile"));
}

}  // namespace
}  // namespace gatehouse::test
