// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace gatehouse {
namespace {

using namespace std::chrono_literals;

class Constant final : public Random {
 public:
  explicit Constant(std::uint8_t byte) : byte_(byte) {}
  [[nodiscard]] bool fill(std::span<std::uint8_t> out) override {
    std::fill(out.begin(), out.end(), byte_);
    return true;
  }

 private:
  std::uint8_t byte_;
};

class Broken final : public Random {
 public:
  [[nodiscard]] bool fill(std::span<std::uint8_t>) override { return false; }
};

constexpr Time moment{std::chrono::milliseconds(0x017F22E279B0)};

TEST(SystemRandom, FillsEveryByteAndNeverTheSameWay) {
  SystemRandom random;
  std::set<std::vector<std::uint8_t>> seen;
  for (int i = 0; i < 1000; ++i) {
    std::vector<std::uint8_t> bytes(32);
    ASSERT_TRUE(random.fill(bytes));
    seen.insert(bytes);
  }
  EXPECT_EQ(seen.size(), 1000U);
  // More than the kernel gives at once without being interruptible, and every part of it.
  std::vector<std::uint8_t> large(1 << 20);
  ASSERT_TRUE(random.fill(large));
  for (std::size_t at = 0; at < large.size(); at += 4096) {
    EXPECT_TRUE(std::any_of(large.begin() + static_cast<std::ptrdiff_t>(at),
                            large.begin() + static_cast<std::ptrdiff_t>(at) + 64,
                            [](std::uint8_t byte) { return byte != 0; }));
  }
}

TEST(SystemRandom, NothingIsAskedForIsNoFailure) {
  SystemRandom random;
  EXPECT_TRUE(random.fill({}));
}

// The time of the example in RFC 9562 A.6.
TEST(Uuid7, HasTheFormOfRfc9562) {
  Constant zeros(0x00);
  EXPECT_EQ(make_uuid7(zeros, moment), "017f22e2-79b0-7000-8000-000000000000");
  Constant ones(0xFF);
  EXPECT_EQ(make_uuid7(ones, moment), "017f22e2-79b0-7fff-bfff-ffffffffffff");
}

TEST(Uuid7, SortsByTime) {
  SystemRandom random;
  auto last = make_uuid7(random, moment);
  for (int i = 1; i < 100; ++i) {
    const auto next = make_uuid7(random, moment + i * 1ms);
    EXPECT_LT(last, next);
    last = next;
  }
}

TEST(Uuid7, NeverComesTwice) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) seen.insert(make_uuid7(random, moment));
  EXPECT_EQ(seen.size(), 10'000U);
}

TEST(Uuid7, IsNotMadeWithoutRandomness) {
  Broken random;
  EXPECT_EQ(make_uuid7(random, moment), "");
}

}  // namespace
}  // namespace gatehouse
