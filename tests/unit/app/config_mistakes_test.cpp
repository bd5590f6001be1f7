// SPDX-License-Identifier: Apache-2.0
#include "config_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace gatehouse::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Mistake {
  std::string name;
  std::string file;
  std::string place;  // "3:1"
  std::string id;
  std::string says;  // in the message or the hint
};

void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }

const std::vector<Mistake> mistakes = {
    // Keys.
    {"KeyOfServer", "mode = \"dev\"\n[server]\ndrain_dealy = \"5s\"\n", "3:1", "GH1002", "drain_delay"},
    {"KeyAtTheTop", "mode = \"dev\"\nstat_dir = \"/x\"\n", "2:1", "GH1002", "state_dir"},
    {"KeyInCamelCase", "mode = \"dev\"\ntokens.accessTtl = \"1m\"\n", "2:8", "GH1002", "access_ttl"},
    {"KeyWithHyphen", "mode = \"dev\"\nlogin.min-response = \"1s\"\n", "2:7", "GH1002", "min_response"},
    {"KeyBehindWideCharacters", "mode = \"dev\"\n\"größe\" = 1\n", "2:1", "GH1002", "unknown key"},
    {"KeyInTheWrongTable", "mode = \"dev\"\n[tokens]\nlisten = \"127.0.0.1:1\"\n", "3:1", "GH1002",
     "it belongs in [server]"},
    {"KeyBelowATableThatBelongsAtTheTop", "mode = \"dev\"\n[server]\npublic_url = \"https://a.example\"\n", "3:1",
     "GH1002", "at the top of the file"},
    {"TableOfServer", "mode = \"dev\"\n[sever]\nlisten = \"127.0.0.1:1\"\n", "2:2", "GH1003", "server"},
    {"TableOfHash", "mode = \"dev\"\n[passwords.hahs]\nlanes = 1\n", "2:12", "GH1003", "hash"},
    {"KindOfStorage", "mode = \"dev\"\n[storage]\nsesions = [\"store-memory\"]\n", "3:1", "GH1002", "sessions"},
    // Types.
    {"NumberForDuration", "mode = \"dev\"\n[login]\nmin_response = 500\n", "3:16", "GH1008", "\"500ms\""},
    {"NumberForAddress", "mode = \"dev\"\nserver.listen = 8080\n", "2:17", "GH1004", "127.0.0.1:8080"},
    {"NumberForChoice", "mode = \"dev\"\ntokens.rotation = 1\n", "2:19", "GH1004", "strict, balanced, mobile"},
    {"TextForFlag", "mode = \"dev\"\nsignup.enabled = \"true\"\n", "2:18", "GH1004", "without quotes"},
    {"TextForNumber", "mode = \"dev\"\nserver.threads = \"4\"\n", "2:18", "GH1004", "without quotes"},
    {"NumberForFlag", "mode = \"dev\"\nsignup.enabled = 1\n", "2:18", "GH1004", "true"},
    {"TextForList", "mode = \"dev\"\nserver.base_paths = \"/auth\"\n", "2:21", "GH1004", "[\"/auth\"]"},
    {"TextForPluginPath", "mode = \"dev\"\nplugin_path = \"/x\"\n", "2:15", "GH1004", "[\"/x\"]"},
    {"NumberInList", "mode = \"dev\"\nserver.base_paths = [\"/auth\", 7]\n", "2:31", "GH1004", "server.base_paths"},
    {"TableForText", "mode = \"dev\"\n[server.listen]\nport = 1\n", "2:1", "GH1004", "a table"},
    {"TextForTable", "mode = \"dev\"\nserver = \"127.0.0.1:1\"\n", "2:1", "GH1004", "[server]"},
    {"FractionForNumber", "mode = \"dev\"\nserver.threads = 1.5\n", "2:18", "GH1004", "fraction"},
    {"DateForText", "mode = \"dev\"\ntokens.audience = 2026-11-20\n", "2:19", "GH1004", "date"},
    // Units and ranges.
    {"DurationWithoutUnit", "mode = \"dev\"\ntokens.access_ttl = \"15\"\n", "2:21", "GH1008", "\"15s\""},
    {"DurationSpeltOut", "mode = \"dev\"\ntokens.access_ttl = \"15 minutes\"\n", "2:21", "GH1008", "\"15m\""},
    {"DurationOfNothing", "mode = \"dev\"\ntokens.access_ttl = \"soon\"\n", "2:21", "GH1008", "us, ms, s, m, h, d"},
    {"DurationTooFine", "mode = \"dev\"\ntokens.access_ttl = \"15500ms\"\n", "2:21", "GH1006", "multiple of \"1s\""},
    {"DurationTooShort", "mode = \"dev\"\ntokens.access_ttl = \"1s\"\n", "2:21", "GH1006", "at least \"10s\""},
    {"DurationTooLong", "mode = \"dev\"\nlogin.min_response = \"1h\"\n", "2:22", "GH1006", "at most \"10s\""},
    {"SizeInDecimalUnits", "mode = \"dev\"\npasswords.hash.memory = \"64MB\"\n", "2:25", "GH1008", "\"64MiB\""},
    {"SizeWithoutUnit", "mode = \"dev\"\npasswords.hash.memory = 65536\n", "2:25", "GH1008", "MiB"},
    {"SizeTooLarge", "mode = \"dev\"\npasswords.hash.memory = \"1GiB\"\n", "2:25", "GH1006", "256MiB"},
    {"CountOfZero", "mode = \"dev\"\npasswords.hash.passes = 0\n", "2:25", "GH1006", "at least 1"},
    {"NegativeCount", "mode = \"dev\"\nserver.threads = -1\n", "2:18", "GH1006", "at least 0"},
    {"RateWithoutWindow", "mode = \"dev\"\nrate_limit.login = \"5\"\n", "2:20", "GH1007", "5/60s"},
    {"RateOfNothing", "mode = \"dev\"\nrate_limit.login = \"0/60s\"\n", "2:20", "GH1006", "at least 1"},
    {"RateInFractions", "mode = \"dev\"\nrate_limit.login = \"5/1500ms\"\n", "2:20", "GH1006", "whole seconds"},
    // Closed sets and forms.
    {"ChoiceMisspelt", "mode = \"dev\"\ntokens.rotation = \"stritc\"\n", "2:19", "GH1005", "strict"},
    {"ChoiceOfMode", "mode = \"prod\"\n", "1:8", "GH1005", "production"},
    {"AddressWithoutPort", "mode = \"dev\"\nserver.listen = \"127.0.0.1\"\n", "2:17", "GH1007", "a port"},
    {"AddressOfPortAlone", "mode = \"dev\"\nserver.listen = \":8080\"\n", "2:17", "GH1007", "0.0.0.0:8080"},
    {"AddressOfPortTooHigh", "mode = \"dev\"\nserver.listen = \"[::1]:65536\"\n", "2:17", "GH1007", "a port"},
    {"NetworkWithHostBits", "mode = \"dev\"\nserver.trusted_proxies = [\"10.1.2.3/8\"]\n", "2:27", "GH1007",
     "\"10.0.0.0/8\""},
    {"NetworkOfMappedAddressesAndOthers", "mode = \"dev\"\nserver.trusted_proxies = [\"::ffff:10.0.0.0/90\"]\n", "2:27",
     "GH1007", "96 bits or more"},
    {"NetworkOfMappedAddressesWithHostBits", "mode = \"dev\"\nserver.trusted_proxies = [\"::ffff:10.1.2.3/104\"]\n",
     "2:27", "GH1007", "10.0.0.0/8"},
    {"NetworkOfTooManyBits", "mode = \"dev\"\nserver.trusted_proxies = [\"10.0.0.0/33\"]\n", "2:27", "GH1007",
     "10.0.0.0/33"},
    {"OriginWithSlash", "mode = \"dev\"\ncors.allowed_origins = [\"https://a.example/\"]\n", "2:25", "GH1007",
     "\"https://a.example\""},
    {"OriginOfAll", "mode = \"dev\"\ncors.allowed_origins = [\"*\"]\n", "2:25", "GH1007", "wildcard"},
    {"OriginInCapitals", "mode = \"dev\"\ncors.allowed_origins = [\"https://A.example\"]\n", "2:25", "GH1007",
     "lower case"},
    {"PathWithoutSlash", "mode = \"dev\"\nserver.base_paths = [\"auth\"]\n", "2:22", "GH1007", "\"/auth\""},
    {"PathWithSlashAtTheEnd", "mode = \"dev\"\nserver.base_paths = [\"/auth/\"]\n", "2:22", "GH1007",
     "none at the end"},
    {"RelativeFolder", "mode = \"dev\"\nstate_dir = \"state\"\n", "2:13", "GH1007", "absolute"},
    {"LinkWithoutItsToken", "mode = \"dev\"\nmail.links.reset = \"https://a.example/reset\"\n", "2:20", "GH1007",
     "{token}"},
    {"LinkWithTheTokenInItsHost", "mode = \"dev\"\nmail.links.reset = \"https://{token}.example/\"\n", "2:20", "GH1007",
     "{token}"},
    {"LinkWithTwoTokens", "mode = \"dev\"\nmail.links.verify = \"https://a.example/{token}?t={token}\"\n", "2:21",
     "GH1007", "{token}"},
    {"LinkOfAnotherScheme", "mode = \"dev\"\nmail.links.verify = \"javascript:{token}\"\n", "2:21", "GH1007",
     "{token}"},
    {"LinkWithALogin", "mode = \"dev\"\nmail.links.verify = \"https://a.example@evil.example/{token}\"\n", "2:21",
     "GH1007", "{token}"},
    {"UrlWithSlashAtTheEnd", "mode = \"dev\"\npublic_url = \"https://a.example/\"\n", "2:14", "GH1007",
     "a URL without a slash at the end: \"https://a.example\""},
    {"VersionOfTheFuture", "config_version = 2\nmode = \"dev\"\n", "1:18", "GH1006", "at most 1"},
    // Between settings.
    {"OneAddressTwice", "mode = \"dev\"\nserver.management = \"127.0.0.1:8080\"\n", "2:21", "GH1011", "same address"},
    {"OnePathTwice", "mode = \"dev\"\nserver.base_paths = [\"/auth\", \"/auth\"]\n", "2:31", "GH1011", "twice"},
    {"NoPath", "mode = \"dev\"\nserver.base_paths = []\n", "2:21", "GH1009", "at least one"},
    {"AddressLockedBeforeItsDevices", "mode = \"dev\"\nlockout.max_attempts_per_address = 4\n", "2:36", "GH1011",
     "max_attempts"},
    {"AccountLockedBeforeItsDevices",
     "mode = \"dev\"\nlockout.max_attempts = 20\nlockout.max_attempts_per_account = 20\n", "3:36", "GH1011",
     "more than lockout.max_attempts"},
    {"IdleLongerThanAbsolute", "mode = \"dev\"\nsessions.idle_ttl = \"31d\"\n", "2:21", "GH1011", "absolute_ttl"},
    {"AbsoluteShorterThanIdle", "mode = \"dev\"\nsessions.absolute_ttl = \"6d\"\n", "2:25", "GH1011", "idle_ttl"},
    {"AccessLongerThanSession", "mode = \"dev\"\nsessions.idle_ttl = \"1m\"\n", "2:21", "GH1011", "access_ttl"},
    {"TooManyLanes", "mode = \"dev\"\npasswords.hash.memory = \"8KiB\"\n", "2:25", "GH1011", "4 lanes"},
    // Plugins.
    {"PluginInOneBracket", "mode = \"dev\"\n[plugin]\nname = \"x\"\n", "2:2", "GH1004", "[[plugin]]"},
    {"PluginWithoutName", "mode = \"dev\"\n[[plugin]]\nlibrary = \"acme-store\"\n", "2:1", "GH1009", "name"},
    {"PluginKey", "mode = \"dev\"\n[[plugin]]\nname = \"x\"\nlibary = \"acme-store\"\n[plugin.config]\nurl = \"a\"\n",
     "4:1", "GH1002", "library"},
    {"PluginNameInCapitals", "mode = \"dev\"\n[[plugin]]\nname = \"X\"\n", "3:8", "GH1007", "lower-case"},
    {"PluginInTheWorkingDirectory", "mode = \"dev\"\n[[plugin]]\nname = \"x\"\nlibrary = \"./x.so\"\n", "4:11",
     "GH1007", "plugin_path"},
    {"PluginDigestTooShort", "mode = \"dev\"\n[[plugin]]\nname = \"store-memory\"\nsha256 = \"00\"\n", "4:10", "GH1007",
     "64"},
    {"PluginThatIsNotThere", "mode = \"dev\"\nstorage.default = [\"x\"]\n[[plugin]]\nname = \"x\"\n", "4:8", "GH1012",
     "no file x.so"},
    {"PluginTwice", "mode = \"dev\"\n[[plugin]]\nname = \"store-memory\"\n[[plugin]]\nname = \"store-memory\"\n", "5:8",
     "GH1013", "line 2"},
    {"ChainOfNobody", "mode = \"dev\"\nstorage.default = [\"store-memry\"]\n[[plugin]]\nname = \"store-memory\"\n",
     "2:20", "GH1014", "store-memory"},
    {"ChainOfNobodyFarFromAnybody", "mode = \"dev\"\nstorage.sessions = [\"redis-main\"]\n", "2:21", "GH1014",
     "store-memory"},
    {"RoleThePluginCannotFill", "mode = \"dev\"\nkeys.provider = \"store-memory\"\n", "2:17", "GH1015", "hold keys"},
    {"EmptyChain", "mode = \"dev\"\nstorage.default = []\n", "2:19", "GH1009", "storage.default"},
};

class SingleMistake : public testing::TestWithParam<Mistake> {};

TEST_P(SingleMistake, IsOneErrorAtItsPlaceWithTheWayOut) {
  const auto& mistake = GetParam();
  auto outcome = load({mistake.file});
  std::erase_if(outcome.problems, [](const Problem& p) { return p.kind->severity == Severity::Warning; });
  const auto text = problems_as_text(outcome.problems);
  EXPECT_THAT(summary(outcome), ElementsAre("error " + mistake.id + " gatehouse.toml:" + mistake.place)) << text;
  EXPECT_THAT(text, HasSubstr(mistake.says));
  EXPECT_THAT(text, HasSubstr("gatehouse.toml:" + mistake.place + ": error " + mistake.id + ": "));
}

INSTANTIATE_TEST_SUITE_P(Table, SingleMistake, testing::ValuesIn(mistakes),
                         [](const auto& test) { return test.param.name; });

TEST(ConfigMistakes, AreAllReportedInOneRunInTheOrderOfTheFile) {
  const auto outcome = load({R"(mode = "dev"
[server]
drain_dealy = "5s"
listen = 8080
[tokens]
access_ttl = "15"
rotation = "strickt"
[[plugin]]
name = "x"
library = "acme-store"
[plugin.config]
urll = "a"
timeout = 150
)",
                             {{"GATEHOUSE__LOG__LEVEL", "loud"}},
                             {{"--management", "server.management", "8081"}}});
  EXPECT_THAT(summary(outcome),
              ElementsAre("error GH1002 gatehouse.toml:3:1", "error GH1004 gatehouse.toml:4:10",
                          "error GH1008 gatehouse.toml:6:14", "error GH1005 gatehouse.toml:7:12",
                          "error GH1002 gatehouse.toml:12:1", "error GH1008 gatehouse.toml:13:11",
                          "error GH1005 environment GATEHOUSE__LOG__LEVEL", "error GH1007 --management"));
}

struct Slip {
  std::string name;
  std::string file;
  std::string place;
  std::string says;
};
void PrintTo(const Slip& slip, std::ostream* out) { *out << slip.name; }

TEST(ConfigMistakes, EveryBadElementOfAListIsAnErrorAtItsOwnPlace) {
  const auto outcome = load({R"(mode = "dev"
server.base_paths = ["auth", "/ok", "/a/"]
server.trusted_proxies = ["10.0.0.0/33", "foo"]
cors.allowed_origins = ["*", "https://x.example/", 7]
storage.default = ["store-memory", "UPPER", "under_score"]
)"});
  EXPECT_THAT(summary(outcome), ElementsAre("error GH1007 gatehouse.toml:2:22", "error GH1007 gatehouse.toml:2:37",
                                            "error GH1007 gatehouse.toml:3:27", "error GH1007 gatehouse.toml:3:42",
                                            "error GH1007 gatehouse.toml:4:25", "error GH1007 gatehouse.toml:4:30",
                                            "error GH1004 gatehouse.toml:4:52", "error GH1007 gatehouse.toml:5:36",
                                            "error GH1007 gatehouse.toml:5:45"));
}

class SyntaxSlip : public testing::TestWithParam<Slip> {};

TEST_P(SyntaxSlip, IsTheOnlyProblemReported) {
  const auto& slip = GetParam();
  const auto outcome = load({slip.file});
  const auto text = problems_as_text(outcome.problems);
  EXPECT_THAT(summary(outcome), ElementsAre("error GH1001 gatehouse.toml" + slip.place)) << text;
  EXPECT_THAT(text, HasSubstr(slip.says)) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, SyntaxSlip,
    testing::Values(Slip{"DurationWithoutQuotes", "unknown = 1\nlogin.min_response = 15m\n", ":2:22", "\"15m\""},
                    Slip{"WordWithoutQuotes", "mode = dev\n", ":1:8", "\"dev\""},
                    Slip{"AddressWithoutQuotes", "[server]\nlisten = 127.0.0.1:8080\n", ":2:10", "\"127.0.0.1:8080\""},
                    Slip{"CapitalTrue", "signup.enabled = True\n", ":1:18", "true?"},
                    Slip{"Yes", "signup.enabled = yes\n", ":1:18", "true?"},
                    Slip{"KeyTwice", "mode = \"dev\"\n  mode = \"production\"\n", ":2:3", "\"mode\" is set twice"},
                    Slip{"TableTwice", "[server]\n[log]\n[server]\n", ":3:2", "\"server\" is set twice"},
                    Slip{"QuoteNotClosed", "mode = \"dev\nx = 1\n", ":1:12", ""},
                    Slip{"BracketNotClosed", "[server\nlisten = \"x\"\n", ":1:8", "']'"},
                    Slip{"ListNotClosed", "server.base_paths = [\"/auth\"\n", ":1:30", "end-of-file"},
                    Slip{"NoValue", "mode =\n", ":1:7", "value"}, Slip{"NotUtf8", "mode = \"\xFF\"\n", ":1:8", "utf-8"},
                    Slip{"Binary",
                         std::string("\x7f"
                                     "ELF\0\0",
                                     6),
                         ":1:1", ""},
                    Slip{"TooDeep", "a.b.c.d.e.f.g.h.i.j = 1\n", ":1:17", "deeper"},
                    Slip{"LineTooLong", "x = \"" + std::string(20'000, 'x') + "\"\n", ":1:1", "16 KiB"},
                    Slip{"FileTooLong", std::string(300'000, '\n'), "", "256 KiB"}),
    [](const auto& test) { return test.param.name; });

TEST(ConfigExcerpts, PointAtTheMistakeAsCompilersDo) {
  const auto outcome = load({"mode = \"dev\"\n[server]\ndrain_dealy = \"5s\"  # soon\n"});
  EXPECT_EQ(problems_as_text(outcome.problems),
            "gatehouse.toml:3:1: error GH1002: unknown key \"drain_dealy\" in [server]\n"
            "    3 | drain_dealy = \"5s\"  # soon\n"
            "      | ^^^^^^^^^^^ did you mean \"drain_delay\"?\n"
            "1 error\n");
}

TEST(ConfigExcerpts, StandBelowTheRightCharacterWhateverComesBefore) {
  const auto outcome =
      load({"mode = \"dev\"\ntokens = { audience = \"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x9A\xAA\", rotation = \"x\" }\n"});
  EXPECT_THAT(problems_as_text(outcome.problems), HasSubstr("gatehouse.toml:2:41: error"));
  EXPECT_THAT(problems_as_text(outcome.problems), HasSubstr("\n      | " + std::string(40, ' ') + "^^^"));
}

TEST(ConfigExcerpts, ShowAWindowOfALongLine) {
  const auto outcome = load({"mode = \"dev\"\ncors.allowed_origins = [" + std::string(5000, ' ') + "\"*\"]\n"});
  const auto text = problems_as_text(outcome.problems);
  EXPECT_LT(text.size(), 700U);
  EXPECT_THAT(text, HasSubstr("\"*\"]"));
}

TEST(ConfigExcerpts, CannotSteerATerminal) {
  const auto outcome = load({"mode = \"dev\"\nx = '''\t\xE2\x80\xAE\xC2\x9B'''  # \xE2\x80\xAEx\n"});
  const auto text = problems_as_text(outcome.problems);
  EXPECT_THAT(text, Not(HasSubstr("\xE2\x80\xAE")));
  EXPECT_THAT(text, Not(HasSubstr("\xC2\x9B")));
  EXPECT_THAT(text, Not(HasSubstr("\t")));
}

TEST(ConfigProblems, HaveIdsThatAscendAndNeverRepeat) {
  std::string before;
  for (const auto* kind : problem_kinds()) {
    EXPECT_LT(before, kind->id);
    EXPECT_EQ(kind->id[2] == '1' && kind->id[3] == '1', kind->severity == Severity::Warning) << kind->id;
    before = kind->id;
  }
}

}  // namespace
}  // namespace gatehouse::app
