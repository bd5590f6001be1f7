// SPDX-License-Identifier: Apache-2.0
#include "forge.h"
#include "tokens/access_token.h"

#include <gtest/gtest.h>
#include <atomic>
#include <thread>
#include <vector>

namespace gatehouse::tokens {
namespace {

using test::call_at;
using test::TestKey;
using testing::claims_at;
using testing::Forge;
using testing::now;

TEST(KeyRotation, OldTokensVerifyAndNewOnesAreSignedByTheNewKey) {
  Forge forge;
  const auto old_token = forge.minted();
  const auto old_kid = forge.kid();
  forge.kms.rotate(access_purpose, GH_ALG_ES256, TestKey::es256(2));
  ASSERT_TRUE(forge.tokens.reload_keys(call_at(now)));
  EXPECT_NE(forge.kid(), old_kid);
  EXPECT_TRUE(forge.verify(forge.minted()));
  EXPECT_TRUE(forge.verify(old_token));
}

TEST(KeyRotation, TokensOutliveAChangeOfTheAlgorithm) {
  Forge forge;
  const auto old_token = forge.minted();
  forge.kms.rotate(access_purpose, GH_ALG_EDDSA, TestKey::eddsa(2));
  ASSERT_TRUE(forge.tokens.reload_keys(call_at(now)));
  EXPECT_EQ(forge.good_header().list[0].second, "\"EdDSA\"");
  const auto new_token = forge.minted();
  forge.kms.rotate(access_purpose, GH_ALG_HMAC_SHA256, TestKey::hmac(3));
  ASSERT_TRUE(forge.tokens.reload_keys(call_at(now)));
  EXPECT_TRUE(forge.verify(old_token));
  EXPECT_TRUE(forge.verify(new_token));
  EXPECT_TRUE(forge.verify(forge.minted()));
}

// The classic of RFC 8725 2.1, where one set really has keys of both kinds.
TEST(KeyRotation, AKeyVerifiesNothingUnderTheAlgorithmOfAnother) {
  Forge forge;
  const auto header = forge.good_header();
  forge.kms.rotate(access_purpose, GH_ALG_HMAC_SHA256, TestKey::hmac(2));
  ASSERT_TRUE(forge.tokens.reload_keys(call_at(now)));
  const auto kid_of_ec = header.list[1].second;
  const auto payload = base64url_encode(testing::good_payload().json());
  const auto forged = [&](const std::string& alg, const std::string& kid, const TestKey& key) {
    const auto input =
        base64url_encode(R"({"alg":")" + alg + R"(","kid":)" + kid + R"(,"typ":"at+jwt"})") + "." + payload;
    return input + "." + base64url_encode(key.sign(input));
  };
  EXPECT_TRUE(forge.verify(forged("ES256", kid_of_ec, TestKey::es256(1)))) << "the forge itself is broken";
  EXPECT_TRUE(forge.verify(forged("HS256", "\"hs-2\"", TestKey::hmac(2)))) << "the forge itself is broken";
  EXPECT_FALSE(forge.verify(forged("HS256", kid_of_ec, TestKey::hmac(2))));
  EXPECT_FALSE(forge.verify(forged("ES256", "\"hs-2\"", TestKey::es256(1))));
  EXPECT_FALSE(forge.verify(forged("EdDSA", kid_of_ec, TestKey::es256(1))));
}

TEST(KeyRotation, ANewKeyVerifiesAndIsPublishedBeforeItsFirstUse) {
  Forge forge;
  const auto kid = forge.kid();
  forge.kms.add_key(access_purpose, {2, GH_ALG_ES256, GH_KEY_NEXT, TestKey::es256(2)});
  ASSERT_TRUE(forge.tokens.reload_keys(call_at(now)));
  EXPECT_EQ(forge.kid(), kid) << "the next key signs already";

  Forge other_node;
  other_node.kms.set_keys(access_purpose, {{1, GH_ALG_ES256, GH_KEY_ACTIVE, TestKey::es256(1)},
                                           {2, GH_ALG_ES256, GH_KEY_CURRENT, TestKey::es256(2)}});
  ASSERT_TRUE(other_node.tokens.reload_keys(call_at(now)));
  EXPECT_TRUE(forge.verify(other_node.minted()));
  EXPECT_NE(forge.tokens.jwks().find(other_node.kid()), std::string::npos);
}

TEST(KeyRotation, ARetiredKeyVerifiesNothingEvenWhatIsRemembered) {
  Forge forge;
  const auto token = forge.minted();
  ASSERT_TRUE(forge.verify(token));
  const auto kid = forge.kid();
  forge.kms.rotate(access_purpose, GH_ALG_ES256, TestKey::es256(2));
  forge.kms.set_state(access_purpose, 1, GH_KEY_RETIRED);
  ASSERT_TRUE(forge.tokens.reload_keys(call_at(now)));
  EXPECT_EQ(forge.verify(token).error().code, Code::TokenInvalid);
  EXPECT_EQ(forge.tokens.jwks().find(kid), std::string::npos);
}

TEST(KeyRotation, ARetiredHmacKeyVerifiesNothingEvenBeforeAReload) {
  AccessTokenConfig config;
  config.cache_entries = 0;
  Forge forge(GH_ALG_HMAC_SHA256, config);
  const auto token = forge.minted();
  forge.kms.rotate(access_purpose, GH_ALG_HMAC_SHA256, TestKey::hmac(2));
  forge.kms.set_state(access_purpose, 1, GH_KEY_RETIRED);
  EXPECT_EQ(forge.verify(token).error().code, Code::TokenInvalid);
}

TEST(KeyRotation, ATokenVerifiedWhileItsKeyIsRetiredIsNotRememberedBeyondThat) {
  Forge forge(GH_ALG_HMAC_SHA256);
  const auto token = forge.minted();
  forge.kms.meanwhile([&forge] {
    forge.kms.rotate(access_purpose, GH_ALG_HMAC_SHA256, TestKey::hmac(2));
    forge.kms.set_state(access_purpose, 1, GH_KEY_RETIRED);
    EXPECT_TRUE(forge.tokens.reload_keys(call_at(now)));
  });
  EXPECT_TRUE(forge.verify(token)) << "it was valid when the provider said so";
  EXPECT_EQ(forge.verify(token).error().code, Code::TokenInvalid);
}

TEST(KeyRotation, MintingReloadsOnceWhenItsKeyIsGone) {
  Forge forge;
  forge.kms.rotate(access_purpose, GH_ALG_ES256, TestKey::es256(2));
  forge.kms.set_state(access_purpose, 1, GH_KEY_RETIRED);
  const auto token = forge.tokens.mint(claims_at(now), call_at(now));
  ASSERT_TRUE(token) << token.error().detail;
  EXPECT_TRUE(forge.verify(*token));
}

TEST(KeyRotation, WithoutAnyKeyMintingFails) {
  Forge forge;
  forge.kms.set_state(access_purpose, 1, GH_KEY_RETIRED);
  EXPECT_EQ(forge.tokens.mint(claims_at(now), call_at(now)).error().code, Code::Internal);
}

TEST(KeyRotation, AListThatCannotBeUsedLeavesTheFormerKeys) {
  Forge forge;
  const auto token = forge.minted();
  const auto jwks = forge.tokens.jwks();
  const std::vector<std::vector<test::TestKms::Key>> bad = {
      {{1, GH_ALG_ES256, GH_KEY_ACTIVE, TestKey::es256(1)}},
      {{1, GH_ALG_ES256, GH_KEY_CURRENT, TestKey::es256(1)}, {2, GH_ALG_ES256, GH_KEY_CURRENT, TestKey::es256(2)}},
      {{1, GH_ALG_ES256, GH_KEY_CURRENT, TestKey::es256(1)}, {2, GH_ALG_ES256, GH_KEY_NEXT, TestKey::es256(1)}},
      {{1, GH_ALG_ES256, GH_KEY_CURRENT, TestKey::on_curve("P-384")}},
  };
  for (std::size_t i = 0; i < bad.size(); ++i) {
    forge.kms.set_keys(access_purpose, bad[i]);
    const auto reloaded = forge.tokens.reload_keys(call_at(now));
    ASSERT_FALSE(reloaded) << i;
    EXPECT_EQ(reloaded.error().code, Code::Internal) << i;
    EXPECT_EQ(forge.tokens.jwks(), jwks) << i;
    EXPECT_TRUE(forge.verify(token)) << i;
  }
  forge.kms.fail_with(GH_UNAVAILABLE);
  EXPECT_EQ(forge.tokens.reload_keys(call_at(now)).error().code, Code::ProviderUnavailable);
  EXPECT_TRUE(forge.verify(token));
}

TEST(KeyRotation, RacingVerificationsSeeARetirementAsSoonAsTheReloadReturns) {
  Forge forge;
  const auto token = forge.minted();
  std::atomic<int> phase = 0;  // odd: the key is retired
  std::atomic<int> wrong = 0;
  std::vector<std::thread> readers;
  std::atomic<bool> done = false;
  for (int t = 0; t < 4; ++t) {
    readers.emplace_back([&] {
      while (!done) {
        const int before = phase;
        const bool verified = forge.tokens.verify(token, call_at(now)).has_value();
        if (verified && before % 2 == 1 && phase == before) ++wrong;
      }
    });
  }
  for (int round = 0; round < 100; ++round) {
    forge.kms.set_keys(access_purpose, {{1, GH_ALG_ES256, GH_KEY_RETIRED, TestKey::es256(1)},
                                        {2, GH_ALG_ES256, GH_KEY_CURRENT, TestKey::es256(2)}});
    EXPECT_TRUE(forge.tokens.reload_keys(call_at(now)));
    ++phase;
    EXPECT_FALSE(forge.tokens.verify(token, call_at(now)));
    ++phase;
    forge.kms.set_keys(access_purpose, {{1, GH_ALG_ES256, GH_KEY_CURRENT, TestKey::es256(1)}});
    EXPECT_TRUE(forge.tokens.reload_keys(call_at(now)));
  }
  done = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace gatehouse::tokens
