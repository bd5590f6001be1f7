// SPDX-License-Identifier: Apache-2.0
#include "check/kit.h"
#include "kms/signature_check.h"
#include "support/temp_folder.h"

#include <gatehouse/kms.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace gatehouse::test {
namespace {

std::string bytes_of(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

TEST(Kit, ADeclaredQuirkIsShownAndTheCodeSaysSo) {
  const auto report = check(faulty("faulty-limiter"),
                            "[config]\nfault = \"resets nothing\"\n"
                            "[[quirk]]\ncase = \"limiter.reset_forgets\"\nreason = \"the backend cannot forget\"\n",
                            {"--only", "limiter.reset_forgets"});
  EXPECT_EQ(report.code, 3);
  const auto& result = report.of("limiter.reset_forgets");
  EXPECT_EQ(result["verdict"].text(), "warned");
  EXPECT_TRUE(result["sentence"].text().starts_with("declared quirk: the backend cannot forget; failed: "));
  EXPECT_EQ(result["quirk"].text(), "the backend cannot forget");
  EXPECT_FALSE(report.json["conforms"].boolean());
}

TEST(Kit, AQuirkThatIsNoneAnyMoreIsNamed) {
  const auto report = check(faulty("faulty-limiter"),
                            "[[quirk]]\ncase = \"limiter.reset_forgets\"\nreason = \"the backend cannot forget\"\n",
                            {"--only", "limiter.reset_forgets"});
  EXPECT_EQ(report.code, 3);
  EXPECT_EQ(report.of("limiter.reset_forgets")["verdict"].text(), "warned");
  EXPECT_NE(report.of("limiter.reset_forgets")["sentence"].text().find("take the declaration out"), std::string::npos);
}

// A reader of JSON keeps one member of a name, and which one nobody knows.
TEST(Kit, ListsAllQuirksAsOneMember) {
  const auto report = check(faulty("faulty-limiter"),
                            "[[quirk]]\ncase = \"limiter.reset_forgets\"\nreason = \"one\"\n"
                            "[[quirk]]\ncase = \"limiter.takes_extremes\"\nreason = \"two\"\n",
                            {"--only", "limiter.reset_forgets"});
  const auto& quirks = report.json["quirks"].items();
  ASSERT_EQ(quirks.size(), 2u);
  EXPECT_EQ(quirks[0].text(), "limiter.reset_forgets: one");
  EXPECT_EQ(quirks[1].text(), "limiter.takes_extremes: two");
  EXPECT_EQ(check(faulty("faulty-limiter"), "", {"--only", "limiter.reset_forgets"}).json["quirks"].items().size(), 0u);
}

TEST(Kit, RefusesAQuirkOfNoCase) {
  const TempFolder folder;
  const auto file = folder.write("check.toml", "[[quirk]]\ncase = \"limiter.nothing\"\nreason = \"x\"\n").string();
  const auto result = run_kit({"--config", file, faulty("faulty-limiter")});
  EXPECT_EQ(result.code, 2);
  EXPECT_NE(result.err.find("there is no case limiter.nothing"), std::string::npos) << result.err;
}

TEST(Kit, ACheckFileThatIsWrongIsNamedWithItsLine) {
  const TempFolder folder;
  const auto file = folder.write("check.toml", "[config]\nfault = \"\"\n[check]\neffort = -1\n").string();
  const auto result = run_kit({"--config", file, faulty("faulty-limiter")});
  EXPECT_EQ(result.code, 2);
  EXPECT_NE(result.err.find("check.toml:4: "), std::string::npos) << result.err;
}

TEST(Kit, ASettingThePluginDoesNotHaveIsRefusedInTheHostsWords) {
  const TempFolder folder;
  const auto file = folder.write("check.toml", "[config]\nfalt = \"\"\n").string();
  const auto result = run_kit({"--config", file, faulty("faulty-limiter")});
  EXPECT_EQ(result.code, 2);
  EXPECT_NE(result.err.find("has no setting falt; did you mean fault?"), std::string::npos) << result.err;
}

TEST(Kit, AWrongNameOfACaseIsAUsageError) {
  const auto result = run_kit({"--only", "limiter.reset_forgts", faulty("faulty-limiter")});
  EXPECT_EQ(result.code, 2);
  EXPECT_NE(result.err.find("did you mean limiter.reset_forgets?"), std::string::npos) << result.err;
  EXPECT_EQ(run_kit({}).code, 2);
  EXPECT_EQ(run_kit({"--nothing"}).code, 2);
}

TEST(Kit, TheTextSaysForEachCaseWhatHolds) {
  const auto result = run_kit({"--only", "limiter.reset_forgets", shipped("store-memory")});
  EXPECT_EQ(result.code, 0);
  EXPECT_NE(result.out.find("store-memory 1.0.0, Apache-2.0"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("passed    limiter.reset_forgets"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("\n1 passed\n"), std::string::npos) << result.out;
}

TEST(Kit, LeavesNoFolderBehindWhenAPluginCrashes) {
  const TempFolder place;
  ProgramCall call;
  const auto file = place.write("check.toml", "[config]\nfault = \"start crashes\"\n").string();
  call.arguments = {CHECK_KIT, "--config", file, "--only", "lifecycle.starts_and_stops", faulty("faulty-limiter")};
  const auto temp = place.path() / "tmp";
  std::filesystem::create_directory(temp);
  call.environment = {{"TMPDIR", temp.string()}};
  EXPECT_EQ(run_program(call).code, 1);
  EXPECT_TRUE(std::filesystem::is_empty(temp));
}

// docs/plugin-check.md names every case in a table of its group: | `name` | what it proves |
TEST(Kit, TheDocumentationListsEveryCaseWithItsSentence) {
  const auto page = read_file(CHECK_DOCS);
  const auto list = Json::parse(run_kit({"--list", "--json"}).out);
  ASSERT_GT(list.size(), 50u);
  for (const auto& each : list.items()) {
    const auto row = "| `" + each["name"].text() + "` | " + each["proves"].text() + " |";
    EXPECT_NE(page.find(row), std::string::npos) << "docs/plugin-check.md has no row: " << row;
  }
  for (auto at = page.find("\n| `"); at != std::string::npos; at = page.find("\n| `", at + 1)) {
    const auto name = page.substr(at + 4, page.find('`', at + 4) - at - 4);
    if (name.find('.') == std::string::npos) continue;
    bool exists = false;
    for (const auto& each : list.items()) exists = exists || each["name"].text() == name;
    EXPECT_TRUE(exists) << name << " is in docs/plugin-check.md and no case";
  }
}

class Shipped : public ::testing::TestWithParam<const char*> {};

TEST_P(Shipped, PassesTheKitWithoutAQuirk) {
  const auto report = check(shipped(GetParam()), "");
  EXPECT_EQ(report.code, 0);
  EXPECT_TRUE(report.json["conforms"].boolean());
  for (const auto& each : report.json["cases"].items()) {
    const auto& verdict = each["verdict"].text();
    EXPECT_TRUE(verdict == "passed" || verdict == "skipped")
        << each["name"].text() << " " << verdict << ": " << each["sentence"].text();
  }
}

INSTANTIATE_TEST_SUITE_P(Each, Shipped, ::testing::Values("store-memory", "kms-local", "mail-outbox"),
                         [](const auto& each) {
                           std::string name = each.param;
                           name[name.find('-')] = '_';
                           return name;
                         });

// RFC 4231 test cases 6 and 7 and RFC 8032 7.1 test 1, with their keys in the keyring.
TEST(Kit, KmsLocalGivesThePublishedResults) {
  const TempFolder folder;
  std::string hmac_key = "qqo=";  // the end of 131 bytes of 0xaa in base64
  hmac_key.insert(0, std::size_t{43} * 4, 'q');
  const auto keyring = folder.write("keyring",
                                    "gatehouse-keyring 1\n"
                                    "vector 1 HMAC-SHA256 current 2026-01-01T00:00:00Z " +
                                        hmac_key +
                                        "\n"
                                        "vector_ed 1 EdDSA current 2026-01-01T00:00:00Z "
                                        "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\nend 2\n");
  std::filesystem::permissions(keyring, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const auto report = check(shipped("kms-local"),
                            "[config]\nkeyring = \"" + keyring.string() + "\"\n" +
                                "[[vector]]\npurpose = \"vector\"\nalgorithm = \"HMAC-SHA256\"\n"
                                "message = "
                                "\"54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d204861"
                                "7368204b6579204669727374\"\n"
                                "result = \"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54\"\n"
                                "[[vector]]\npurpose = \"vector_ed\"\nalgorithm = \"EdDSA\"\nmessage = \"\"\n"
                                "result = "
                                "\"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e"
                                "39701cf9b46bd25bf5f0595bbe24655141438e7a100b\"\n",
                            {"--only", "kms.gives_published_results"});
  EXPECT_EQ(report.of("kms.gives_published_results")["verdict"].text(), "passed")
      << report.of("kms.gives_published_results")["sentence"].text();
}

// What the kit holds signatures against is right itself: RFC 8032 7.1 test 2, RFC 6979 A.2.5 with SHA-256.
TEST(SignatureCheck, VerifiesPublishedSignatures) {
  const auto ed = bytes_of("302a300506032b65700321003d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const auto ed_signature = bytes_of(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  EXPECT_EQ(gatehouse::check::kms::key_problem(GH_ALG_EDDSA, ed), "");
  EXPECT_TRUE(gatehouse::check::kms::verifies(GH_ALG_EDDSA, ed, bytes_of("72"), ed_signature));
  EXPECT_FALSE(gatehouse::check::kms::verifies(GH_ALG_EDDSA, ed, bytes_of("73"), ed_signature));

  const auto ec = bytes_of(
      "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
      "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
      "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
  const auto ec_signature = bytes_of(
      "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
      "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
  EXPECT_EQ(gatehouse::check::kms::key_problem(GH_ALG_ES256, ec), "");
  EXPECT_TRUE(gatehouse::check::kms::verifies(GH_ALG_ES256, ec, "sample", ec_signature));
  EXPECT_FALSE(gatehouse::check::kms::verifies(GH_ALG_ES256, ec, "Sample", ec_signature));
  EXPECT_NE(gatehouse::check::kms::key_problem(GH_ALG_EDDSA, ec), "");
  EXPECT_NE(gatehouse::check::kms::key_problem(GH_ALG_RS256, ed), "");
}

}  // namespace
}  // namespace gatehouse::test
