// SPDX-License-Identifier: Apache-2.0
#include "tokens/refresh_token.h"

#include "base/encoding.h"
#include "support/test_key.h"
#include "support/test_kms.h"

#include <gatehouse/kms.h>
#include <gtest/gtest.h>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gatehouse::tokens {
namespace {

using std::literals::string_literals::operator""s;
using test::TestKey;

const std::string salt = "0123456789abcdef";
const std::string other_salt = "0123456789abcdeg";

RefreshTokenId id_of(std::uint64_t generation = 7, std::string tenant = "default") {
  return {std::move(tenant), "01890a5d-ac96-774b-bcce-b302099a8057", "01890a5d-ac96-774b-bcce-b302099a8058", generation,
          0};
}

class Refresh : public ::testing::Test {
 protected:
  Refresh() { kms_.rotate(refresh_purpose, GH_ALG_HMAC_SHA256, TestKey::hmac(1)); }

  static Call call() { return test::call_at(Time(std::chrono::seconds(1'800'000'000))); }
  std::string derived(const RefreshTokenId& id = id_of(), std::string_view with_salt = salt) {
    const auto token = tokens_.derive(id, with_salt, call());
    if (!token) throw std::runtime_error(token.error().detail);
    return token->reveal();
  }
  Result<PresentedRefreshToken> parse(std::string text) {
    return tokens_.parse(Secret<std::string>(std::move(text)), call());
  }
  bool is_refused(std::string text) {
    const auto token = parse(std::move(text));
    return !token && token.error().code == Code::TokenInvalid;
  }
  // The text of these bytes with a right `pre` before the tag: what someone with the key can make.
  static std::string assembled(const std::string& header, const std::string& tag = std::string(24, 't')) {
    const auto pre = TestKey::hmac(1).sign("pre" + header + tag).substr(0, 8);
    return "ghr_" + base64url_encode(header + pre + tag);
  }

  test::TestKms kms_;
  RefreshTokens tokens_{kms_.keys()};
};

TEST_F(Refresh, ATokenSaysWhichItIs) {
  const auto token = parse(derived());
  ASSERT_TRUE(token) << token.error().detail;
  EXPECT_EQ(token->id.tenant, "default");
  EXPECT_EQ(token->id.user, id_of().user);
  EXPECT_EQ(token->id.session, id_of().session);
  EXPECT_EQ(token->id.generation, 7U);
  EXPECT_EQ(token->id.key_version, 1U);
  EXPECT_EQ(token->tag.size(), 24U);
}

TEST_F(Refresh, ATokenIsGenuineUnderTheSaltOfItsSession) {
  const auto token = parse(derived());
  ASSERT_TRUE(token);
  EXPECT_TRUE(*tokens_.authentic(*token, salt, call()));
  EXPECT_FALSE(*tokens_.authentic(*token, other_salt, call()));
}

TEST_F(Refresh, TheTextBeginsWithThePrefixScannersLookFor) {
  const auto text = derived();
  EXPECT_TRUE(text.starts_with("ghr_"));
  EXPECT_EQ(text.size(), 4U + (1 + 1 + 48 + 1 + 8 + 24) * 4 / 3 + 1);
}

TEST_F(Refresh, DerivingAgainGivesTheSameToken) {
  const auto text = derived();
  EXPECT_EQ(derived(), text);
  RefreshTokens another_node(kms_.keys());
  EXPECT_EQ(another_node.derive(id_of(), salt, call())->reveal(), text);
}

TEST_F(Refresh, EveryPartOfTheIdentityMakesAnotherToken) {
  std::set<std::string> texts{derived(), derived(id_of(8)), derived(id_of(7, "other")), derived(id_of(), other_salt)};
  auto user = id_of();
  user.user.back() = '0';
  auto session = id_of();
  session.session.back() = '0';
  texts.insert(derived(user));
  texts.insert(derived(session));
  EXPECT_EQ(texts.size(), 6U);
}

TEST_F(Refresh, DerivingCostsTwoMacsAndParsingOne) {
  derived();
  auto calls = kms_.calls();
  const auto text = derived();
  EXPECT_EQ(kms_.calls(), calls + 2);
  calls = kms_.calls();
  EXPECT_TRUE(parse(text));
  EXPECT_EQ(kms_.calls(), calls + 1);
}

TEST_F(Refresh, TenantsAreUuidsOrShortNames) {
  for (const std::string tenant : {"a", "default", "fifteen-letters", "01890a5d-ac96-774b-bcce-b302099a8057",
                                   "ff000000-0000-4000-8000-000000000000"}) {
    const auto token = parse(derived(id_of(1, tenant)));
    ASSERT_TRUE(token) << tenant;
    EXPECT_EQ(token->id.tenant, tenant);
  }
}

TEST_F(Refresh, IdsThatNoTokenCanHoldAreOurOwnFault) {
  for (const std::string& tenant : {""s, "sixteen-letters-"s, "a\0b"s, "00890a5d-ac96-774b-bcce-b302099a8057"s,
                                    "01890A5D-AC96-774B-BCCE-B302099A8057"s}) {
    EXPECT_EQ(tokens_.derive(id_of(1, tenant), salt, call()).error().code, Code::Internal) << tenant;
  }
  auto id = id_of();
  id.user = "ada";
  EXPECT_EQ(tokens_.derive(id, salt, call()).error().code, Code::Internal);
  id = id_of();
  id.session.pop_back();
  EXPECT_EQ(tokens_.derive(id, salt, call()).error().code, Code::Internal);
  id = id_of();
  id.session[8] = '0';
  EXPECT_EQ(tokens_.derive(id, salt, call()).error().code, Code::Internal);
  for (const std::string_view wrong : {"", "0123456789abcde", "0123456789abcdef0"}) {
    EXPECT_EQ(tokens_.derive(id_of(), wrong, call()).error().code, Code::Internal);
    EXPECT_EQ(tokens_.authentic(*parse(derived()), wrong, call()).error().code, Code::Internal);
  }
}

TEST_F(Refresh, GenerationsOfEverySizeSurvive) {
  std::vector<std::uint64_t> generations{0, std::numeric_limits<std::uint64_t>::max()};
  for (unsigned bit = 0; bit < 64; ++bit) {
    generations.push_back(std::uint64_t{1} << bit);
    generations.push_back((std::uint64_t{1} << bit) - 1);
  }
  for (const auto generation : generations) {
    const auto token = parse(derived(id_of(generation)));
    ASSERT_TRUE(token) << generation;
    EXPECT_EQ(token->id.generation, generation);
  }
}

TEST_F(Refresh, EveryFlippedBitIsRefused) {
  const auto text = derived();
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    auto flipped = text;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_TRUE(is_refused(flipped)) << bit;
  }
}

TEST_F(Refresh, EveryFlippedBitOfTheBytesIsRefused) {
  const auto bytes = *base64url_decode(derived().substr(4));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_TRUE(is_refused("ghr_" + base64url_encode(flipped))) << bit;
  }
}

TEST_F(Refresh, EveryTruncationIsRefused) {
  const auto text = derived();
  const auto bytes = *base64url_decode(text.substr(4));
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_TRUE(is_refused(text.substr(0, size))) << size;
    EXPECT_TRUE(is_refused(text.substr(text.size() - size))) << size;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(is_refused("ghr_" + base64url_encode(bytes.substr(0, size)))) << size;
    EXPECT_TRUE(is_refused("ghr_" + base64url_encode(bytes.substr(bytes.size() - size)))) << size;
  }
}

TEST_F(Refresh, EveryInsertionIsRefusedAtEveryPosition) {
  const auto text = derived();
  for (std::size_t at = 0; at <= text.size(); ++at) {
    for (const char c : {'A', 'B', 'z', '_', '-', '0', '=', ' ', '\n', '\0', '\xFF'}) {
      EXPECT_TRUE(is_refused(std::string(text).insert(at, 1, c))) << at << " " << int{c};
    }
  }
  const auto bytes = *base64url_decode(text.substr(4));
  for (std::size_t at = 0; at <= bytes.size(); ++at) {
    for (const char c : {'\0', '\1', '\x7F', '\x80', '\xFF'}) {
      EXPECT_TRUE(is_refused("ghr_" + base64url_encode(std::string(bytes).insert(at, 1, c)))) << at << " " << int{c};
    }
  }
}

TEST_F(Refresh, NoByteCanBeExchangedForAnother) {
  const auto text = derived();
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int c = 0; c < 256; ++c) {
      if (static_cast<char>(c) == text[at]) continue;
      auto other = text;
      other[at] = static_cast<char>(c);
      ASSERT_TRUE(is_refused(other)) << at << " " << c;
    }
  }
}

TEST_F(Refresh, WhatIsNotOfTheFormNeverReachesTheProvider) {
  const auto calls = kms_.calls();
  const auto bytes = *base64url_decode(derived().substr(4));
  const auto calls_of_derive = kms_.calls() - calls;
  for (const auto& text :
       {""s, "ghr_"s, "GHR_"s + derived().substr(4), derived().substr(4), "ghr_" + std::string(5'000, 'A'),
        "ghr_" + std::string(4'092, 'A'), std::string(1 << 20, 'A'), derived() + "=", "Bearer " + derived(),
        "ghr_" + base64url_encode("\2" + bytes.substr(1)), "ghr_" + base64url_encode(bytes + "x")}) {
    const auto before = kms_.calls();
    EXPECT_TRUE(is_refused(text)) << text.substr(0, 200);
    EXPECT_EQ(kms_.calls(), before) << text.substr(0, 200);
  }
  EXPECT_GE(calls_of_derive, 2U);
}

// With the key but not by us: forms that would give a token a second text.
TEST_F(Refresh, OtherFormsOfTheSameHeaderAreRefusedEvenUnderARightMac) {
  const auto header = (*parse(derived())).header;
  ASSERT_TRUE(parse(assembled(header))) << "the assembled token itself is of the right form";
  const auto ids = header.substr(2, 48);
  EXPECT_TRUE(is_refused(assembled("\1\x81\0"s + ids + "\7")));                       // version 1 in two bytes
  EXPECT_TRUE(is_refused(assembled("\1\0"s + ids + "\7")));                           // version 0
  EXPECT_TRUE(is_refused(assembled("\1\1" + ids + "\x87\0"s)));                       // generation 7 in two bytes
  EXPECT_TRUE(is_refused(assembled("\1\1" + ids + std::string(9, '\xFF') + "\2")));   // 65 bits
  EXPECT_TRUE(is_refused(assembled("\1\1" + ids + std::string(10, '\xFF') + "\1")));  // eleven bytes
  EXPECT_TRUE(is_refused(assembled("\1\x81\x80\x80\x80\x10" + ids + "\7")));          // version over 32 bits
  EXPECT_TRUE(is_refused(assembled("\2\1" + ids + "\7")));                            // another format
  auto junk = header;
  junk[17] = 'x';  // after the end of the tenant's name
  EXPECT_TRUE(is_refused(assembled(junk)));
  auto nameless = header;
  nameless.replace(2, 16, std::string(16, '\0'));
  EXPECT_TRUE(is_refused(assembled(nameless)));
}

TEST_F(Refresh, TheKeyAloneDoesNotMakeAToken) {
  const auto token = parse(assembled((*parse(derived())).header));
  ASSERT_TRUE(token);
  EXPECT_FALSE(*tokens_.authentic(*token, salt, call()));
}

TEST_F(Refresh, EveryBitOfTheTagCountsUnderTheSalt) {
  const auto token = *parse(derived());
  for (std::size_t bit = 0; bit < token.tag.size() * 8; ++bit) {
    auto flipped = token;
    flipped.tag[bit / 8] = static_cast<char>(flipped.tag[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(*tokens_.authentic(flipped, salt, call())) << bit;
  }
  auto shorter = token;
  shorter.tag.pop_back();
  EXPECT_FALSE(*tokens_.authentic(shorter, salt, call()));
}

TEST_F(Refresh, AfterARotationNewTokensUseTheNewKeyAndOldOnesStayGood) {
  const auto old_text = derived();
  kms_.rotate(refresh_purpose, GH_ALG_HMAC_SHA256, TestKey::hmac(2));
  const auto token = parse(derived());
  ASSERT_TRUE(token);
  EXPECT_EQ(token->id.key_version, 2U);
  EXPECT_TRUE(*tokens_.authentic(*token, salt, call()));
  const auto old_token = parse(old_text);
  ASSERT_TRUE(old_token);
  EXPECT_TRUE(*tokens_.authentic(*old_token, salt, call()));
}

TEST_F(Refresh, AVersionCanBeAskedFor) {
  const auto old_text = derived();
  kms_.rotate(refresh_purpose, GH_ALG_HMAC_SHA256, TestKey::hmac(2));
  auto id = id_of();
  id.key_version = 1;
  EXPECT_EQ(derived(id), old_text);
  id.key_version = 3;
  EXPECT_EQ(tokens_.derive(id, salt, call()).error().code, Code::Internal);
}

TEST_F(Refresh, TokensOfARetiredOrUnknownKeyAreInvalid) {
  const auto text = derived();
  const auto token = *parse(text);
  kms_.rotate(refresh_purpose, GH_ALG_HMAC_SHA256, TestKey::hmac(2));
  kms_.set_state(refresh_purpose, 1, GH_KEY_RETIRED);
  EXPECT_TRUE(is_refused(text));
  EXPECT_FALSE(*tokens_.authentic(token, salt, call()));
  const auto header = token.header;
  EXPECT_TRUE(is_refused(assembled("\1\x63" + header.substr(2))));
}

TEST_F(Refresh, AProviderThatCannotAnswerIsNotAnInvalidToken) {
  const auto text = derived();
  const auto token = *parse(text);
  for (const gh_status status : {GH_UNAVAILABLE, GH_TIMEOUT, GH_DENIED, GH_INTERNAL, 77}) {
    kms_.fail_with(status);
    EXPECT_FALSE(tokens_.derive(id_of(), salt, call())) << status;
    const auto parsed = parse(text);
    ASSERT_FALSE(parsed) << status;
    EXPECT_NE(parsed.error().code, Code::TokenInvalid) << status;
    EXPECT_FALSE(tokens_.authentic(token, salt, call()).has_value()) << status;
  }
  kms_.fail_with(GH_UNAVAILABLE);
  EXPECT_EQ(parse(text).error().code, Code::ProviderUnavailable);
}

TEST_F(Refresh, ManyThreadsAgreeOnOneTokenWhileTheKeyRotates) {
  std::vector<std::thread> threads;
  std::vector<std::set<std::string>> seen(4);
  for (std::size_t t = 0; t < seen.size(); ++t) {
    threads.emplace_back([this, &seen, t] {
      for (int i = 0; i < 200; ++i) seen[t].insert(derived());
    });
  }
  kms_.rotate(refresh_purpose, GH_ALG_HMAC_SHA256, TestKey::hmac(2));
  for (auto& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& texts : seen) all.insert(texts.begin(), texts.end());
  EXPECT_LE(all.size(), 2U) << "one token a key version";
  for (const auto& text : all) EXPECT_TRUE(*tokens_.authentic(*parse(text), salt, call()));
}

}  // namespace
}  // namespace gatehouse::tokens
