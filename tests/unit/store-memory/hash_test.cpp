// SPDX-License-Identifier: Apache-2.0
#include "hash.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

namespace gatehouse::store_memory {
namespace {

constexpr Hash::Secret secret = {0x8f1d3c5b7a29e604, 0x13e7a95dc0b46f82, 0xd5420b9f6e318ca7, 0x6ab8f04c92d7351e};

TEST(Hash, EveryByteAndTheSizeCount) {
  const Hash hash(secret);
  std::set<std::uint64_t> seen;
  std::size_t inputs = 0;
  for (std::size_t size = 0; size <= 80; ++size) {
    std::string text(size, '\0');
    seen.insert(hash(text));
    ++inputs;
    for (std::size_t at = 0; at < size; ++at) {
      text[at] = '\1';
      seen.insert(hash(text));
      text[at] = '\0';
      ++inputs;
    }
  }
  EXPECT_EQ(seen.size(), inputs);
}

TEST(Hash, ChainedPartsAreNotJoined) {
  const Hash hash(secret);
  EXPECT_NE(hash("b", hash("a")), hash("", hash("ab")));
  EXPECT_NE(hash("c", hash("ab")), hash("bc", hash("a")));
}

TEST(Hash, AnotherSecretGivesOtherValues) {
  for (std::size_t part = 0; part < secret.size(); ++part) {
    auto other = secret;
    other[part] ^= 0x100;
    EXPECT_NE(Hash(secret)("text"), Hash(other)("text")) << part;
  }
}

TEST(Hash, SpreadsCountersOverShardsAndSlots) {
  const Hash hash(secret);
  std::array<int, 64> shards{};
  std::array<int, 64> slots{};
  constexpr int keys = 64 * 1'000;
  for (int at = 0; at < keys; ++at) {
    const std::uint64_t value = hash("user-" + std::to_string(at));
    ++shards[value >> 58];
    ++slots[value & 63];
  }
  for (std::size_t at = 0; at < 64; ++at) {
    EXPECT_NEAR(shards[at], 1'000, 200);
    EXPECT_NEAR(slots[at], 1'000, 200);
  }
}

}  // namespace
}  // namespace gatehouse::store_memory
