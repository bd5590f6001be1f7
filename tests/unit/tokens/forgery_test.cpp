// SPDX-License-Identifier: Apache-2.0
#include "attack.h"

#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::tokens::testing {

TEST_P(HostileToken, IsRefusedLikeAnyOther) {
  Forge forge;
  const auto token = GetParam().token(forge);
  const auto calls = forge.kms.calls();
  const auto result = forge.verify(token);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::TokenInvalid);
  EXPECT_EQ(forge.kms.calls(), calls) << "a hostile token made the provider work";
  const auto expired_allowed = forge.verify(token, testing::now, true);
  ASSERT_FALSE(expired_allowed);
  EXPECT_EQ(expired_allowed.error().code, Code::TokenInvalid);
}

}  // namespace gatehouse::tokens::testing

namespace gatehouse::tokens {
namespace {

using test::TestKey;
using testing::Forge;
using testing::good_payload;

TEST(Forgery, IsAcceptedWhenNothingIsWrongWithIt) {
  Forge forge;
  EXPECT_TRUE(forge.verify(forge.sign(forge.good_header(), good_payload())));
  EXPECT_TRUE(forge.verify(forge.minted()));
}

// 3.2: whatever is configured, the other three are refused, each under a right signature of a key of its own.
TEST(Forgery, OnlyTheConfiguredAlgorithmIsAccepted) {
  const std::vector<std::pair<std::uint32_t, std::string>> algorithms = {
      {GH_ALG_ES256, "ES256"}, {GH_ALG_EDDSA, "EdDSA"}, {GH_ALG_RS256, "RS256"}, {GH_ALG_HMAC_SHA256, "HS256"}};
  std::vector<TestKey> keys;
  for (const auto& [algorithm, name] : algorithms) keys.push_back(Forge::key_for(algorithm, 1));
  for (const auto configured : {GH_ALG_EDDSA, GH_ALG_ES256, GH_ALG_HMAC_SHA256}) {
    Forge forge(configured);
    for (std::size_t i = 0; i < algorithms.size(); ++i) {
      const auto input = base64url_encode(forge.good_header().set("alg", "\"" + algorithms[i].second + "\"").json()) +
                         "." + base64url_encode(good_payload().json());
      const auto token = input + "." + base64url_encode(keys[i].sign(input));
      EXPECT_EQ(forge.verify(token).has_value(), algorithms[i].first == configured)
          << configured << algorithms[i].second;
    }
  }
}

TEST(Forgery, EveryFlippedBitIsRefused) {
  Forge forge(GH_ALG_EDDSA);
  const auto token = forge.minted();
  for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
    auto flipped = token;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const auto result = forge.verify(flipped);
    ASSERT_FALSE(result) << bit;
    EXPECT_EQ(result.error().code, Code::TokenInvalid) << bit;
  }
}

TEST(Forgery, EveryTruncationIsRefused) {
  Forge forge(GH_ALG_EDDSA);
  const auto token = forge.minted();
  for (std::size_t size = 0; size < token.size(); ++size) {
    EXPECT_FALSE(forge.verify(std::string_view(token).substr(0, size))) << size;
    EXPECT_FALSE(forge.verify(std::string_view(token).substr(token.size() - size))) << size;
  }
}

TEST(Forgery, UnknownKeyIdsNeverReachTheProvider) {
  Forge forge;
  const auto header = forge.good_header();
  const auto calls = forge.kms.calls();
  for (int i = 0; i < 100'000; ++i) {
    const auto text = "{\"alg\":\"ES256\",\"kid\":\"" + std::to_string(i) + "\",\"typ\":\"at+jwt\"}";
    ASSERT_FALSE(forge.verify(base64url_encode(text) + ".e30.AAAA"));
  }
  EXPECT_EQ(forge.kms.calls(), calls);
}

}  // namespace
}  // namespace gatehouse::tokens
