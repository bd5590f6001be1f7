// SPDX-License-Identifier: Apache-2.0
#include "app/cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <variant>
#include <vector>

namespace gatehouse::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using Words = std::vector<std::string>;

CommandLine understood(const Words& words) {
  const auto parsed = parse_command_line(words);
  if (const auto* usage = std::get_if<Usage>(&parsed)) {
    ADD_FAILURE() << usage->text;
    return {};
  }
  return std::get<CommandLine>(parsed);
}

Usage refused(const Words& words) {
  const auto parsed = parse_command_line(words);
  if (const auto* usage = std::get_if<Usage>(&parsed)) return *usage;
  ADD_FAILURE() << "it was understood";
  return {};
}

struct Line {
  Words words;
  Command command;
};
void PrintTo(const Line& line, std::ostream* out) {
  for (const auto& word : line.words) *out << word << ' ';
}

class EveryCommand : public testing::TestWithParam<Line> {};

TEST_P(EveryCommand, IsUnderstood) { EXPECT_EQ(understood(GetParam().words).command, GetParam().command); }

TEST_P(EveryCommand, HasHelpWithAnExample) {
  Words words;
  for (const auto& word : GetParam().words) {
    if (word.starts_with("-")) break;
    words.push_back(word);
  }
  words.emplace_back("--help");
  const auto usage = refused(words);
  EXPECT_EQ(usage.code, exit_ok);
  EXPECT_THAT(usage.text, AllOf(HasSubstr("Usage: "), HasSubstr("Example:  gatehouse " + words.front())));
}

INSTANTIATE_TEST_SUITE_P(
    Table, EveryCommand,
    testing::Values(
        Line{{"serve"}, Command::Serve}, Line{{"serve", "--dev"}, Command::Serve},
        Line{{"check-config"}, Command::CheckConfig}, Line{{"show-config", "--reference"}, Command::ShowConfig},
        Line{{"plugins", "list"}, Command::PluginsList}, Line{{"plugins", "inspect", "x"}, Command::PluginsInspect},
        Line{{"plugins", "verify", "x"}, Command::PluginsVerify},
        Line{{"plugins", "new", "store", "x"}, Command::PluginsNew}, Line{{"keys", "init"}, Command::KeysInit},
        Line{{"keys", "list"}, Command::KeysList}, Line{{"keys", "list", "access"}, Command::KeysList},
        Line{{"keys", "rotate", "access"}, Command::KeysRotate}, Line{{"migrate", "status"}, Command::MigrateStatus},
        Line{{"migrate", "plan"}, Command::MigratePlan}, Line{{"migrate", "up", "pg"}, Command::MigrateUp},
        Line{{"store", "copy", "--from", "a", "--to", "b"}, Command::StoreCopy},
        Line{{"users", "unlock", "a@example.org"}, Command::UsersUnlock}, Line{{"version"}, Command::Version}));

TEST(CommandLine, TakesTheOptionsOfStoreCopy) {
  const auto line = understood({"store", "copy", "--from", "a", "--to=b", "--kinds", "session,ticket", "--tenant",
                                "acme", "--follow", "--mirror", "--verify", "--format", "json"});
  EXPECT_EQ(line.from, "a");
  EXPECT_EQ(line.to, "b");
  EXPECT_EQ(line.kinds, (Words{"session", "ticket"}));
  EXPECT_EQ(line.tenants, Words{"acme"});
  EXPECT_TRUE(line.follow && line.mirror && line.verify);
  EXPECT_EQ(line.format, OutputFormat::Json);
}

TEST(CommandLine, OfADryRunThatIsToFollowIsRefused) {
  EXPECT_EQ(refused({"store", "copy", "--from", "a", "--to", "b", "--dry-run", "--follow"}).code, exit_usage);
}

TEST(CommandLine, TakesTheOptionsOfServe) {
  const auto line = understood({"serve", "--dev", "--config", "f.toml", "--listen=127.0.0.1:0", "--management",
                                "127.0.0.1:1", "--ready-file", "/r"});
  EXPECT_TRUE(line.dev);
  EXPECT_EQ(line.config, "f.toml");
  EXPECT_EQ(line.listen, "127.0.0.1:0");
  EXPECT_EQ(line.management, "127.0.0.1:1");
  EXPECT_EQ(line.ready_file, "/r");
}

TEST(CommandLine, TakesAFormat) {
  EXPECT_EQ(understood({"check-config"}).format, OutputFormat::Text);
  EXPECT_EQ(understood({"check-config", "--format", "json"}).format, OutputFormat::Json);
  EXPECT_EQ(refused({"check-config", "--format", "xml"}).code, exit_usage);
}

TEST(CommandLine, TakesASubject) {
  EXPECT_EQ(understood({"keys", "rotate", "access"}).subject, "access");
  EXPECT_EQ(understood({"plugins", "inspect", "./x.so"}).subject, "./x.so");
}

TEST(CommandLine, TakesWhatAPluginIsToBe) {
  const auto line = understood({"plugins", "new", "mail", "acme", "--lang", "c", "--dir", "/d"});
  EXPECT_EQ(line.plugin_kind, PluginKind::Mail);
  EXPECT_EQ(line.subject, "acme");
  EXPECT_EQ(line.language, PluginLanguage::C);
  EXPECT_EQ(line.directory, "/d");
  EXPECT_EQ(understood({"plugins", "new", "kms", "acme"}).language, PluginLanguage::Cpp);
  EXPECT_EQ(refused({"plugins", "new", "stor", "acme"}).code, exit_usage);
  EXPECT_EQ(refused({"plugins", "new", "store", "acme", "--lang", "go"}).code, exit_usage);
}

TEST(CommandLine, HelpListsEveryCommandAndTheExitCodes) {
  const auto usage = refused({"--help"});
  EXPECT_EQ(usage.code, exit_ok);
  for (const auto* word : {"serve", "check-config", "show-config", "plugins", "keys", "version", "Exit codes"}) {
    EXPECT_THAT(usage.text, HasSubstr(word));
  }
}

struct Slip {
  Words words;
  std::string says;
};
void PrintTo(const Slip& slip, std::ostream* out) { PrintTo(Line{slip.words, {}}, out); }

class CommandLineSlip : public testing::TestWithParam<Slip> {};

TEST_P(CommandLineSlip, IsAUsageErrorThatNamesTheNearWord) {
  const auto usage = refused(GetParam().words);
  EXPECT_EQ(usage.code, exit_usage);
  EXPECT_THAT(usage.text, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Table, CommandLineSlip,
    testing::Values(Slip{{}, "Subcommands:"}, Slip{{"serv"}, "unknown command \"serv\"; did you mean \"serve\"?"},
                    Slip{{"chek-config"}, "\"check-config\""}, Slip{{"plugin", "list"}, "did you mean \"plugins\"?"},
                    Slip{{"plugins", "lst"}, "did you mean \"list\"?"}, Slip{{"plugins"}, "subcommand"},
                    Slip{{"plugins", "frobnicate"}, "there is list, inspect, verify, new"},
                    Slip{{"serve", "--confg", "f"}, "unknown option \"--confg\"; did you mean \"--config\"?"},
                    Slip{{"serve", "--confg=f"}, "did you mean \"--config\"?"},
                    Slip{{"serve", "--config", "f", "--lisen", "x"}, "did you mean \"--listen\"?"},
                    Slip{{"serve", "--config"}, "--config"}, Slip{{"serve", "extra"}, "extra"},
                    Slip{{"keys", "rotate"}, "purpose"}, Slip{{"--dev", "serve"}, "--dev"}));

}  // namespace
}  // namespace gatehouse::app
