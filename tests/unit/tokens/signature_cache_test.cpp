// SPDX-License-Identifier: Apache-2.0
#include "tokens/signature_cache.h"

#include <gtest/gtest.h>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::tokens {
namespace {

crypto::Digest digest_of(int number) { return crypto::sha256(std::to_string(number)); }

SignatureCache::Entry entry_of(int number, std::string kid = "kid") {
  VerifiedToken token;
  token.verified.claims.subject = std::to_string(number);
  token.kid = std::move(kid);
  return std::make_shared<const VerifiedToken>(std::move(token));
}

TEST(SignatureCache, FindsWhatWasInsertedAndNothingElse) {
  SignatureCache cache(100);
  cache.insert(digest_of(1), entry_of(1));
  ASSERT_NE(cache.find(digest_of(1)), nullptr);
  EXPECT_EQ(cache.find(digest_of(1))->verified.claims.subject, "1");
  EXPECT_EQ(cache.find(digest_of(2)), nullptr);
}

TEST(SignatureCache, EveryBitOfTheDigestCounts) {
  SignatureCache cache(8);
  const auto token = digest_of(1);
  cache.insert(token, entry_of(1));
  for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
    auto other = token;
    other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_EQ(cache.find(other), nullptr) << bit;
  }
}

TEST(SignatureCache, NeverHoldsMoreThanItMay) {
  for (const std::size_t limit : {0U, 1U, 2U, 7U, 8U, 9U, 100U, 511U, 512U, 1000U}) {
    SignatureCache cache(limit);
    for (int i = 0; i < 3000; ++i) cache.insert(digest_of(i), entry_of(i));
    EXPECT_LE(cache.size(), limit);
    EXPECT_GE(cache.size(), limit / 2);
  }
}

TEST(SignatureCache, ForgetsWhatWasUnusedForLongest) {
  SignatureCache cache(8);  // one set
  for (int i = 0; i < 8; ++i) cache.insert(digest_of(i), entry_of(i));
  EXPECT_NE(cache.find(digest_of(0)), nullptr);
  cache.insert(digest_of(8), entry_of(8));
  EXPECT_NE(cache.find(digest_of(0)), nullptr);
  EXPECT_EQ(cache.find(digest_of(1)), nullptr);
  EXPECT_NE(cache.find(digest_of(8)), nullptr);
}

TEST(SignatureCache, TheSameTokenTakesOnePlace) {
  SignatureCache cache(8);
  for (int i = 0; i < 8; ++i) cache.insert(digest_of(1), entry_of(1));
  EXPECT_EQ(cache.size(), 1U);
}

TEST(SignatureCache, DropsTheEntriesItIsToldTo) {
  SignatureCache cache(1000);
  for (int i = 0; i < 20; ++i) cache.insert(digest_of(i), entry_of(i, i % 2 == 0 ? "old" : "new"));
  cache.erase_if([](const VerifiedToken& token) { return token.kid == "old"; });
  EXPECT_EQ(cache.size(), 10U);
  EXPECT_EQ(cache.find(digest_of(0)), nullptr);
  EXPECT_NE(cache.find(digest_of(1)), nullptr);
}

TEST(SignatureCache, ThreadsNeverSeeAnotherTokensEntry) {
  SignatureCache cache(64);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, &wrong, t] {
      for (int i = 0; i < 2000; ++i) {
        const int number = (i * 7 + t) % 200;
        if (const auto found = cache.find(digest_of(number))) {
          if (found->verified.claims.subject != std::to_string(number)) ++wrong;
        } else {
          cache.insert(digest_of(number), entry_of(number));
        }
        if (i % 500 == 0) cache.erase_if([](const VerifiedToken&) { return true; });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_LE(cache.size(), 64U);
}

}  // namespace
}  // namespace gatehouse::tokens
