// SPDX-License-Identifier: Apache-2.0
#include "app/cli.h"
#include "app/commands/plugin_words.h"
#include "app/process_inputs.h"
#include "support/temp_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace gatehouse::app {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// `plugins inspect` and `verify`, over the plugins of the build.
class PluginCommands : public testing::Test {
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
  std::string config(const std::string& more) {
    return folder_.write("gatehouse.toml", "mode = \"dev\"\nstate_dir = \"" + folder_.path().string() + "\"\n" + more)
        .string();
  }

  test::TempFolder folder_;
  Product product_{{}, {"user", "session", "event"}};
};

TEST_F(PluginCommands, TheBlockToPasteNamesAFileOutsideOfThePluginPathInFull) {
  const auto shipped = std::filesystem::path(default_plugin_path()) / "mail-outbox.so";
  const auto copy = folder_.path() / "mail-outbox.so";
  std::filesystem::copy_file(shipped, copy);
  const auto text = run({"plugins", "inspect", copy.string()}).out;
  EXPECT_THAT(text, HasSubstr("\nlibrary = \"" + copy.string() + "\"\n"));
  const auto result = run({"check-config", "--config", config(text.substr(text.find("[[plugin]]")))});
  EXPECT_EQ(result.code, exit_ok) << result.err;
  EXPECT_THAT(run({"plugins", "inspect", shipped.string()}).out, HasSubstr("\nlibrary = \"mail-outbox\"\n"));
}

TEST_F(PluginCommands, PluginsInspectShowsWhatAStoreDeclaresAndWhatThePluginNeeds) {
  const auto store = run({"plugins", "inspect", "store-memory"}).out;
  EXPECT_THAT(store, ContainsRegex("\ndeclares: commits across partitions\n"));
  const auto keys = run({"plugins", "inspect", "kms-local"}).out;
  EXPECT_THAT(keys, AllOf(ContainsRegex("\nneeds:    .*libcrypto\\.so\\.3"), Not(HasSubstr("declares:"))));
}

TEST_F(PluginCommands, TheBlockToPasteGivesThePluginItsWork) {
  EXPECT_THAT(run({"plugins", "inspect", "kms-local"}).out, HasSubstr("\n[keys]\nprovider = \"kms-local\"\n"));
  EXPECT_THAT(run({"plugins", "inspect", "mail-outbox"}).out, HasSubstr("\n[mail]\ndeliver_via = [\"mail-outbox\"]\n"));
  EXPECT_THAT(run({"plugins", "inspect", "store-memory"}).out,
              AllOf(HasSubstr("\n[storage]\ndefault = [\"store-memory\"]\n"),
                    HasSubstr("\n[rate_limit]\nlimiter = \"store-memory\"\n")));
}

TEST_F(PluginCommands, PluginsVerifyTakesQuirksAndSettingsOfACheckFile) {
  const auto served = config("[[plugin]]\nname = \"kms-local\"\n[plugin.config]\nrsa_bits = 4096\n");
  const auto verify = [&](const std::string& check_file) {
    const auto file = folder_.write("check.toml", check_file).string();
    return run({"plugins", "verify", "kms-local", "--config", served, "--check", file, "--only",
                "lifecycle.starts_and_stops"})
        .code;
  };
  EXPECT_EQ(verify("[check]\ntime_factor = 2\n"), exit_ok);
  EXPECT_EQ(verify("[check]\ntime_factr = 2\n"), exit_usage);
  EXPECT_EQ(verify("[config]\nrsa_bits = 3073\n"), exit_failure)
      << "it goes before the configuration's, and is refused";
  constexpr int exit_with_quirks = 3;
  EXPECT_EQ(verify("[[quirk]]\ncase = \"lifecycle.starts_and_stops\"\nreason = \"x\"\n"), exit_with_quirks);
}

TEST_F(PluginCommands, PluginsVerifyTouchesNothingOfTheServersStateFolder) {
  const auto served = config("[[plugin]]\nname = \"kms-local\"\n[plugin.config]\nkeyring = \"ring\"\n");
  EXPECT_EQ(run({"plugins", "verify", "kms-local", "--config", served, "--only", "kms.ensure_is_idempotent"}).code,
            exit_ok);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "ring"));
}

TEST_F(PluginCommands, APluginThatIsNotConfiguredIsToldWhichAre) {
  const auto served = config("[[plugin]]\nname = \"limiter\"\nlibrary = \"store-memory\"\n");
  for (const auto* command : {"inspect", "verify"}) {
    const auto result = run({"plugins", command, "limitr", "--config", served});
    EXPECT_EQ(result.code, exit_failure);
    EXPECT_THAT(result.err, AllOf(HasSubstr("limitr.so: not found in"), HasSubstr("names the plugins \"limiter\""),
                                  HasSubstr("did you mean \"limiter\"?")));
  }
}

TEST_F(PluginCommands, AStemThatIsNearlyOneIsRecognized) {
  EXPECT_THAT(run({"plugins", "inspect", "kms-lokal"}).err, HasSubstr("did you mean \"kms-local\"?"));
}

TEST_F(PluginCommands, APathThatIsNearlyOneIsRecognized) {
  folder_.write("acme.so", "");
  EXPECT_THAT(run({"plugins", "inspect", (folder_.path() / "acne.so").string()}).err,
              HasSubstr("did you mean \"acme.so\"?"));
  EXPECT_THAT(run({"plugins", "inspect", (folder_.path() / "other.so").string()}).err,
              HasSubstr("in that folder there is acme.so"));
}

TEST(PluginVersion, IsSemanticWithThreeNumbers) {
  for (const auto* version : {"1.2.3", "0.1.0", "10.20.30-rc.1", "1.2.3+5"}) EXPECT_TRUE(is_semantic_version(version));
  for (const auto* version : {"", "v1", "1", "1.2", "1.2.3.4", "01.2.3", "1..3", "1.2.3-", "1.2.x"}) {
    EXPECT_FALSE(is_semantic_version(version)) << version;
  }
}

}  // namespace
}  // namespace gatehouse::app
