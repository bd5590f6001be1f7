// SPDX-License-Identifier: Apache-2.0
#include "app/cli.h"
#include "app/log_setup.h"
#include "app/plugin_set.h"
#include "app/process_inputs.h"
#include "base/clock.h"
#include "base/log_json.h"
#include "base/metrics.h"
#include "base/random.h"
#include "mail/mail_job.h"
#include "providers/keys.h"
#include "support/temp_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <sstream>
#include <streambuf>
#include <string>
#include <vector>

namespace gatehouse::app {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// The commands in this process, over the plugins of the build.
class Commands : public testing::Test {
 protected:
  struct Result {
    int code;
    std::string out;
    std::string err;
  };

  Result run(const std::vector<std::string>& words) {
    std::ostringstream out;
    std::ostringstream err;
    const int code = run_cli(words, product_, out, err);
    return {code, out.str(), err.str()};
  }

  // A dev configuration with its state in the test's folder.
  std::string config(const std::string& more = {}) {
    return folder_.write("gatehouse.toml", "mode = \"dev\"\nstate_dir = \"" + folder_.path().string() + "\"\n" + more)
        .string();
  }

  // What the server does when it starts.
  void make_key(const std::string& file) {
    CommandLine line;
    line.config = file;
    const auto outcome = load_from(line, product_.kinds);
    ASSERT_TRUE(outcome.ok());
    const SystemClock clock;
    SystemRandom random;
    MetricRegistry metrics;
    JsonLog log({}, clock);
    PluginRoles roles;
    roles.keys = "kms-local";
    PluginSet plugins(outcome.resolved.config, roles, {clock, random, log, metrics});
    plugins.start();
    providers::Keys keys(plugins.get("kms-local"));
    keys.ensure("access", providers::Algorithm::ES256,
                {clock.steady() + std::chrono::seconds{30}, clock.now(), {}, {}, {}});
  }

  nlohmann::json keys_of(const std::string& file) {
    return nlohmann::json::parse(run({"keys", "list", "access", "--format", "json", "--config", file}).out)["keys"];
  }

  test::TempFolder folder_;
  std::vector<std::string> served_;
  Product product_{[this](const ResolvedConfig& resolved, const ServeOptions& options, Log&) {
                     served_ = {resolved.config.server.listen, options.ready_file};
                     return 7;
                   },
                   {"user", "session", "event"}};
};

// How many requests may wait inside plugins; a mail server is spared without a word to them.
TEST_F(Commands, TheCallsOfAMailPluginDoNotBoundTheRequests) {
  CommandLine line;
  line.config = config();
  auto outcome = load_from(line, product_.kinds);
  ASSERT_TRUE(outcome.ok());
  auto& blocks = outcome.resolved.config.plugins;
  for (auto& block : blocks) block.max_calls = block.name == "mail-outbox" ? 4 : block.name == "kms-local" ? 20 : 64;
  const SystemClock clock;
  SystemRandom random;
  MetricRegistry metrics;
  JsonLog log({}, clock);
  const PluginRoles roles{{"store-memory"}, "store-memory", "kms-local", {"mail-outbox"}};
  const PluginSet plugins(outcome.resolved.config, roles, {clock, random, log, metrics});
  EXPECT_EQ(plugins.get("mail-outbox").places(), 4u);
  EXPECT_EQ(plugins.request_places(roles), 20u);
}

TEST_F(Commands, ServeGetsTheResolvedConfigurationAndItsCodeIsTheProgramsCode) {
  const auto result = run(
      {"serve", "--config", config("[log]\nlevel = \"error\"\n"), "--listen", "127.0.0.1:0", "--ready-file", "/ready"});
  EXPECT_EQ(result.code, 7);
  EXPECT_THAT(served_, testing::ElementsAre("127.0.0.1:0", "/ready"));
}

TEST_F(Commands, ServeDoesNotStartOnAWrongConfiguration) {
  const auto result = run({"serve", "--config", config("tokens.rotation = \"stritc\"\n")});
  EXPECT_EQ(result.code, exit_usage);
  EXPECT_THAT(served_, IsEmpty());
  EXPECT_THAT(result.err, AllOf(HasSubstr(":3:19: error GH1005"), HasSubstr("did you mean \"strict\"?")));
}

// A disk that is full.
class FullBuffer : public std::streambuf {};

TEST_F(Commands, AnAnswerThatCannotBeWrittenIsAFailure) {
  const auto file = config();
  const std::vector<std::vector<std::string>> commands = {{"version"},
                                                          {"--version"},
                                                          {"serve", "--help"},
                                                          {"show-config", "--config", file},
                                                          {"show-config", "--reference"},
                                                          {"check-config", "--config", file},
                                                          {"keys", "list", "--config", file},
                                                          {"plugins", "list", "--config", file}};
  for (const auto& words : commands) {
    FullBuffer full;
    std::ostream out(&full);
    std::ostringstream err;
    EXPECT_EQ(run_cli(words, product_, out, err), exit_failure) << words[0];
    EXPECT_THAT(err.str(), HasSubstr("could not be written to standard output")) << words[0];
  }
}

TEST_F(Commands, CheckConfigSaysOk) {
  const auto result = run({"check-config", "--config", config()});
  EXPECT_EQ(result.code, exit_ok) << result.err;
  EXPECT_THAT(result.out, HasSubstr("gatehouse.toml: ok\n"));
}

TEST_F(Commands, CheckConfigFindsAKeyringThatOthersCanReadAndChangesNothing) {
  const auto file = config("[[plugin]]\nname = \"kms-local\"\n[plugin.config]\nkeyring = \"ring\"\n");
  const auto ring = folder_.write("ring", "anything");
  std::filesystem::permissions(ring, std::filesystem::perms(0644));
  const auto result = run({"check-config", "--config", file});
  EXPECT_EQ(result.code, exit_usage);
  EXPECT_THAT(result.err, AllOf(HasSubstr(":6:11: error GH1018"), HasSubstr("chmod 0600 " + ring.string())));
  EXPECT_EQ(test::read_file(ring), "anything");
  std::filesystem::permissions(ring, std::filesystem::perms(0600));
  EXPECT_EQ(run({"check-config", "--config", file}).code, exit_ok);
}

TEST_F(Commands, CheckConfigFindsAStateFolderThatOthersMayWriteTo) {
  const auto file = config();
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0770));
  const auto result = run({"check-config", "--config", file});
  EXPECT_EQ(result.code, exit_usage);
  EXPECT_THAT(result.err, AllOf(HasSubstr(":2:13: error GH1018"), HasSubstr("chmod go-w")));
}

TEST_F(Commands, KeysListShowsThoseOfSharedSecretsAndMakesNone) {
  const auto secret = folder_.write("secret", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n");
  std::filesystem::permissions(secret, std::filesystem::perms(0600));
  const auto file = config(
      "[[plugin]]\nname = \"kms-local\"\n[plugin.config]\nkeyring = \"ring\"\nhmac_secrets = "
      "{ file = \"" +
      secret.string() + "\" }\n");
  const auto result = run({"keys", "list", "--config", file});
  EXPECT_EQ(result.code, exit_ok) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("refresh"), HasSubstr("identifier"), HasSubstr("cursor"),
                                HasSubstr("mail_token"), Not(HasSubstr("access"))));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "ring"));
}

TEST_F(Commands, MailTestSendsAMailThroughEveryTransport) {
  const auto result =
      run({"mail", "test", "ada@example.com", "--config", config("mail.from = \"Us <us@example.com>\"\n")});
  EXPECT_EQ(result.code, exit_ok) << result.err;
  EXPECT_THAT(result.out, HasSubstr("mail-outbox: the mail from Us <us@example.com> was taken"));
  std::string mail;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path() / "outbox")) {
    if (entry.is_regular_file()) mail += test::read_file(entry.path());
  }
  EXPECT_THAT(mail, AllOf(HasSubstr("To: <ada@example.com>"), HasSubstr("gatehouse mail test")));
}

TEST_F(Commands, MailTestSaysWhatATransportSaid) {
  const auto file = config(
      "[[plugin]]\nname = \"smtp\"\nlibrary = \"mail-smtp\"\n[plugin.config]\nhost = \"127.0.0.1\"\n"
      "port = 1\ntls = \"none\"\n[mail]\ndeliver_via = [\"smtp\"]\n");
  const auto result = run({"mail", "test", "ada@example.com", "--config", file, "--format", "json"});
  EXPECT_EQ(result.code, exit_failure);
  EXPECT_THAT(result.out, AllOf(HasSubstr(R"("plugin":"smtp","taken":false)"), HasSubstr("127.0.0.1:1")));
  EXPECT_THAT(result.err, HasSubstr("GH1112")) << "nobody would take a mail from no-reply@localhost";
}

TEST_F(Commands, MailTestTakesAnAddressOnly) {
  EXPECT_EQ(run({"mail", "test", "ada", "--config", config()}).code, exit_usage);
}

TEST_F(Commands, MailsInTheMemoryOfAServerCannotBeListed) {
  product_.schema = {mail::mail_job_kind()};
  product_.tenants = {"default"};
  for (const auto& words : {std::vector<std::string>{"mail", "list"}, {"mail", "retry", "--all"}}) {
    auto all = words;
    all.insert(all.end(), {"--config", config()});
    const auto result = run(all);
    EXPECT_EQ(result.code, exit_failure);
    EXPECT_THAT(result.err, HasSubstr("store-memory keeps its records in the memory of the server"));
  }
  EXPECT_EQ(run({"mail", "retry", "--config", config()}).code, exit_usage);
}

TEST_F(Commands, CheckConfigNamesEveryFaultOfTheMailTemplatesWithFileAndLine) {
  const auto mails = folder_.path() / "mails";
  std::filesystem::create_directories(mails / "acme");
  const auto file = config("mail.templates = \"" + mails.string() + "\"\n");
  EXPECT_EQ(run({"check-config", "--config", file}).code, exit_ok);
  folder_.write("mails/verify_email.txt", "Subject: Hi\n\nPlease\n{{lnk}}\n");
  folder_.write("mails/acme/reset_password.html", "<p>\n{{#ip}}from {{ip}}\n</p>\n");
  const auto result = run({"check-config", "--config", file});
  EXPECT_EQ(result.code, exit_usage);
  EXPECT_THAT(result.err, AllOf(HasSubstr((mails / "verify_email.txt").string() + ":4:1: error GH1019: no mail has"),
                                HasSubstr((mails / "acme/reset_password.html").string() + ":2:1: error GH1019"),
                                Not(HasSubstr("state_dir")), HasSubstr("2 errors")));
}

TEST_F(Commands, CheckConfigNamesAFolderOfMailTemplatesThatIsNotThere) {
  const auto result = run({"check-config", "--config", config("mail.templates = \"/nowhere/mails\"\n")});
  EXPECT_EQ(result.code, exit_usage);
  EXPECT_THAT(result.err, AllOf(HasSubstr(":3:18: error GH1019"), HasSubstr("/nowhere/mails")));
}

TEST_F(Commands, CheckConfigAsJsonIsOneObject) {
  const auto result = run({"check-config", "--format", "json", "--config", config("server.lisen = \"x\"\n")});
  EXPECT_EQ(result.code, exit_usage);
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["problems"][0]["id"], "GH1002");
  EXPECT_EQ(json["problems"][0]["line"], 3);
  EXPECT_EQ(json["problems"][0]["column"], 8);
}

TEST_F(Commands, CheckConfigAsksThePluginsThemselves) {
  const auto result =
      run({"check-config", "--config", config("[[plugin]]\nname = \"kms-local\"\n[plugin.config]\nrsa_bits = 7\n")});
  EXPECT_EQ(result.code, exit_usage);
  EXPECT_THAT(result.err, AllOf(HasSubstr(":6:12: error"), HasSubstr("rsa_bits"), HasSubstr("3072")));
}

TEST_F(Commands, CheckConfigKnowsTheSettingsOfRealPlugins) {
  const auto result =
      run({"check-config", "--config", config("[[plugin]]\nname = \"kms-local\"\n[plugin.config]\nkeyrng = \"k\"\n")});
  EXPECT_EQ(result.code, exit_usage);
  EXPECT_THAT(result.err, AllOf(HasSubstr(":6:1: error GH1002"), HasSubstr("did you mean \"keyring\"?")));
}

TEST_F(Commands, CheckConfigCreatesNothing) {
  const auto before = std::distance(std::filesystem::directory_iterator(folder_.path()), {});
  (void)run({"check-config", "--config", config()});
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), before + 1);
}

TEST_F(Commands, AFileThatIsNotThereIsNamed) {
  const auto result = run({"check-config", "--config", "/none/gatehouse.toml"});
  EXPECT_EQ(result.code, exit_usage);
  EXPECT_THAT(result.err, AllOf(HasSubstr("/none/gatehouse.toml: error GH1010"), HasSubstr("No such file")));
}

TEST_F(Commands, AFolderIsNotAFile) {
  const auto result = run({"check-config", "--config", folder_.path().string()});
  EXPECT_EQ(result.code, exit_usage);
  EXPECT_THAT(result.err, HasSubstr("not a regular file"));
}

TEST_F(Commands, ShowConfigPrintsTheOrigins) {
  const auto result = run({"show-config", "--config", config("log.level = \"warn\"\n")});
  EXPECT_EQ(result.code, exit_ok) << result.err;
  EXPECT_THAT(result.out, ContainsRegex("level = \"warn\" +# .*gatehouse.toml:3\n"));
  EXPECT_THAT(result.out, HasSubstr("keyring = \"" + folder_.path().string() + "/keyring\""));
}

TEST_F(Commands, ShowConfigReferenceNeedsNoConfiguration) {
  const auto result = run({"show-config", "--reference"});
  EXPECT_EQ(result.code, exit_ok);
  EXPECT_THAT(result.out, HasSubstr("# access_ttl = \"15m\"\n"));
}

TEST_F(Commands, PluginsListShowsRolesAndFiles) {
  const auto result = run({"plugins", "list", "--config", config()});
  EXPECT_EQ(result.code, exit_ok) << result.err;
  EXPECT_THAT(result.out, ContainsRegex("store-memory +store-memory +[0-9.]+ +gatehouse.store/1, "
                                        "gatehouse.rate_limiter/1, gatehouse.store_watch/1 +/"));
  EXPECT_THAT(result.out, ContainsRegex("kms-local +kms-local +[0-9.]+ +gatehouse.kms/1 +/"));
}

TEST_F(Commands, PluginsListAsJson) {
  const auto result = run({"plugins", "list", "--format", "json", "--config", config()});
  const auto json = nlohmann::json::parse(result.out);
  ASSERT_GE(json["plugins"].size(), 3U);
  EXPECT_EQ(json["plugins"][0]["id"], "store-memory");
}

TEST_F(Commands, PluginsInspectPrintsTheBlockToPaste) {
  const auto result = run({"plugins", "inspect", "kms-local"});
  EXPECT_EQ(result.code, exit_ok) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("offers:   gatehouse.kms/1\n"), HasSubstr("[[plugin]]\nname = \"kms-local\"\n"),
                    HasSubstr("# keyring = \"keyring\"\n")));
}

TEST_F(Commands, TheBlockToPasteIsAConfigurationThatWorks) {
  const auto text = run({"plugins", "inspect", "kms-local"}).out;
  const auto result = run({"check-config", "--config", config(text.substr(text.find("[[plugin]]")))});
  EXPECT_EQ(result.code, exit_ok) << result.err;
}

TEST_F(Commands, PluginsInspectAsJson) {
  const auto json = nlohmann::json::parse(run({"plugins", "inspect", "kms-local", "--format", "json"}).out);
  EXPECT_EQ(json["id"], "kms-local");
  EXPECT_EQ(json["sha256"].get<std::string>().size(), 64U);
  EXPECT_EQ(json["settings"][0]["key"], "keyring");
}

TEST_F(Commands, PluginsInspectSaysWhyAFileIsNoPlugin) {
  const auto file = folder_.write("x.so", "not a library");
  const auto result = run({"plugins", "inspect", file.string()});
  EXPECT_EQ(result.code, exit_failure);
  EXPECT_THAT(result.err, HasSubstr("x.so"));
}

// The check's own report goes past this process; what it says of a plugin is in its exit code.
TEST_F(Commands, PluginsVerifyRunsThePluginCheckBesideTheProgram) {
  EXPECT_EQ(run({"plugins", "verify", "kms-local", "--only", "loading"}).code, exit_ok);
}

TEST_F(Commands, PluginsVerifyHandsOverTheSettingsOfTheConfiguration) {
  const auto with = [&](const std::string& settings) {
    return config("[[plugin]]\nname = \"kms-local\"\nlibrary = \"kms-local\"\n[plugin.config]\n" + settings);
  };
  const auto verify = [&](const std::string& file) {
    return run({"plugins", "verify", "kms-local", "--config", file, "--only", "lifecycle.starts_and_stops"}).code;
  };
  EXPECT_EQ(verify(with("rsa_bits = 4096\nkeyring = \"ring\"\n")), exit_ok);
  EXPECT_EQ(verify(with("rsa_bits = 3073\n")), exit_failure) << "the plugin refuses this length";
  EXPECT_EQ(verify(with("hmac_secrets = { env = \"GATEHOUSE_TEST_SECRET\" }\n")), exit_usage) << "it is not set";
}

TEST_F(Commands, PluginsVerifySaysWhichFileIsMissing) {
  const auto result = run({"plugins", "verify", (folder_.path() / "no.so").string()});
  EXPECT_EQ(result.code, exit_failure);
  EXPECT_THAT(result.err, HasSubstr("no.so"));
}

TEST_F(Commands, PluginsNewWritesAProjectAndSaysHowToBuildIt) {
  const auto folder = (folder_.path() / "acme").string();
  const auto result = run({"plugins", "new", "limiter", "acme-limiter", "--dir", folder});
  EXPECT_EQ(result.code, exit_ok) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("cmake -S " + folder), HasSubstr("ctest --test-dir " + folder + "/build")));
  EXPECT_THAT(result.err, HasSubstr("give -DCMAKE_PREFIX_PATH=DIR")) << "these tests run in a build folder";
  EXPECT_THAT(test::read_file(folder + "/CMakeLists.txt"), HasSubstr("gatehouse_add_plugin(acme-limiter "));
}

TEST_F(Commands, PluginsNewTouchesNoFolderThatHoldsSomething) {
  const auto mine = folder_.write("mine.txt", "mine");
  const auto result = run({"plugins", "new", "mail", "acme", "--dir", folder_.path().string()});
  EXPECT_EQ(result.code, exit_failure);
  EXPECT_THAT(result.err, HasSubstr("not an empty folder"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1);
  EXPECT_EQ(test::read_file(mine), "mine");
}

TEST_F(Commands, KeysBeforeTheFirstStartAreNone) {
  const auto result = run({"keys", "list", "--config", config()});
  EXPECT_EQ(result.code, exit_ok) << result.err;
  EXPECT_EQ(result.out, "PURPOSE  VERSION  ALGORITHM  STATE  CREATED  SIGNS FROM\n");
}

TEST_F(Commands, RotatingPublishesANewVersionBeforeItSigns) {
  const auto file = config();
  make_key(file);
  EXPECT_THAT(run({"keys", "list", "--config", file}).out, ContainsRegex("access +1 +ES256 +current +20"));
  const auto result = run({"keys", "rotate", "access", "--config", file});
  EXPECT_EQ(result.code, exit_ok) << result.err;
  EXPECT_THAT(result.out, ContainsRegex("^access: version 2 .ES256. is published now and signs from 20"));
  const auto keys = keys_of(file);
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0]["state"], "current");
  EXPECT_EQ(keys[1]["state"], "next");
  EXPECT_GT(keys[1]["signsFrom"], keys[1]["created"]);
}

TEST_F(Commands, RotatingNowMakesTheNewVersionCurrent) {
  const auto file = config();
  make_key(file);
  const auto result = run({"keys", "rotate", "access", "--now", "--config", file});
  EXPECT_EQ(result.code, exit_ok) << result.err;
  EXPECT_THAT(result.out, HasSubstr("access: version 2 (ES256) is current"));
  EXPECT_EQ(keys_of(file)[0]["state"], "active");
  EXPECT_EQ(keys_of(file)[1]["state"], "current");
}

TEST_F(Commands, RotatingTakesTheAlgorithmOfTheConfiguration) {
  make_key(config());
  const auto file = config("tokens.algorithm = \"EdDSA\"\n");
  EXPECT_EQ(run({"keys", "rotate", "access", "--config", file}).code, exit_ok);
  EXPECT_EQ(keys_of(file)[0]["algorithm"], "ES256");
  EXPECT_EQ(keys_of(file)[1]["algorithm"], "EdDSA");
}

TEST_F(Commands, KeysInitMakesEveryKeyOnceAlsoWhereAServerMayNot) {
  const auto file = config("[[plugin]]\nname = \"kms-local\"\n[plugin.config]\ncreate = false\n");
  const auto first = run({"keys", "init", "--config", file});
  EXPECT_EQ(first.code, exit_ok) << first.err;
  for (const auto* purpose : {"access +1 +ES256", "refresh +1 +HMAC", "identifier +1", "cursor +1", "mail_token +1"}) {
    EXPECT_THAT(first.out, ContainsRegex(purpose));
  }
  EXPECT_EQ(run({"keys", "init", "--config", file}).out, first.out);
}

TEST_F(Commands, RotatingWhatIsNotThereFailsInWords) {
  const auto result = run({"keys", "rotate", "access", "--config", config()});
  EXPECT_EQ(result.code, exit_failure);
  EXPECT_THAT(result.err, HasSubstr("there is no key yet"));
}

TEST_F(Commands, AnUnknownPurposeIsAUsageError) {
  const auto result = run({"keys", "rotate", "acess", "--config", config()});
  EXPECT_EQ(result.code, exit_usage);
  EXPECT_THAT(result.err, HasSubstr("did you mean \"access\"?"));
}

TEST_F(Commands, VersionNamesServerAndAbi) {
  const auto result = run({"version"});
  EXPECT_EQ(result.code, exit_ok);
  EXPECT_THAT(result.out, ContainsRegex("^gatehouse [0-9]+.[0-9]+.[0-9]+ .plugin ABI [0-9]+.[0-9]+.\n$"));
}

TEST_F(Commands, WordsThatAreNotUnderstoodAreToldOnTheErrorOutput) {
  const auto result = run({"serv"});
  EXPECT_EQ(result.code, exit_usage);
  EXPECT_THAT(result.err, HasSubstr("serve"));
  EXPECT_THAT(result.out, IsEmpty());
}

TEST(SecretFile, LosesOneLineFeedAtItsEnd) {
  const test::TempFolder folder;
  EXPECT_EQ(read_secret_file(folder.write("a", "canary\n").string())->text.reveal(), "canary");
  EXPECT_EQ(read_secret_file(folder.write("b", "canary\r\n").string())->text.reveal(), "canary");
  EXPECT_EQ(read_secret_file(folder.write("c", "canary\n\n").string())->text.reveal(), "canary\n");
}

TEST(SecretFile, OfAnotherKindIsRefusedInWords) {
  const test::TempFolder folder;
  EXPECT_THAT(read_secret_file("/none").error(), HasSubstr("No such file"));
  EXPECT_THAT(read_secret_file(folder.path().string()).error(), HasSubstr("regular file"));
  EXPECT_THAT(read_secret_file("/dev/zero").error(), HasSubstr("regular file"));
  EXPECT_THAT(read_secret_file(folder.write("empty", "\n").string()).error(), HasSubstr("empty"));
  EXPECT_THAT(read_secret_file(folder.write("long", std::string(100'000, 'x')).string()).error(), HasSubstr("64 KiB"));
}

TEST(SecretFile, TellsWhenOthersCanReadIt) {
  using std::filesystem::perms;
  const test::TempFolder folder;
  const auto file = folder.write("a", "canary");
  std::filesystem::permissions(file, perms::owner_read | perms::group_read);
  EXPECT_FALSE(read_secret_file(file.string())->open_to_others);
  std::filesystem::permissions(file, perms::owner_read | perms::others_read);
  EXPECT_TRUE(read_secret_file(file.string())->open_to_others);
}

TEST(LogStyleChoice, FollowsTheSettingThenTheTerminal) {
  EXPECT_EQ(log_style(LogFormat::Auto, {.terminal = false}), LogStyle::Json);
  EXPECT_EQ(log_style(LogFormat::Auto, {.terminal = true}), LogStyle::Colour);
  EXPECT_EQ(log_style(LogFormat::Auto, {.terminal = true, .no_color = true}), LogStyle::Pretty);
  EXPECT_EQ(log_style(LogFormat::Json, {.terminal = true}), LogStyle::Json);
  EXPECT_EQ(log_style(LogFormat::Pretty, {.terminal = false}), LogStyle::Pretty);
}

}  // namespace
}  // namespace gatehouse::app
