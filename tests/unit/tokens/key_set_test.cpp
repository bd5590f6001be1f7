// SPDX-License-Identifier: Apache-2.0
#include "tokens/key_set.h"

#include "support/test_key.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace gatehouse::tokens {
namespace {

using providers::Algorithm;
using providers::KeyInfo;
using providers::KeyState;
using test::TestKey;

KeyInfo es256(std::uint32_t version, KeyState state) {
  return {version, Algorithm::ES256, state, {}, TestKey::es256(version).public_der(), {}};
}

KeyInfo hmac(std::uint32_t version, KeyState state) { return {version, Algorithm::HmacSha256, state, {}, {}, {}}; }

TEST(KeySet, HoldsNextCurrentAndActiveKeys) {
  const auto made = KeySet::make(
      {es256(1, KeyState::Retired), es256(2, KeyState::Active), es256(3, KeyState::Current), es256(4, KeyState::Next)});
  ASSERT_TRUE(made);
  const auto& keys = **made;
  EXPECT_EQ(keys.current().version, 3U);
  const auto held = [&keys](std::uint32_t version) {
    const auto key = crypto::PublicKey::load(crypto::SignatureAlgorithm::ES256, TestKey::es256(version).public_der());
    const auto* const found = keys.find(key->thumbprint());
    const bool published = keys.jwks().find(key->thumbprint()) != std::string::npos;
    EXPECT_EQ(published, found != nullptr) << version;
    return found != nullptr && found->version == version;
  };
  EXPECT_FALSE(held(1));
  EXPECT_TRUE(held(2));
  EXPECT_TRUE(held(3));
  EXPECT_TRUE(held(4));
  EXPECT_EQ(keys.find(""), nullptr);
}

TEST(KeySet, SymmetricKeysAreNamedByTheirVersionAndNeverPublished) {
  const auto made = KeySet::make({hmac(7, KeyState::Current)});
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)->current().kid, "hs-7");
  EXPECT_EQ((*made)->jwks(), R"({"keys":[]})");
}

TEST(KeySet, EachKeyIsForItsOwnAlgorithmOnly) {
  const KeyInfo eddsa{2, Algorithm::EdDSA, KeyState::Current, {}, TestKey::eddsa(2).public_der(), {}};
  const auto made = KeySet::make({es256(1, KeyState::Active), eddsa, hmac(3, KeyState::Active)});
  ASSERT_TRUE(made);
  const auto& keys = **made;
  EXPECT_EQ(keys.current().algorithm, Algorithm::EdDSA);
  EXPECT_EQ(keys.find("hs-3")->algorithm, Algorithm::HmacSha256);
  EXPECT_NE(keys.jwks().find("\"ES256\""), std::string::npos);
  EXPECT_NE(keys.jwks().find("\"EdDSA\""), std::string::npos);
  EXPECT_EQ(keys.jwks().find("hs-3"), std::string::npos);
}

TEST(KeySet, ASetThatInvitesConfusionIsRefused) {
  const auto current = es256(1, KeyState::Current);
  auto twin = es256(1, KeyState::Active);
  twin.version = 2;
  auto weak = es256(2, KeyState::Active);
  weak.public_key = TestKey::on_curve("P-384").public_der();
  const std::vector<std::vector<KeyInfo>> sets = {
      {},
      {es256(1, KeyState::Active)},
      {current, es256(2, KeyState::Current)},
      {current, twin},
      {current, weak},
      {hmac(1, KeyState::Active)},
  };
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const auto made = KeySet::make(sets[i]);
    ASSERT_FALSE(made) << i;
    EXPECT_EQ(made.error().code, Code::Internal) << i;
  }
}

}  // namespace
}  // namespace gatehouse::tokens
