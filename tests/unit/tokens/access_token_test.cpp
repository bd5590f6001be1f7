// SPDX-License-Identifier: Apache-2.0
#include "tokens/access_token.h"

#include "forge.h"

#include <gtest/gtest.h>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::tokens {
namespace {

using namespace std::chrono_literals;
using test::call_at;
using test::TestKey;
using testing::claims_at;
using testing::Forge;
using testing::good_payload;
using testing::now;

std::string header_of(const std::string& token) { return *base64url_decode(token.substr(0, token.find('.'))); }

struct Kind {
  const char* name;
  std::uint32_t algorithm;
};
class EveryAlgorithm : public ::testing::TestWithParam<Kind> {
 protected:
  Forge forge_{GetParam().algorithm};
};

TEST_P(EveryAlgorithm, WhatWasMintedIsVerified) {
  const auto claims = claims_at(now);
  const auto verified = forge_.verify(forge_.minted(claims));
  ASSERT_TRUE(verified) << verified.error().detail;
  EXPECT_EQ(*verified, claims);
}

TEST_P(EveryAlgorithm, TheHeaderSaysAlgorithmKeyAndType) {
  EXPECT_EQ(header_of(forge_.minted()),
            std::string("{\"alg\":\"") + GetParam().name + "\",\"kid\":\"" + forge_.kid() + "\",\"typ\":\"at+jwt\"}");
}

TEST_P(EveryAlgorithm, TheSignatureIsOverHeaderAndPayload) {
  auto token = forge_.minted();
  const auto payload = token.find('.') + 1;
  token[payload + 20] = token[payload + 20] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(forge_.verify(token));
}

TEST_P(EveryAlgorithm, AStrangersSignatureIsRefused) {
  const auto input = base64url_encode(forge_.good_header().json()) + "." + base64url_encode(good_payload().json());
  EXPECT_TRUE(forge_.verify(input + "." + base64url_encode(forge_.key.sign(input))));
  const auto stranger = Forge::key_for(GetParam().algorithm, 99);
  EXPECT_FALSE(forge_.verify(input + "." + base64url_encode(stranger.sign(input))));
}

TEST_P(EveryAlgorithm, ExpiryIsToldApart) {
  const auto token = forge_.minted();
  EXPECT_TRUE(forge_.verify(token, now + 15min - 1us));
  const auto expired = forge_.verify(token, now + 15min);
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().code, Code::TokenExpired);
  EXPECT_TRUE(forge_.verify(token, now + 15min, true));
}

TEST_P(EveryAlgorithm, JwksShowsPublicKeysAndNothingElse) {
  const auto jwks = forge_.tokens.jwks();
  if (GetParam().algorithm == GH_ALG_HMAC_SHA256) {
    EXPECT_EQ(jwks, R"({"keys":[]})");
    return;
  }
  EXPECT_NE(jwks.find("\"kid\":\"" + forge_.kid() + "\",\"use\":\"sig\",\"alg\":\"" + GetParam().name + "\""),
            std::string::npos);
  for (const char* secret : {"\"d\"", "\"p\"", "\"q\"", "\"k\"", "oct"}) {
    EXPECT_EQ(jwks.find(secret), std::string::npos) << secret;
  }
}

INSTANTIATE_TEST_SUITE_P(Jws, EveryAlgorithm,
                         ::testing::Values(Kind{"ES256", GH_ALG_ES256}, Kind{"EdDSA", GH_ALG_EDDSA},
                                           Kind{"RS256", GH_ALG_RS256}, Kind{"HS256", GH_ALG_HMAC_SHA256}),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(AccessToken, AnExpiredTokenWithAnythingElseWrongIsInvalid) {
  Forge forge;
  const auto wrong = forge.sign(forge.good_header(), good_payload().set("aud", "\"shop\""));
  EXPECT_EQ(forge.verify(wrong, now + 1h).error().code, Code::TokenInvalid);
  const auto early = forge.sign(forge.good_header(), good_payload().set("nbf", "1800090000"));
  EXPECT_EQ(forge.verify(early, now + 1h, true).error().code, Code::TokenInvalid);
}

TEST(AccessToken, TheConfiguredPartiesAreTheOnlyOnes) {
  AccessTokenConfig config;
  config.issuer = "https://id.example";
  config.audience = "shop";
  Forge forge(GH_ALG_ES256, config);
  Forge other;
  EXPECT_TRUE(forge.verify(forge.minted()));
  EXPECT_FALSE(forge.verify(other.minted()));  // the same key, other parties
  EXPECT_FALSE(other.verify(forge.minted()));
}

TEST(AccessToken, LeewayIsAppliedToBothEnds) {
  AccessTokenConfig config;
  config.leeway = 30s;
  Forge forge(GH_ALG_ES256, config);
  const auto token = forge.minted();
  EXPECT_TRUE(forge.verify(token, now - 30s));
  EXPECT_FALSE(forge.verify(token, now - 30s - 1us));
  EXPECT_TRUE(forge.verify(token, now + 15min + 30s - 1us));
  EXPECT_FALSE(forge.verify(token, now + 15min + 30s));
}

TEST(AccessToken, OfAServerWhoseClockIsALittleAheadIsTakenWithoutLeeway) {
  Forge forge;
  const auto token = forge.minted();
  EXPECT_TRUE(forge.verify(token, now - 1ms));
  EXPECT_TRUE(forge.verify(token, now - 5s));
  EXPECT_FALSE(forge.verify(token, now - 5s - 1us));
  EXPECT_FALSE(forge.verify(token, now + 15min));
}

TEST(AccessToken, ATokenThatNobodyWouldAcceptIsNotMinted) {
  Forge forge;
  auto claims = claims_at(now);
  claims.permissions.assign(500, "some-resource:some-action");
  const auto token = forge.tokens.mint(claims, call_at(now));
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, Code::Internal);
}

TEST(AccessToken, TheLargestTokenThatIsMintedIsVerified) {
  Forge forge;
  auto claims = claims_at(now);
  std::string largest;
  for (std::size_t size = 5'000; size < 8'000; ++size) {
    claims.role = std::string(size, 'r');
    auto token = forge.tokens.mint(claims, call_at(now));
    if (!token) break;
    largest = std::move(*token);
  }
  EXPECT_GT(largest.size(), 8'185U);
  EXPECT_TRUE(forge.verify(largest));
}

TEST(AccessToken, BeforeTheFirstReloadNothingIsVerifiedOrMinted) {
  test::TestKms kms;
  kms.rotate(access_purpose, GH_ALG_ES256, TestKey::es256(1));
  AccessTokens tokens({}, kms.keys());
  EXPECT_EQ(tokens.verify("a.b.c", call_at(now)).error().code, Code::ProviderUnavailable);
  EXPECT_EQ(tokens.mint(claims_at(now), call_at(now)).error().code, Code::ProviderUnavailable);
  EXPECT_EQ(tokens.jwks(), R"({"keys":[]})");
}

TEST(AccessToken, AnUnavailableProviderMintsNothingAndVerifiesOn) {
  Forge forge;
  const auto token = forge.minted();
  for (const gh_status status : {GH_UNAVAILABLE, GH_TIMEOUT, GH_DENIED, GH_INTERNAL, 77}) {
    forge.kms.fail_with(status);
    EXPECT_FALSE(forge.tokens.mint(claims_at(now), call_at(now))) << status;
    EXPECT_TRUE(forge.verify(token)) << status;
  }
}

TEST(AccessToken, AnUnavailableProviderMakesHs256UnknownAndNotInvalid) {
  AccessTokenConfig config;
  config.cache_entries = 0;
  Forge forge(GH_ALG_HMAC_SHA256, config);
  const auto token = forge.minted();
  forge.kms.fail_with(GH_UNAVAILABLE);
  EXPECT_EQ(forge.verify(token).error().code, Code::ProviderUnavailable);
  forge.kms.fail_with(GH_OK);
  EXPECT_TRUE(forge.verify(token));
}

TEST(AccessToken, ASignatureOfAnotherSizeIsNotPutIntoAToken) {
  Forge forge;
  for (const std::size_t size : {1U, 63U, 65U, 72U, 512U}) {
    forge.kms.sign_with(std::string(size, 's'));
    EXPECT_EQ(forge.tokens.mint(claims_at(now), call_at(now)).error().code, Code::Internal) << size;
  }
}

// HS256 asks the provider for every signature it checks, so its calls count them.
TEST(VerificationCache, AVerifiedSignatureIsNotCheckedAgain) {
  Forge forge(GH_ALG_HMAC_SHA256);
  const auto token = forge.minted();
  const auto calls = forge.kms.calls();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(forge.verify(token));
  EXPECT_EQ(forge.kms.calls(), calls + 1);
}

TEST(VerificationCache, TimeIsJudgedEveryTime) {
  Forge forge;
  const auto token = forge.minted();
  ASSERT_TRUE(forge.verify(token));
  EXPECT_EQ(forge.verify(token, now + 15min).error().code, Code::TokenExpired);
  EXPECT_EQ(forge.verify(token, now - 1min).error().code, Code::TokenInvalid);
  EXPECT_TRUE(forge.verify(token));
}

TEST(VerificationCache, AnotherSignatureOverTheSameContentIsAnotherToken) {
  Forge forge;
  const auto token = forge.minted();
  ASSERT_TRUE(forge.verify(token));
  EXPECT_FALSE(forge.verify(token.substr(0, token.rfind('.') + 1) + base64url_encode(std::string(64, '\1'))));
}

TEST(VerificationCache, CanBeOff) {
  AccessTokenConfig config;
  config.cache_entries = 0;
  Forge forge(GH_ALG_HMAC_SHA256, config);
  const auto token = forge.minted();
  const auto calls = forge.kms.calls();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(forge.verify(token));
  EXPECT_EQ(forge.kms.calls(), calls + 5);
}

TEST(VerificationCache, WhatWasRefusedIsNotRemembered) {
  Forge forge(GH_ALG_HMAC_SHA256);
  auto token = forge.minted();
  token.back() = token.back() == 'A' ? 'Q' : 'A';
  const auto calls = forge.kms.calls();
  for (int i = 0; i < 5; ++i) ASSERT_FALSE(forge.verify(token));
  EXPECT_EQ(forge.kms.calls(), calls + 5);
}

// Whatever the interleaving, a token of a key that was retired before the verification began is never accepted.
TEST(AccessToken, ManyThreadsMintAndVerify) {
  Forge forge(GH_ALG_EDDSA);
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        auto claims = claims_at(now);
        claims.subject = std::to_string(t) + "-" + std::to_string(i);
        const auto token = forge.tokens.mint(claims, call_at(now));
        for (int again = 0; again < 3; ++again) {
          const auto verified = forge.tokens.verify(*token, call_at(now));
          if (!verified || verified->subject != claims.subject) ++failures;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace gatehouse::tokens
