// SPDX-License-Identifier: Apache-2.0
#include "crypto/bcrypt.h"

#include "crypto/hash_pool.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::crypto {
namespace {

using namespace std::string_literals;

constexpr std::string_view of_abc = "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i";

class Bcrypt : public ::testing::Test {
 protected:
  bool matches(const std::string& password, std::string_view stored) {
    return bcrypt_matches(password, stored, arena_);
  }
  HashArena arena_{64 * 1024};
};

// Published with the algorithm and its ports.
TEST_F(Bcrypt, AgreesWithTheKnownVectors) {
  EXPECT_TRUE(matches("", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."));
  EXPECT_TRUE(matches("a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"));
  EXPECT_TRUE(matches("abc", of_abc));
  EXPECT_TRUE(matches("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
}

TEST_F(Bcrypt, TheThreeNamesOfTheSchemeAreOne) {
  for (const char variant : {'a', 'b', 'y'}) {
    auto stored = std::string(of_abc);
    stored[2] = variant;
    EXPECT_TRUE(is_bcrypt(stored));
    EXPECT_TRUE(matches("abc", stored)) << variant;
  }
}

TEST_F(Bcrypt, AnotherPasswordDoesNotMatch) {
  EXPECT_FALSE(matches("abd", of_abc));
  EXPECT_FALSE(matches("ab", of_abc));
  EXPECT_FALSE(matches("abc ", of_abc));
  EXPECT_FALSE(matches("", of_abc));
}

TEST_F(Bcrypt, SeventyTwoBytesMatchAndOneMoreNever) {
  // A published vector, whose password goes on after the 72 bytes that bcrypt reads.
  const auto stored = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
  const auto password = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"s;
  EXPECT_TRUE(matches(password, stored));
  EXPECT_FALSE(matches(password.substr(0, 71), stored));
  EXPECT_FALSE(matches(password + "c", stored));
  EXPECT_FALSE(matches(password + "chars after 72 are ignored", stored));
}

TEST_F(Bcrypt, APasswordWithANulNeverMatches) {
  EXPECT_FALSE(matches("abc\0def"s, of_abc));
  EXPECT_FALSE(matches("abc\0"s, of_abc));
}

TEST_F(Bcrypt, LeavesTheArenaWiped) {
  std::fill_n(arena_.data(), arena_.size(), std::uint8_t{0});
  EXPECT_TRUE(matches("abc", of_abc));
  const std::span memory(arena_.data(), arena_.size());
  EXPECT_TRUE(std::all_of(memory.begin(), memory.end(), [](std::uint8_t byte) { return byte == 0; }));
}

TEST_F(Bcrypt, WorksInMemoryOfItsOwnWhenTheArenaIsTooSmall) {
  HashArena tiny(4096);
  EXPECT_TRUE(bcrypt_matches("abc", of_abc, tiny));
}

TEST_F(Bcrypt, OnlyWellFormedStringsWithABearableCostAreBcrypt) {
  const auto with = [](std::size_t at, std::string_view text) {
    return std::string(of_abc).replace(at, text.size(), text);
  };
  EXPECT_TRUE(is_bcrypt(of_abc));
  EXPECT_TRUE(is_bcrypt(with(4, "14")));
  EXPECT_FALSE(is_bcrypt(with(4, "15")));
  EXPECT_FALSE(is_bcrypt(with(4, "31")));
  EXPECT_FALSE(is_bcrypt(with(4, "03")));
  EXPECT_FALSE(is_bcrypt(with(4, "0x")));
  EXPECT_FALSE(is_bcrypt(with(2, "x")));  // the variant with the sign-extension defect
  EXPECT_FALSE(is_bcrypt(with(6, "/")));
  EXPECT_FALSE(is_bcrypt(with(30, "+")));
  EXPECT_FALSE(is_bcrypt(with(59, "\n")));
  EXPECT_FALSE(is_bcrypt(of_abc.substr(0, 59)));
  EXPECT_FALSE(is_bcrypt(std::string(of_abc) + "i"));
  EXPECT_FALSE(is_bcrypt(""));
  EXPECT_FALSE(is_bcrypt("*0"));
  EXPECT_FALSE(is_bcrypt("$1$abcdefgh$0123456789012345678901"));
}

}  // namespace
}  // namespace gatehouse::crypto
