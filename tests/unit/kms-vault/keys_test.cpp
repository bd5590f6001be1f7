// SPDX-License-Identifier: Apache-2.0
#include "support/test_key.h"
#include "unit/kms-vault/vault_fixture.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string>
#include <vector>

namespace gatehouse::test {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

bool verifies(const ListedKey& key, const std::string& message, std::string signature) {
  const auto* der = reinterpret_cast<const unsigned char*>(key.public_key.data());
  EVP_PKEY* loaded = d2i_PUBKEY(nullptr, &der, static_cast<long>(key.public_key.size()));
  if (loaded == nullptr) return false;
  if (key.algorithm == GH_ALG_ES256) signature = TestKey::ecdsa_der(signature);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const EVP_MD* digest = key.algorithm == GH_ALG_EDDSA ? nullptr : EVP_sha256();
  const bool good =
      EVP_DigestVerifyInit(context, nullptr, digest, nullptr, loaded) == 1 &&
      EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                       reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(loaded);
  return good;
}

class KmsVaultSignatures : public KmsVault, public ::testing::WithParamInterface<std::uint32_t> {};

TEST_P(KmsVaultSignatures, VerifyWithThePublicKeyThatIsListed) {
  KmsClient& kms = started();
  ASSERT_EQ(kms.ensure("access", GetParam()).status, GH_OK);
  const auto [status, keys] = kms.keys("access");
  ASSERT_EQ(status, GH_OK);
  ASSERT_THAT(keys, SizeIs(1));
  const Answer signature = kms.sign("access", 1, "header.payload");
  EXPECT_EQ(signature.version, 1u);
  EXPECT_TRUE(verifies(keys[0], "header.payload", signature.bytes));
}
INSTANTIATE_TEST_SUITE_P(Algorithms, KmsVaultSignatures, ::testing::Values(GH_ALG_ES256, GH_ALG_EDDSA, GH_ALG_RS256));

TEST_F(KmsVault, AListedKeyHasItsAlgorithmItsStateAndItsBirthday) {
  KmsClient& kms = with_keys();
  const auto [status, keys] = kms.keys("access");
  ASSERT_THAT(keys, SizeIs(1));
  EXPECT_EQ(keys[0].algorithm, GH_ALG_ES256);
  EXPECT_EQ(keys[0].state, GH_KEY_CURRENT);
  EXPECT_EQ(keys[0].created_us, 1'785'665'472'000'000);
}

TEST_F(KmsVault, AKeyThatIsMissingIsCreatedWithTheRightType) {
  started();
  kms_->ensure("refresh", GH_ALG_HMAC_SHA256);
  kms_->ensure("access", GH_ALG_EDDSA);
  EXPECT_EQ(vault_.type("gatehouse-refresh"), "aes256-gcm96");
  EXPECT_EQ(vault_.type("gatehouse-access"), "ed25519");
}

TEST_F(KmsVault, WithoutCreateAMissingKeyIsNamed) {
  started({{"create", false}});
  const Answer answer = kms_->ensure("refresh", GH_ALG_HMAC_SHA256);
  EXPECT_EQ(answer.status, GH_NOT_FOUND);
  EXPECT_THAT(answer.explanation, HasSubstr("gatehouse-refresh"));
  EXPECT_THAT(answer.explanation, HasSubstr("create"));
}

TEST_F(KmsVault, AKeyOfAnotherTypeIsRefused) {
  vault_.add_key("gatehouse-access", "ed25519");
  started();
  EXPECT_EQ(kms_->ensure("access", GH_ALG_ES256).status, GH_INVALID);
}

TEST_F(KmsVault, AnRsaKeyThatIsTooShortIsRefused) {
  vault_.add_key("gatehouse-access", "rsa-2048");
  started();
  const Answer answer = kms_->ensure("access", GH_ALG_RS256);
  EXPECT_EQ(answer.status, GH_INVALID);
  EXPECT_THAT(answer.explanation, HasSubstr("rsa-2048"));
}

TEST_F(KmsVault, AMacByVaultIsTheHmacOfRfc2104UnderItsKey) {
  started(transit_macs);
  vault_.add_key("gatehouse-refresh", "aes256-gcm96");
  const Answer first = kms_->mac("refresh", 0, "message");
  EXPECT_EQ(first.status, GH_OK) << first.explanation;
  EXPECT_EQ(first.version, 1u);
  EXPECT_EQ(kms_->mac("refresh", 1, "message").bytes, first.bytes);
  EXPECT_NE(kms_->mac("refresh", 1, "another").bytes, first.bytes);
  EXPECT_EQ(vault_.requests("POST transit/hmac/gatehouse-refresh/sha2-256"), 3u);
}

TEST_F(KmsVault, AnEnvelopeMacTakesNoRequest) {
  with_keys();
  const unsigned before = vault_.requests("");
  const Answer first = kms_->mac("refresh", 0, "message");
  EXPECT_EQ(first.status, GH_OK);
  EXPECT_EQ(kms_->mac("refresh", 1, "message").bytes, first.bytes);
  EXPECT_EQ(vault_.requests(""), before);
}

TEST_F(KmsVault, TwoNodesMakeTheSameEnvelopeMacs) {
  with_keys();
  KmsClient other(gatehouse_plugin_kms_vault, host_, settings());
  other.start();
  EXPECT_EQ(other.mac("refresh", 1, "message").bytes, kms_->mac("refresh", 1, "message").bytes);
}

TEST_F(KmsVault, PurposesDoNotShareMacs) {
  with_keys();
  kms_->ensure("cursor", GH_ALG_HMAC_SHA256);
  EXPECT_NE(kms_->mac("cursor", 0, "message").bytes, kms_->mac("refresh", 0, "message").bytes);
}

TEST_F(KmsVault, AKeyKeepsItsTypeUntilItIsReplaced) {
  with_keys();
  const Answer other = kms_->ensure("access", GH_ALG_EDDSA);
  EXPECT_EQ(other.status, GH_INVALID);
  EXPECT_NE(other.explanation.find("Another algorithm"), std::string::npos) << other.explanation;
  vault_.delete_key("gatehouse-access");
  EXPECT_EQ(kms_->ensure("access", GH_ALG_EDDSA).status, GH_OK);
  EXPECT_EQ(vault_.type("gatehouse-access"), "ed25519");
  EXPECT_EQ(kms_->sign("access", 0, "message").status, GH_OK);
}

class KmsVaultMacs : public KmsVault, public ::testing::WithParamInterface<const char*> {
 protected:
  Settings mode() const { return {{"macs", std::string(GetParam())}}; }
};
INSTANTIATE_TEST_SUITE_P(Modes, KmsVaultMacs, ::testing::Values("envelope", "transit"));

TEST_P(KmsVaultMacs, ARotatedKeyMakesNewMacsAndStillTheOldOnes) {
  with_keys(mode());
  const Answer old = kms_->mac("refresh", 0, "message");
  const Answer rotated = kms_->rotate("refresh");
  EXPECT_EQ(rotated.status, GH_OK) << rotated.explanation;
  EXPECT_EQ(rotated.version, 2u);
  EXPECT_EQ(kms_->mac("refresh", 0, "message").version, 2u);
  EXPECT_EQ(kms_->mac("refresh", 1, "message").bytes, old.bytes);
  EXPECT_EQ(kms_->states("refresh"), "1 active, 2 current");
}

TEST_P(KmsVaultMacs, AVersionThatAnotherNodeMadeIsKnownAtOnce) {
  with_keys(mode());
  vault_.rotate("gatehouse-refresh");
  EXPECT_EQ(kms_->mac("refresh", 2, "message").status, GH_OK);
}

TEST_P(KmsVaultMacs, ADisabledVersionIsGone) {
  with_keys(mode());
  vault_.rotate("gatehouse-refresh");
  vault_.set_min_decryption_version("gatehouse-refresh", 2);
  kms_->keys("refresh");
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_NOT_FOUND);
  EXPECT_EQ(kms_->states("refresh"), "2 current");
}

TEST_P(KmsVaultMacs, AVersionThatNeverWasIsNotFound) {
  with_keys(mode());
  EXPECT_EQ(kms_->mac("refresh", 77, "message").status, GH_NOT_FOUND);
}

TEST_P(KmsVaultMacs, ADeletedKeyIsGoneAndComesBackAsAnother) {
  with_keys(mode());
  const Answer old = kms_->mac("refresh", 1, "message");
  vault_.delete_key("gatehouse-refresh");
  EXPECT_EQ(kms_->keys("refresh").first, GH_NOT_FOUND);
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_NOT_FOUND);
  kms_->ensure("refresh", GH_ALG_HMAC_SHA256);
  const Answer made_anew = kms_->mac("refresh", 1, "message");
  EXPECT_EQ(made_anew.status, GH_OK);
  EXPECT_NE(made_anew.bytes, old.bytes);
}

// Between two looks: the version has the same number, and is another.
TEST_P(KmsVaultMacs, AKeyThatWasReplacedMakesOtherMacs) {
  with_keys(mode());
  const Answer old = kms_->mac("refresh", 1, "message");
  vault_.delete_key("gatehouse-refresh");
  vault_.add_key("gatehouse-refresh", "aes256-gcm96");
  kms_->keys("refresh");
  EXPECT_NE(kms_->mac("refresh", 1, "message").bytes, old.bytes);
}

TEST_P(KmsVaultMacs, AVersionThatMayNotBeUsedIsDeniedAndTheOthersWork) {
  vault_.add_key("gatehouse-refresh", "aes256-gcm96");
  vault_.rotate("gatehouse-refresh");
  vault_.set_min_encryption_version("gatehouse-refresh", 2);
  started(mode());
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_DENIED);
  EXPECT_EQ(kms_->mac("refresh", 2, "message").status, GH_OK);
}

// Without a check in between: by the answer to the request itself.
TEST_F(KmsVault, AVersionDisabledAMomentAgoMakesNoMacsByVault) {
  with_keys(transit_macs);
  vault_.rotate("gatehouse-refresh");
  vault_.set_min_decryption_version("gatehouse-refresh", 2);
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_NOT_FOUND);
}

TEST_F(KmsVault, AVersionDisabledAMomentAgoSignsNothing) {
  with_keys();
  vault_.rotate("gatehouse-access");
  vault_.set_min_decryption_version("gatehouse-access", 2);
  EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_NOT_FOUND);
  EXPECT_EQ(kms_->sign("access", 0, "message").version, 2u);
}

TEST_F(KmsVault, APurposeOfTheOtherSortIsInvalid) {
  with_keys();
  EXPECT_EQ(kms_->mac("access", 0, "message").status, GH_INVALID);
  EXPECT_EQ(kms_->sign("refresh", 0, "message").status, GH_INVALID);
}

TEST_F(KmsVault, WhatIsNoPurposeNeverBecomesAPath) {
  started();
  for (const std::string purpose : {"", "UPPER", "../sys/seal", "a/b", "a b", "0123456789012345678901234567890123"}) {
    EXPECT_EQ(kms_->mac(purpose, 0, "message").status, GH_INVALID) << purpose;
  }
  EXPECT_EQ(vault_.requests("transit"), 0u);
}

TEST_F(KmsVault, EveryRequestNamesTheNamespace) {
  FakeVaultOptions options;
  options.name_space = "team/auth";
  FakeVault vault(options);
  vault.add_token("hvs.canary");
  const std::string ca = (folder_.path() / "other-ca.pem").string();
  std::ofstream(ca) << vault.ca_pem();
  started({{"address", vault.url()}, {"ca_file", ca}, {"namespace", std::string("team/auth")}});
  EXPECT_EQ(kms_->ensure("access", GH_ALG_ES256).status, GH_OK);
}

// In envelope mode nobody asks Vault for each MAC, so a thread does.
TEST_F(KmsVault, ADisabledVersionIsNoticedByTheRegularCheck) {
  host_.real_time = true;
  with_keys({{"check_interval", std::int64_t{100'000}}});
  vault_.rotate("gatehouse-refresh");
  vault_.set_min_decryption_version("gatehouse-refresh", 2);
  const unsigned before = vault_.requests("GET transit/keys/gatehouse-refresh");
  // The second look began after the first had been taken in.
  ASSERT_TRUE(vault_.wait_for("GET transit/keys/gatehouse-refresh", before + 2));
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_NOT_FOUND);
}

TEST_F(KmsVault, AKeyThatAPolicyDeniesDoesNotKeepTheRegularCheckFromTheOthers) {
  host_.real_time = true;
  with_keys({{"check_interval", std::int64_t{100'000}}});
  // The first one in the order they are looked at.
  vault_.answer("GET transit/keys/gatehouse-access", 403);
  vault_.rotate("gatehouse-refresh");
  vault_.set_min_decryption_version("gatehouse-refresh", 2);
  const unsigned before = vault_.requests("GET transit/keys/gatehouse-refresh");
  ASSERT_TRUE(vault_.wait_for("GET transit/keys/gatehouse-refresh", before + 2));
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_NOT_FOUND);
}

}  // namespace
}  // namespace gatehouse::test
