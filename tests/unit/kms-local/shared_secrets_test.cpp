// SPDX-License-Identifier: Apache-2.0
#include "unit/kms-local/kms_fixture.h"

#include <gmock/gmock.h>

namespace gatehouse::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// Three secrets as `openssl rand -base64 32` and `openssl rand -hex 32` make them.
constexpr const char* secret_a = "wq2Y7TZrQ0wEJ1i9VKk5sXhGmPb3uNfLzD8oAc6RtyM=";
constexpr const char* secret_b = "5b1f0e9a7c3d48626fe4d2b8a1907356c8ef12ab94d0673e5f2c81b7d69a0e34";
constexpr const char* secret_c = "Jk8-vQ2_xZr5TnYw0HdLsUa7CeGiBmOp1RfXy4NqVtE";

class KmsSharedSecrets : public KmsLocal {
 protected:
  std::unique_ptr<KmsClient> with(const std::vector<std::string>& entries) {
    Settings changed;
    for (const std::string& entry : entries) changed.emplace_back("hmac_secrets", entry);
    auto kms = started(changed);
    EXPECT_EQ(kms->ensure("refresh", GH_ALG_HMAC_SHA256).status, GH_OK);
    return kms;
  }
  std::string refusal(const std::string& entry) {
    try {
      make({{"hmac_secrets", entry}});
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(KmsSharedSecrets, TheSameSecretGivesTheSameMacOnEveryNodeAndNoFile) {
  const std::string mac = with({secret_a})->mac("refresh", 0, "m").bytes;
  EXPECT_FALSE(std::filesystem::exists(path()));
  EXPECT_EQ(with({secret_a})->mac("refresh", 0, "m").bytes, mac);
  EXPECT_NE(with({secret_b})->mac("refresh", 0, "m").bytes, mac);
}

// Computed apart from the plugin: HMAC-SHA256(HKDF-SHA256(secret, salt = "", info = "refresh", 32), "m").
TEST_F(KmsSharedSecrets, TheKeyIsHkdfOfTheSecretWithThePurposeAsInfo) {
  const std::string mac = with({secret_b})->mac("refresh", 0, "m").bytes;
  std::string hex;
  for (const char c : mac) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(c));
    hex += digits;
  }
  EXPECT_EQ(hex, "f82fbfc0c8181712924095f458391d820a5d3f2d160ee42c31bf99dc1dd4d786");
}

TEST_F(KmsSharedSecrets, PurposesDoNotShareAKey) {
  auto kms = with({secret_a});
  kms->ensure("cursor", GH_ALG_HMAC_SHA256);
  EXPECT_NE(kms->mac("cursor", 0, "m").bytes, kms->mac("refresh", 0, "m").bytes);
}

TEST_F(KmsSharedSecrets, TheFirstSignsAndAllVerify) {
  const std::string old_mac = with({secret_b})->mac("refresh", 0, "m").bytes;
  auto kms = with({secret_a, secret_b});
  EXPECT_EQ(kms->states("refresh"), "1 active, 2 current");
  EXPECT_EQ(kms->mac("refresh", 0, "m").version, 2u);
  EXPECT_EQ(kms->mac("refresh", 1, "m").bytes, old_mac);
}

TEST_F(KmsSharedSecrets, OneTextWithCommasIsAList) {
  auto one_text = with({std::string(" ") + secret_a + " , " + secret_b + "\n"});
  auto list = with({secret_a, secret_b});
  EXPECT_EQ(one_text->states("refresh"), "1 active, 2 current");
  EXPECT_EQ(one_text->mac("refresh", 1, "m").bytes, list->mac("refresh", 1, "m").bytes);
  EXPECT_EQ(one_text->mac("refresh", 2, "m").bytes, list->mac("refresh", 2, "m").bytes);
}

TEST_F(KmsSharedSecrets, AVersionInFrontKeepsItsNumberWhenOlderOnesGo) {
  const std::string mac = with({secret_a, secret_b})->mac("refresh", 2, "m").bytes;
  auto kms = with({secret_c, std::string("2:") + secret_a});
  EXPECT_EQ(kms->states("refresh"), "2 active, 3 current");
  EXPECT_EQ(kms->mac("refresh", 2, "m").bytes, mac);
  EXPECT_EQ(kms->mac("refresh", 1, "m").status, GH_NOT_FOUND);
}

TEST_F(KmsSharedSecrets, SigningPurposesStayInTheFile) {
  auto kms = with({secret_a});
  ASSERT_EQ(kms->ensure("access", GH_ALG_ES256).status, GH_OK);
  EXPECT_EQ(kms->sign("access", 0, "m").status, GH_OK);
  EXPECT_THAT(read(), HasSubstr("access 1 ES256 current "));
  EXPECT_THAT(read(), Not(HasSubstr("refresh")));
  EXPECT_EQ(kms->states("refresh"), "1 current");
}

TEST_F(KmsSharedSecrets, TheyOutliveAChangeOfTheFile) {
  auto kms = with({secret_a});
  kms->ensure("access", GH_ALG_ES256);
  const std::string mac = kms->mac("refresh", 0, "m").bytes;
  started()->rotate("access");
  EXPECT_EQ(kms->sign("access", 2, "m").status, GH_OK);
  EXPECT_EQ(kms->mac("refresh", 0, "m").bytes, mac);
}

TEST_F(KmsSharedSecrets, KeysInTheFileForTheSamePurposeAreLeftAloneWithAWarning) {
  started()->ensure("refresh", GH_ALG_HMAC_SHA256);
  const std::string before = read();
  auto kms = with({secret_a});
  EXPECT_THAT(host_.lines(GH_LOG_WARN), SizeIs(1));
  EXPECT_EQ(read(), before);
}

TEST_F(KmsSharedSecrets, TheyAreNotRotatedHere) {
  const Answer answer = with({secret_a})->rotate("refresh");
  EXPECT_EQ(answer.status, GH_UNSUPPORTED);
  EXPECT_THAT(answer.explanation, HasSubstr("put a new secret in front of the list"));
}

// As the command does it, whose instance was asked for nothing before.
TEST_F(KmsSharedSecrets, TheyAreNotRotatedHereWhateverIsInTheFile) {
  auto fresh = started({{"hmac_secrets", std::string(secret_a)}});
  const Answer nothing_there = fresh->rotate_to("refresh", GH_ALG_HMAC_SHA256, fresh->now_us);
  EXPECT_EQ(nothing_there.status, GH_UNSUPPORTED);
  EXPECT_THAT(nothing_there.explanation, HasSubstr("come from hmac_secrets"));

  started()->ensure("refresh", GH_ALG_HMAC_SHA256);
  const std::string before = read();
  auto kms = started({{"hmac_secrets", std::string(secret_a)}});
  EXPECT_EQ(kms->rotate_to("refresh", GH_ALG_HMAC_SHA256, kms->now_us).status, GH_UNSUPPORTED);
  EXPECT_EQ(kms->rotate("refresh").status, GH_UNSUPPORTED);
  EXPECT_EQ(read(), before);
}

TEST_F(KmsSharedSecrets, TheListShowsThemAndNotTheKeysThatAreNotUsed) {
  started()->ensure("refresh", GH_ALG_HMAC_SHA256);
  started()->rotate("refresh");
  auto kms = started({{"hmac_secrets", std::string(secret_a)}});
  EXPECT_EQ(kms->states("refresh"), "1 current");
  EXPECT_EQ(kms->keys("refresh").second.at(0).created_us, 0);
}

TEST_F(KmsSharedSecrets, APurposeThatSignsIsNotTurnedIntoAnHmacPurpose) {
  started()->ensure("access", GH_ALG_ES256);
  auto kms = with({secret_a});
  EXPECT_EQ(kms->ensure("access", GH_ALG_HMAC_SHA256).status, GH_INVALID);
}

TEST_F(KmsSharedSecrets, WeakOnesAreRefusedAndNotRepeatedInTheWords) {
  struct Weak {
    const char* secret;
    const char* expected;
  };
  const Weak cases[] = {
      {"", "is empty"},
      {",", "is empty"},
      {"correct horse battery staple correct horse battery", "is neither hex nor base64"},
      {"wq2Y7TZrQ0wEJ1i9VKk5sQ==", "has 16 bytes once decoded, 32 are needed"},
      {"5b1f0e9a7c3d48626fe4d2b8a1907356", "has 16 bytes once decoded"},
      {"0000000000000000000000000000000000000000000000000000000000000000", "repeats itself"},
      {"deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef", "repeats itself"},
      {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "repeats itself"},
      {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "counts up or down"},
      {"fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0", "counts up or down"},
      {"Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZSAyMDI0IQ==", "is an encoded text, not random bytes"},
      {"change-me-please-change-my-secret-please-now", "looks typed, not random"},
      {"thisisnotasecretbutitislongenoughtolooklikeone12", "looks typed, not random"},
      {"1111111111111112111111111111111111111111111111111111111111111113", "looks typed, not random"},
      {"x:wq2Y7TZrQ0wEJ1i9VKk5sXhGmPb3uNfLzD8oAc6RtyM=", "no version"},
      {"0:wq2Y7TZrQ0wEJ1i9VKk5sXhGmPb3uNfLzD8oAc6RtyM=", "no version"},
  };
  for (const Weak& weak : cases) {
    SCOPED_TRACE(weak.secret);
    const std::string words = refusal(weak.secret);
    EXPECT_THAT(words, HasSubstr("hmac_secrets: secret 1 "));
    EXPECT_THAT(words, HasSubstr(weak.expected));
    if (std::string_view(weak.secret).size() > 8) {
      EXPECT_THAT(words, Not(HasSubstr(std::string(weak.secret).substr(0, 8))));
    }
  }
}

TEST_F(KmsSharedSecrets, AWeakOneBehindAGoodOneIsRefusedToo) {
  EXPECT_THAT(refusal(std::string(secret_a) + ",short"), HasSubstr("secret 2 "));
}

TEST_F(KmsSharedSecrets, TheSameOneTwiceIsRefused) {
  EXPECT_THAT(refusal(std::string(secret_a) + "," + secret_b + "," + secret_a),
              HasSubstr("secret 1 is the same as secret 3"));
}

TEST_F(KmsSharedSecrets, VersionsThatDoNotFallAreRefused) {
  EXPECT_THAT(refusal("1:" + std::string(secret_a) + ",2:" + secret_b), HasSubstr("secret 1 does not have a higher"));
  EXPECT_THAT(refusal("1:" + std::string(secret_a) + "," + secret_b), HasSubstr("secret 1 does not have a higher"));
}

}  // namespace
}  // namespace gatehouse::test
