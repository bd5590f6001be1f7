// SPDX-License-Identifier: Apache-2.0
#include "crypto/password_hash.h"

#include "base/metrics.h"
#include "crypto/hash_pool.h"
#include "crypto/phc_string.h"
#include "fakes.h"

#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gatehouse::crypto {
namespace {

using namespace std::string_literals;
using testing::FakeRandom;
using testing::ManualClock;

constexpr HashParameters today{256, 2, 4};
constexpr std::string_view bcrypt_of_abc = "$2b$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i";

Secret<std::string> secret(std::string text) { return Secret<std::string>(std::move(text)); }

class PasswordHashTest : public ::testing::Test {
 protected:
  std::string made(const std::string& password, HashParameters parameters = today) {
    return *PasswordHash(parameters, random_).make(secret(password), arena_);
  }
  Verified verify(const std::string& password, std::string_view stored) {
    return hash_.verify(secret(password), stored, arena_);
  }
  // How many Argon2id hashes ran so far through timed_.
  std::uint64_t hashes(std::string algorithm = "argon2id") {
    return metrics_.histogram("gatehouse_password_hash_duration_seconds", "", {{"algorithm", std::move(algorithm)}})
        .snapshot()
        .cumulative.back();
  }

  FakeRandom random_;
  ManualClock clock_;
  MetricRegistry metrics_;
  HashArena arena_{256 * 1024};
  PasswordHash hash_{today, random_};
  PasswordHash timed_{today, random_, clock_, metrics_};
};

TEST_F(PasswordHashTest, APasswordMatchesWhatWasMadeOfIt) {
  const auto verified = verify("correct horse battery", made("correct horse battery"));
  EXPECT_TRUE(verified.matches);
  EXPECT_FALSE(verified.needs_rehash);
}

TEST_F(PasswordHashTest, PasswordsAreComparedExactlyAsReceived) {
  const auto stored = made("correct horse battery");
  for (const auto& other : {"correct horse batterz"s, "correct horse battery "s, " correct horse battery"s,
                            "Correct horse battery"s, "correct horse batter"s, "correct horse battery\0"s, ""s}) {
    EXPECT_FALSE(verify(other, stored).matches) << other;
  }
  EXPECT_FALSE(verify("correct", made("correct\0horse"s)).matches);
}

TEST_F(PasswordHashTest, PasswordsAreNotCutAtSeventyTwoBytes) {
  const auto stored = made(std::string(100, 'x'));
  EXPECT_TRUE(verify(std::string(100, 'x'), stored).matches);
  EXPECT_FALSE(verify(std::string(99, 'x'), stored).matches);
  EXPECT_FALSE(verify(std::string(72, 'x'), stored).matches);
}

TEST_F(PasswordHashTest, StoresTheAlgorithmItsParametersSaltAndHash) {
  const auto parts = decode_phc(made("correct horse battery"));
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->parameters, today);
  EXPECT_EQ(parts->salt.size(), 16U);
  EXPECT_EQ(parts->hash.size(), 32U);
}

TEST_F(PasswordHashTest, TwoHashesOfOnePasswordDiffer) {
  EXPECT_NE(made("correct horse battery"), made("correct horse battery"));
}

TEST_F(PasswordHashTest, NothingIsMadeWithoutRandomness) {
  random_.broken = true;
  const auto result = hash_.make(secret("correct horse battery"), arena_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::Internal);
}

TEST_F(PasswordHashTest, OtherParametersMatchAndAskForARehash) {
  for (const HashParameters other : {HashParameters{512, 2, 4}, {128, 2, 4}, {256, 3, 4}, {256, 2, 2}}) {
    const auto stored = made("correct horse battery", other);
    EXPECT_TRUE(verify("correct horse battery", stored).matches);
    EXPECT_TRUE(verify("correct horse battery", stored).needs_rehash);
    EXPECT_FALSE(verify("wrong", stored).needs_rehash) << "a wrong password says nothing about the hash";
  }
}

TEST_F(PasswordHashTest, AnOtherSaltLengthAsksForARehash) {
  // The reference vector of "password" and an 8-byte salt.
  const auto verified =
      verify("password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4");
  EXPECT_TRUE(verified.matches);
  EXPECT_TRUE(verified.needs_rehash);
}

TEST_F(PasswordHashTest, BcryptMatchesAndAsksForARehash) {
  EXPECT_TRUE(verify("abc", bcrypt_of_abc).matches);
  EXPECT_TRUE(verify("abc", bcrypt_of_abc).needs_rehash);
  EXPECT_FALSE(verify("abd", bcrypt_of_abc).matches);
  EXPECT_FALSE(verify("abd", bcrypt_of_abc).needs_rehash);
}

TEST_F(PasswordHashTest, AStoredHashMayAskForMoreThanTheArenaHolds) {
  const auto stored = made("correct horse battery", {1024, 1, 4});
  EXPECT_GT(1024U * 1024, arena_.size());
  EXPECT_TRUE(verify("correct horse battery", stored).matches);
}

TEST_F(PasswordHashTest, APasswordOverTheGuardIsNeverHashed) {
  const std::string huge(PasswordHash::max_password_bytes + 1, 'x');
  EXPECT_FALSE(timed_.make(secret(huge), arena_));
  EXPECT_FALSE(timed_.verify(secret(huge), made("correct horse battery"), arena_).matches);
  timed_.dummy(secret(huge), arena_);
  EXPECT_EQ(hashes(), 0U);
}

TEST_F(PasswordHashTest, EveryVerificationAndEveryDummyRunsOneHash) {
  const auto stored = made("correct horse battery");
  timed_.verify(secret("correct horse battery"), stored, arena_);
  EXPECT_EQ(hashes(), 1U);
  timed_.verify(secret("wrong"), stored, arena_);
  EXPECT_EQ(hashes(), 2U);
  timed_.dummy(secret("wrong"), arena_);
  EXPECT_EQ(hashes(), 3U);
  EXPECT_TRUE(timed_.make(secret("another password"), arena_));
  EXPECT_EQ(hashes(), 4U);
  timed_.verify(secret("abc"), bcrypt_of_abc, arena_);
  EXPECT_EQ(hashes(), 4U);
  EXPECT_EQ(hashes("bcrypt"), 1U);
}

TEST_F(PasswordHashTest, WhatBcryptCannotHashCostsADummy) {
  EXPECT_FALSE(timed_.verify(secret(std::string(73, 'a')), bcrypt_of_abc, arena_).matches);
  EXPECT_FALSE(timed_.verify(secret("abc\0"s), bcrypt_of_abc, arena_).matches);
  EXPECT_EQ(hashes(), 2U);
  EXPECT_EQ(hashes("bcrypt"), 0U);
}

TEST_F(PasswordHashTest, ParametersThatCannotRunAreRefusedAtTheStart) {
  EXPECT_THROW(PasswordHash({31, 1, 4}, random_), std::invalid_argument);
  EXPECT_THROW(PasswordHash({256, 0, 4}, random_), std::invalid_argument);
  EXPECT_THROW(PasswordHash({256, 11, 4}, random_), std::invalid_argument);
  EXPECT_THROW(PasswordHash({256, 1, 0}, random_), std::invalid_argument);
  EXPECT_THROW(PasswordHash({max_hash_memory_kib + 1, 1, 4}, random_), std::invalid_argument);
}

struct Unusable {
  const char* name;
  std::string stored;
};
class UnusableStoredHash : public PasswordHashTest, public ::testing::WithParamInterface<Unusable> {};

TEST_P(UnusableStoredHash, NeverMatchesAndCostsADummy) {
  const auto verified = timed_.verify(secret("abc"), GetParam().stored, arena_);
  EXPECT_FALSE(verified.matches);
  EXPECT_FALSE(verified.needs_rehash);
  EXPECT_EQ(hashes(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, UnusableStoredHash,
    ::testing::Values(
        Unusable{"Empty", ""}, Unusable{"ThePasswordItself", "abc"}, Unusable{"Nul", "\0"s}, Unusable{"Locked", "!"},
        Unusable{"Star", "*0"}, Unusable{"Md5Crypt", "$1$abcdefgh$irWbblnpmw.5z7wgBnprh0"},
        Unusable{"Sha512Crypt", "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjlO/O817G3uBnIFNjnQJuesI68OTLiBFdcb"},
        Unusable{"Scrypt", "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD"},
        Unusable{"BcryptWithCost31", "$2b$31$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"},
        Unusable{"BcryptCutShort", std::string(bcrypt_of_abc.substr(0, 59))},
        Unusable{"Argon2idOf512MiB", "$argon2id$v=19$m=524288,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw"},
        Unusable{"Argon2idOf4TiB", "$argon2id$v=19$m=4294967295,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw"},
        Unusable{"Argon2idOfElevenPasses",
                 "$argon2id$v=19$m=64,t=11,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw"},
        Unusable{"Argon2idCutShort", "$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$"},
        Unusable{"Argon2i", "$argon2i$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw"}),
    [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace gatehouse::crypto
