// SPDX-License-Identifier: Apache-2.0
#include "unit/kms-local/kms_fixture.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace gatehouse::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class KmsRotation : public KmsLocal {};

TEST_F(KmsRotation, EnsureMakesOneCurrentKeyAndTheFileForItsOwnerOnly) {
  auto kms = started();
  EXPECT_FALSE(std::filesystem::exists(path()));
  ASSERT_EQ(kms->ensure("refresh", GH_ALG_HMAC_SHA256).status, GH_OK);
  const auto [status, keys] = kms->keys("refresh");
  EXPECT_EQ(status, GH_OK);
  ASSERT_THAT(keys, SizeIs(1));
  EXPECT_EQ(keys[0].version, 1u);
  EXPECT_EQ(keys[0].algorithm, GH_ALG_HMAC_SHA256);
  EXPECT_EQ(keys[0].state, GH_KEY_CURRENT);
  EXPECT_EQ(keys[0].created_us, kms->now_us);
  EXPECT_THAT(keys[0].public_key, IsEmpty());
  struct stat file {};
  ASSERT_EQ(::stat(path().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777, 0600u);
}

TEST_F(KmsRotation, EnsureAgainChangesNothing) {
  started()->ensure("refresh", GH_ALG_HMAC_SHA256);
  const std::string before = read();
  auto again = started();
  EXPECT_EQ(again->ensure("refresh", GH_ALG_HMAC_SHA256).status, GH_OK);
  EXPECT_EQ(again->states("refresh"), "1 current");
  EXPECT_EQ(read(), before);
}

TEST_F(KmsRotation, EnsureWithAnotherAlgorithmIsInvalidAndSaysWhichThereIs) {
  auto kms = started();
  kms->ensure("access", GH_ALG_ES256);
  const Answer answer = kms->ensure("access", GH_ALG_EDDSA);
  EXPECT_EQ(answer.status, GH_INVALID);
  EXPECT_THAT(answer.explanation, AllOf(HasSubstr("is ES256, not EdDSA"), HasSubstr("gatehouse keys rotate access")));
}

TEST_F(KmsRotation, EnsureRefusesWhatIsNoPurposeOrAlgorithm) {
  auto kms = started();
  for (const std::string purpose : {"", "Access", "a b", "a\n1", "a-b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    EXPECT_EQ(kms->ensure(purpose, GH_ALG_ES256).status, GH_INVALID) << purpose;
  }
  EXPECT_EQ(kms->ensure("access", 0).status, GH_INVALID);
  EXPECT_EQ(kms->ensure("access", 5).status, GH_INVALID);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(KmsRotation, WithoutCreateAMissingKeyIsNotFoundAndTheWordsSayHowToMakeIt) {
  auto kms = started({{"create", false}});
  const Answer answer = kms->ensure("access", GH_ALG_ES256);
  EXPECT_EQ(answer.status, GH_NOT_FOUND);
  EXPECT_THAT(answer.explanation, HasSubstr("`gatehouse keys init`"));
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(KmsRotation, WithoutCreateAnExistingKeyIsUsed) {
  started()->ensure("access", GH_ALG_ES256);
  auto kms = started({{"create", false}});
  EXPECT_EQ(kms->ensure("access", GH_ALG_ES256).status, GH_OK);
  EXPECT_EQ(kms->sign("access", 0, "m").status, GH_OK);
}

TEST_F(KmsRotation, ANewVersionSignsAndTheOldOneStillVerifies) {
  auto kms = started();
  kms->ensure("refresh", GH_ALG_HMAC_SHA256);
  const Answer before = kms->mac("refresh", 0, "m");
  const Answer rotated = kms->rotate("refresh");
  EXPECT_EQ(rotated.status, GH_OK);
  EXPECT_EQ(rotated.version, 2u);
  EXPECT_EQ(kms->states("refresh"), "1 active, 2 current");
  EXPECT_EQ(kms->mac("refresh", 1, "m").bytes, before.bytes);
  const Answer after = kms->mac("refresh", 0, "m");
  EXPECT_EQ(after.version, 2u);
  EXPECT_NE(after.bytes, before.bytes);
}

TEST_F(KmsRotation, AnActiveVersionSignsWhenNamed) {
  auto kms = started();
  kms->ensure("access", GH_ALG_EDDSA);
  const Answer before = kms->sign("access", 0, "m");
  kms->rotate("access");
  EXPECT_EQ(kms->sign("access", 1, "m").bytes, before.bytes);
  EXPECT_EQ(kms->sign("access", 0, "m").version, 2u);
}

TEST_F(KmsRotation, ARotationOutlivesTheProcess) {
  Answer mac;
  {
    auto kms = started();
    kms->ensure("refresh", GH_ALG_HMAC_SHA256);
    kms->rotate("refresh");
    mac = kms->mac("refresh", 0, "m");
  }
  auto kms = started();
  EXPECT_EQ(kms->states("refresh"), "1 active, 2 current");
  EXPECT_EQ(kms->mac("refresh", 2, "m").bytes, mac.bytes);
}

TEST_F(KmsRotation, RotatingOnePurposeLeavesTheOthersAlone) {
  auto kms = started();
  kms->ensure("refresh", GH_ALG_HMAC_SHA256);
  kms->ensure("cursor", GH_ALG_HMAC_SHA256);
  const std::string before = kms->mac("cursor", 0, "m").bytes;
  kms->rotate("refresh");
  EXPECT_EQ(kms->states("cursor"), "1 current");
  EXPECT_EQ(kms->mac("cursor", 0, "m").bytes, before);
}

TEST_F(KmsRotation, UnknownPurposesAndVersionsAreNotFound) {
  auto kms = started();
  kms->ensure("refresh", GH_ALG_HMAC_SHA256);
  kms->ensure("access", GH_ALG_ES256);
  EXPECT_EQ(kms->mac("refresh", 2, "m").status, GH_NOT_FOUND);
  EXPECT_EQ(kms->mac("nothing", 0, "m").status, GH_NOT_FOUND);
  EXPECT_EQ(kms->sign("access", 4294967295u, "m").status, GH_NOT_FOUND);
  EXPECT_EQ(kms->sign("nothing", 0, "m").status, GH_NOT_FOUND);
  EXPECT_EQ(kms->keys("nothing").first, GH_NOT_FOUND);
  EXPECT_EQ(kms->rotate("nothing").status, GH_NOT_FOUND);
}

TEST_F(KmsRotation, AMacKeyDoesNotSignAndASigningKeyMakesNoMac) {
  auto kms = started();
  kms->ensure("refresh", GH_ALG_HMAC_SHA256);
  kms->ensure("access", GH_ALG_ES256);
  EXPECT_EQ(kms->mac("access", 0, "m").status, GH_INVALID);
  EXPECT_EQ(kms->sign("refresh", 0, "m").status, GH_INVALID);
}

TEST_F(KmsRotation, ARetiredVersionNeitherSignsNorVerifiesButIsListed) {
  write(keyring({"refresh 1 HMAC-SHA256 retired 2026-08-02T10:11:12Z " + std::string(some_secret),
                 "refresh 2 HMAC-SHA256 current 2026-08-03T10:11:12Z " + std::string(some_secret)}));
  auto kms = started();
  EXPECT_EQ(kms->mac("refresh", 1, "m").status, GH_NOT_FOUND);
  EXPECT_EQ(kms->states("refresh"), "1 retired, 2 current");
}

TEST_F(KmsRotation, TheTimeOfAKeyIsTheTimeInTheFile) {
  write(keyring({"refresh 1 HMAC-SHA256 current 2026-08-02T10:11:12Z " + std::string(some_secret)}));
  EXPECT_EQ(started()->keys("refresh").second.at(0).created_us, 1785665472 * second);
}

TEST_F(KmsRotation, AKeyIsPublishedBeforeItSignsAndThenTakesOverByItself) {
  auto kms = started();
  kms->ensure("access", GH_ALG_ES256);
  const std::int64_t from = kms->now_us + 300 * second;
  ASSERT_EQ(kms->rotate_to("access", GH_ALG_ES256, from).version, 2u);
  EXPECT_EQ(kms->states("access"), "1 current, 2 next");
  const ListedKey next = kms->keys("access").second.at(1);
  EXPECT_EQ(next.signs_from_us, from);
  EXPECT_EQ(kms->sign("access", 2, "m").status, GH_NOT_FOUND);
  EXPECT_EQ(kms->sign("access", 0, "m").version, 1u);
  const std::string file = read();

  kms->now_us = from - 1;
  EXPECT_EQ(kms->sign("access", 0, "m").version, 1u);
  kms->now_us = from;
  EXPECT_EQ(kms->sign("access", 0, "m").version, 2u);
  EXPECT_EQ(kms->states("access"), "1 active, 2 current");
  EXPECT_EQ(kms->keys("access").second.at(1).public_key, next.public_key);
  EXPECT_EQ(kms->keys("access").second.at(1).signs_from_us, 0);
  EXPECT_EQ(kms->sign("access", 1, "m").status, GH_OK);
  EXPECT_EQ(read(), file) << "a server that only reads the keyring cannot follow";
}

TEST_F(KmsRotation, ServersThatReadTheFileLaterAgreeOnTheCurrentKey) {
  auto first = started();
  first->ensure("access", GH_ALG_ES256);
  const std::int64_t from = first->now_us + 300 * second;
  first->rotate_to("access", GH_ALG_ES256, from);
  auto second_server = started();
  EXPECT_EQ(second_server->states("access"), "1 current, 2 next");
  second_server->now_us = from;
  EXPECT_EQ(second_server->states("access"), "1 active, 2 current");
}

TEST_F(KmsRotation, TheNextRotationGoesOnFromWhatBecameCurrent) {
  auto kms = started();
  kms->ensure("access", GH_ALG_ES256);
  kms->rotate_to("access", GH_ALG_ES256, kms->now_us + 300 * second);
  kms->now_us += 301 * second;
  ASSERT_EQ(kms->rotate_to("access", GH_ALG_ES256, kms->now_us + 300 * second).version, 3u);
  EXPECT_EQ(kms->states("access"), "1 active, 2 current, 3 next");
  EXPECT_EQ(started()->states("access"), "1 active, 2 current, 3 next");
}

TEST_F(KmsRotation, AtOnceTakesThePlaceOfAKeyThatWaits) {
  auto kms = started();
  kms->ensure("access", GH_ALG_ES256);
  kms->rotate_to("access", GH_ALG_ES256, kms->now_us + 300 * second);
  ASSERT_EQ(kms->rotate_to("access", GH_ALG_ES256, kms->now_us).version, 3u);
  EXPECT_EQ(kms->states("access"), "1 active, 2 active, 3 current");
  kms->now_us += 600 * second;
  EXPECT_EQ(kms->states("access"), "1 active, 2 active, 3 current");
}

TEST_F(KmsRotation, APurposeChangesItsAlgorithmAndTheOldKeyStillSignsWhenNamed) {
  auto kms = started();
  kms->ensure("access", GH_ALG_ES256);
  ASSERT_EQ(kms->rotate_to("access", GH_ALG_EDDSA, kms->now_us + 300 * second).version, 2u);
  EXPECT_EQ(kms->ensure("access", GH_ALG_ES256).status, GH_OK) << "it signs now";
  EXPECT_EQ(kms->ensure("access", GH_ALG_EDDSA).status, GH_OK) << "it will sign";
  kms->now_us += 301 * second;
  EXPECT_EQ(kms->ensure("access", GH_ALG_ES256).status, GH_INVALID);
  EXPECT_EQ(kms->ensure("access", GH_ALG_EDDSA).status, GH_OK);
  EXPECT_EQ(kms->keys("access").second.at(0).algorithm, GH_ALG_ES256);
  EXPECT_EQ(kms->keys("access").second.at(1).algorithm, GH_ALG_EDDSA);
  EXPECT_EQ(kms->sign("access", 1, "m").status, GH_OK);
  EXPECT_EQ(kms->rotate("access").version, 3u);
  EXPECT_EQ(kms->keys("access").second.at(2).algorithm, GH_ALG_EDDSA) << "a rotation keeps what is current";
}

TEST_F(KmsRotation, AnUnknownAlgorithmIsInvalidAndChangesNothing) {
  auto kms = started();
  kms->ensure("access", GH_ALG_ES256);
  const std::string before = read();
  EXPECT_EQ(kms->rotate_to("access", 5, kms->now_us).status, GH_INVALID);
  EXPECT_EQ(read(), before);
}

TEST_F(KmsRotation, AKeyIsLoggedWhenTheFileHasItAndNotBefore) {
  auto kms = started();
  std::filesystem::create_directory(path() + ".new");  // in the way of every write
  EXPECT_NE(kms->ensure("access", GH_ALG_ES256).status, GH_OK);
  EXPECT_THAT(host_.lines(GH_LOG_INFO), Not(Contains(HasSubstr("made key"))));
  std::filesystem::remove(path() + ".new");
  EXPECT_EQ(kms->ensure("access", GH_ALG_ES256).status, GH_OK);
  EXPECT_THAT(host_.lines(GH_LOG_INFO), Contains(HasSubstr("made key access 1 (ES256)")));
}

TEST_F(KmsRotation, WithoutRandomnessNoKeyIsMade) {
  host_.random_fails = true;
  auto kms = started();
  EXPECT_EQ(kms->ensure("refresh", GH_ALG_HMAC_SHA256).status, GH_UNAVAILABLE);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(KmsRotation, APassedDeadlineEndsTheMakingOfAnRsaKey) {
  auto kms = started();
  kms->deadline_ns = host_.monotonic_ns;
  const Answer answer = kms->ensure("access", GH_ALG_RS256);
  EXPECT_EQ(answer.status, GH_TIMEOUT) << answer.explanation;
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(KmsRotation, PingIsFine) { EXPECT_EQ(started()->ping().status, GH_OK); }

TEST_F(KmsRotation, SettingsThatCannotBeRightAreRefusedByName) {
  const auto refusal = [&](const Settings& changed) -> std::string {
    try {
      make(changed);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(refusal({{"rsa_bits", std::int64_t{2048}}}), HasSubstr("rsa_bits: "));
  EXPECT_THAT(refusal({{"keyring", std::string("relative")}}), HasSubstr("keyring: "));
  EXPECT_THAT(refusal({{"keyring", std::string("/folder/")}}), HasSubstr("keyring: "));
  EXPECT_THAT(refusal({{"hmac_secrets", std::string("short")}}), HasSubstr("hmac_secrets: secret 1 "));
}

TEST_F(KmsRotation, CheckingSettingsTouchesNoFile) {
  write("not a keyring", 0777);
  const PluginInstance checked(gatehouse_plugin_kms_local, host_, settings(), GH_CREATE_VALIDATE_ONLY);
  EXPECT_EQ(checked.self(), nullptr);
}

}  // namespace
}  // namespace gatehouse::test
