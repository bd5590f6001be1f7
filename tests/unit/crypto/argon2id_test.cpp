// SPDX-License-Identifier: Apache-2.0
#include "crypto/argon2id.h"

#include "base/encoding.h"
#include "crypto/hash_pool.h"

#include <argon2.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace gatehouse::crypto {
namespace {

using Hash = std::array<std::uint8_t, 32>;

std::string hex(const Hash& hash) { return hex_encode({reinterpret_cast<const char*>(hash.data()), hash.size()}); }

bool is_wiped(HashArena& arena) {
  const std::span memory(arena.data(), arena.size());
  return std::all_of(memory.begin(), memory.end(), [](std::uint8_t byte) { return byte == 0; });
}

// Vectors of the reference implementation's own test program (version 0x13).
TEST(Argon2id, AgreesWithTheReferenceVectors) {
  HashArena arena(65'536 * 1024);
  Hash hash{};
  ASSERT_TRUE(argon2id({65'536, 2, 1}, "password", "somesalt", hash, arena));
  EXPECT_EQ(hex(hash), "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
  ASSERT_TRUE(argon2id({256, 2, 1}, "password", "somesalt", hash, arena));
  EXPECT_EQ(hex(hash), "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe");
  ASSERT_TRUE(argon2id({256, 2, 2}, "password", "somesalt", hash, arena));
  EXPECT_EQ(hex(hash), "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037");
}

// Four lanes on one thread are four lanes: what libargon2 makes with a thread a lane and memory of its own.
TEST(Argon2id, LanesDoNotDependOnThreads) {
  HashArena arena(1024 * 1024);
  Hash ours{};
  Hash theirs{};
  ASSERT_TRUE(argon2id({1024, 3, 4}, "correct horse", "0123456789abcdef", ours, arena));
  ASSERT_EQ(argon2id_hash_raw(3, 1024, 4, "correct horse", 13, "0123456789abcdef", 16, theirs.data(), theirs.size()),
            ARGON2_OK);
  EXPECT_EQ(ours, theirs);
}

TEST(Argon2id, LeavesTheArenaWiped) {
  HashArena arena(1024 * 1024);
  Hash hash{};
  std::fill_n(arena.data(), arena.size(), std::uint8_t{0});
  ASSERT_TRUE(argon2id({1024, 1, 4}, "correct horse", "0123456789abcdef", hash, arena));
  EXPECT_TRUE(is_wiped(arena));
}

TEST(Argon2id, WorksInTheArenaAndNowhereElse) {
  HashArena arena(1024 * 1024);
  HashArena untouched(1024 * 1024);
  Hash in_arena{};
  Hash again{};
  std::fill_n(arena.data(), arena.size(), std::uint8_t{0xAA});
  ASSERT_TRUE(argon2id({1024, 1, 4}, "correct horse", "0123456789abcdef", in_arena, arena));
  EXPECT_TRUE(is_wiped(arena)) << "the arena still holds what was there before: other memory was used";
  EXPECT_TRUE(is_wiped(untouched));
  // What was in the arena before has no influence.
  ASSERT_TRUE(argon2id({1024, 1, 4}, "correct horse", "0123456789abcdef", again, untouched));
  EXPECT_EQ(in_arena, again);
}

TEST(Argon2id, TakesOtherMemoryWhenTheArenaIsTooSmall) {
  HashArena small(64 * 1024);
  HashArena large(1024 * 1024);
  Hash in_small{};
  Hash in_large{};
  ASSERT_TRUE(argon2id({1024, 1, 4}, "correct horse", "0123456789abcdef", in_small, small));
  ASSERT_TRUE(argon2id({1024, 1, 4}, "correct horse", "0123456789abcdef", in_large, large));
  EXPECT_EQ(in_small, in_large);
}

TEST(Argon2id, RefusesWhatItCannotRun) {
  HashArena arena(64 * 1024);
  Hash hash{};
  EXPECT_FALSE(argon2id({31, 1, 4}, "p", "0123456789abcdef", hash, arena)) << "less than 8 KiB a lane";
  EXPECT_FALSE(argon2id({64, 0, 4}, "p", "0123456789abcdef", hash, arena));
  EXPECT_FALSE(argon2id({64, 1, 0}, "p", "0123456789abcdef", hash, arena));
  EXPECT_FALSE(argon2id({64, 11, 4}, "p", "0123456789abcdef", hash, arena));
  EXPECT_FALSE(argon2id({max_hash_memory_kib + 1, 1, 4}, "p", "0123456789abcdef", hash, arena));
  EXPECT_FALSE(argon2id({64, 1, 4}, "p", "short", hash, arena));
}

}  // namespace
}  // namespace gatehouse::crypto
