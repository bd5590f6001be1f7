// SPDX-License-Identifier: Apache-2.0
#include "app/config_show.h"

#include "app/config_document.h"
#include "app/config_settings.h"
#include "config_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>

namespace gatehouse::app {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string file(const std::string& path) {
  std::ifstream in(std::string(GATEHOUSE_SOURCE_DIR) + "/" + path);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(ShowConfig, NamesTheOriginOfEveryValue) {
  const auto text = show_config(load({"mode = \"dev\"\nlog.level = \"debug\"\n",
                                      {{"GATEHOUSE__SERVER__THREADS", "3"}},
                                      {{"--listen", "server.listen", "127.0.0.1:1"}}})
                                    .resolved);
  EXPECT_THAT(text, ContainsRegex("level = \"debug\" +# gatehouse.toml:2\n"));
  EXPECT_THAT(text, ContainsRegex("threads = 3 +# environment GATEHOUSE__SERVER__THREADS\n"));
  EXPECT_THAT(text, ContainsRegex("listen = \"127.0.0.1:1\" +# flag --listen\n"));
  EXPECT_THAT(text, ContainsRegex("provider = \"kms-local\" +# default .dev.\n"));
  EXPECT_THAT(text, ContainsRegex("access_ttl = \"15m\" +# default\n"));
  EXPECT_THAT(text, ContainsRegex("# grace is not set +# default: by tokens.rotation"));
}

const std::string with_secret =
    "mode = \"dev\"\nstorage.users = [\"pg\"]\n[[plugin]]\nname = \"pg\"\nlibrary = \"acme-store\"\n"
    "[plugin.config]\nurl = \"x\"\nhosts = [\"a\", \"b\"]\npassword = { env = \"PW\" }\n";

TEST(ShowConfig, NamesSecretsAndShowsNone) {
  const auto resolved = load({with_secret, {{"PW", "canary"}}}).resolved;
  EXPECT_THAT(show_config(resolved), HasSubstr("# password is set from environment PW\n"));
  EXPECT_THAT(show_config(resolved) + show_config_json(resolved), Not(HasSubstr("canary")));
}

TEST(ShowConfig, ShowsPluginSettingsAsTheyAreWritten) {
  const auto text = show_config(load({with_secret, {{"PW", "x"}}}).resolved);
  EXPECT_THAT(text, ContainsRegex("timeout = \"150ms\" +# default\n"));
  EXPECT_THAT(text, ContainsRegex("hosts = ..a\", \"b\". +# gatehouse.toml:8\n"));
  EXPECT_THAT(text, ContainsRegex("users = ..pg.. +# gatehouse.toml:2\n"));
}

TEST(ShowConfig, IsItselfAConfigurationThatMeansTheSame) {
  const auto first = show_config(load({.flags = {dev_flag()}}).resolved);
  const auto again = load({first});
  EXPECT_THAT(summary(again), IsEmpty()) << problems_as_text(again.problems);
  for (const auto& setting : settings()) {
    EXPECT_EQ(setting.get(again.resolved.config), setting.get(load({.flags = {dev_flag()}}).resolved.config))
        << setting.path;
  }
}

TEST(ShowConfig, AsJsonHasTypedValuesAndOrigins) {
  const auto json = nlohmann::json::parse(show_config_json(load({with_secret, {{"PW", "canary"}}}).resolved));
  std::map<std::string, nlohmann::json> values;
  for (const auto& setting : json["settings"]) values[setting["path"]] = setting["value"];
  EXPECT_EQ(values["server.threads"], 0);
  EXPECT_EQ(values["signup.enabled"], true);
  EXPECT_EQ(values["tokens.access_ttl"], "15m");
  EXPECT_EQ(values["tokens.grace"], nullptr);
  EXPECT_EQ(values["storage.users"], nlohmann::json::array({"pg"}));
  EXPECT_EQ(values.size(), settings().size() + 1);
  const auto& plugin = json["plugins"][0];
  EXPECT_EQ(plugin["id"], "acme-store");
  for (const auto& setting : plugin["settings"]) {
    EXPECT_EQ(setting.contains("secret"), setting["key"] == "password");
  }
}

TEST(ReferenceFile, IsInStepWithTheTableOfSettings) {
  EXPECT_EQ(file("config/gatehouse.toml"), reference_config())
      << "write it anew: gatehouse show-config --reference > config/gatehouse.toml";
}

TEST(ReferenceFile, AsItStandsSetsNothing) {
  const auto document = parse_document(reference_config());
  ASSERT_TRUE(document);
  for (const auto& table : document->children) {
    for (const auto& member : table.children) EXPECT_EQ(member.type, Node::Type::Table) << member.name;
  }
}

// "# key = value"
bool is_commented_setting(const std::string& line) {
  const auto end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", 2);
  return line.starts_with("# ") && end != std::string::npos && end > 2 && line.compare(end, 3, " = ") == 0;
}

TEST(ReferenceFile, SetsEveryDefaultOnceItsLinesCount) {
  std::string text = "mode = \"dev\"\n";
  std::istringstream lines(reference_config());
  for (std::string line; std::getline(lines, line) && line.find("[[plugin]]") == std::string::npos;) {
    const bool example =
        line.ends_with("...") || line.find("\"...\"") != std::string::npos || line.starts_with("# mode");
    if (line.starts_with("[")) text += line + "\n";
    if (!example && is_commented_setting(line)) text += line.substr(2) + "\n";
  }
  const auto outcome = load({text});
  EXPECT_THAT(summary(outcome), IsEmpty()) << problems_as_text(outcome.problems) << text;
  const auto defaults = load({"mode = \"dev\"\n"});
  for (const auto& setting : settings()) {
    EXPECT_EQ(setting.get(outcome.resolved.config), setting.get(defaults.resolved.config)) << setting.path;
  }
}

TEST(SampleFiles, PassTheCheck) {
  for (const std::string name : {"config/dev.toml", "config/production.toml"}) {
    const auto outcome = load({.file = file(name),
                               .secret_files = {{"/run/secrets/database_url", "postgresql://db/auth"},
                                                {"/run/secrets/smtp-password", "correct-horse"}}});
    EXPECT_TRUE(outcome.ok()) << name << "\n" << problems_as_text(outcome.problems);
  }
}

TEST(Documentation, ExplainsEveryProblem) {
  const auto page = file("docs/configuration.md");
  for (const auto* kind : problem_kinds()) EXPECT_THAT(page, HasSubstr(std::string(kind->id)));
}

}  // namespace
}  // namespace gatehouse::app
