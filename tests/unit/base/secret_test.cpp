// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <gtest/gtest.h>
#include <array>
#include <concepts>
#include <cstddef>
#include <new>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gatehouse {
namespace {

// Memory that a test may look at after it was given back: storage the test itself owns.
class Vault {
 public:
  std::byte* take(std::size_t size) {
    auto* const at = memory_.data() + used_;
    used_ += (size + 15) / 16 * 16;
    if (used_ > memory_.size()) throw std::bad_alloc();
    return at;
  }
  bool holds(std::string_view word) const {
    const auto* const begin = reinterpret_cast<const char*>(memory_.data());
    return std::string_view(begin, used_).find(word) != std::string_view::npos;
  }

 private:
  alignas(16) std::array<std::byte, 64 * 1024> memory_{};
  std::size_t used_ = 0;
};

template <class T>
struct VaultAllocator {
  using value_type = T;
  using propagate_on_container_move_assignment = std::true_type;
  explicit VaultAllocator(Vault& given) : vault(&given) {}
  template <class U>
  VaultAllocator(const VaultAllocator<U>& other) : vault(other.vault) {}  // NOLINT(google-explicit-constructor)
  T* allocate(std::size_t count) { return reinterpret_cast<T*>(vault->take(count * sizeof(T))); }
  void deallocate(T*, std::size_t) {}
  template <class U>
  bool operator==(const VaultAllocator<U>& other) const {
    return vault == other.vault;
  }
  Vault* vault;
};
using VaultString = std::basic_string<char, std::char_traits<char>, VaultAllocator<char>>;

const std::string password = "correct horse battery staple";

class SecretText : public ::testing::Test {
 protected:
  VaultString text(std::string_view value) { return {value.data(), value.size(), VaultAllocator<char>(vault_)}; }
  Secret<VaultString> secret() { return Secret<VaultString>(text(password)); }
  Vault vault_;
};

TEST_F(SecretText, TheVaultSeesWhatIsNotWiped) {
  { const auto plain = text(password); }
  EXPECT_TRUE(vault_.holds(password));
}

TEST_F(SecretText, IsWipedWhenItEnds) {
  {
    const auto held = secret();
    EXPECT_TRUE(vault_.holds("horse battery"));
  }
  EXPECT_FALSE(vault_.holds("horse"));
}

TEST_F(SecretText, IsWipedBehindItsEndToo) {
  {
    auto longer = text(password);
    longer.resize(3);
    const Secret<VaultString> held(std::move(longer));
  }
  EXPECT_FALSE(vault_.holds("horse"));
}

TEST_F(SecretText, MovingLeavesOneCopyAndWipesItInTheEnd) {
  {
    auto held = secret();
    const auto moved = std::move(held);
    EXPECT_TRUE(held.empty());  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(moved.reveal(), std::string_view(password));
  }
  EXPECT_FALSE(vault_.holds("horse"));
}

TEST_F(SecretText, AssigningWipesWhatWasThere) {
  auto held = secret();
  held = Secret<VaultString>(text("another value of some length"));
  EXPECT_FALSE(vault_.holds("horse"));
  EXPECT_EQ(held.reveal(), std::string_view("another value of some length"));
}

TEST_F(SecretText, AssigningToItselfKeepsIt) {
  auto held = secret();
  auto& same = held;
  held = std::move(same);
  EXPECT_EQ(held.reveal(), std::string_view(password));
}

TEST_F(SecretText, ACloneIsWipedAlso) {
  {
    const auto held = secret();
    const auto clone = held.clone();
    EXPECT_EQ(clone.reveal(), held.reveal());
  }
  EXPECT_FALSE(vault_.holds("horse"));
}

// A short text lies inside the object, where moving leaves it behind. The object is alive, so its bytes may be read.
TEST(SecretShortText, MovingLeavesNothingInTheOldPlace) {
  Secret<> held(std::string("hunter2-hunter2"));
  const std::string_view bytes(reinterpret_cast<const char*>(&held), sizeof held);
  ASSERT_NE(bytes.find("hunter2"), std::string_view::npos);
  const auto moved = std::move(held);
  EXPECT_EQ(bytes.find("unter2"), std::string_view::npos);
  EXPECT_EQ(moved.reveal(), "hunter2-hunter2");
}

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

// No way to leak by accident compiles.
static_assert(!std::is_copy_constructible_v<Secret<>>);
static_assert(!std::is_copy_assignable_v<Secret<>>);
static_assert(!std::is_convertible_v<std::string, Secret<>>);
static_assert(!std::is_convertible_v<Secret<>, std::string>);
static_assert(!std::is_convertible_v<Secret<>, std::string_view>);
static_assert(!std::equality_comparable<Secret<>>);
static_assert(Printable<std::string> && !Printable<Secret<>>);

TEST(ConstantTimeEqual, ComparesEveryByteAndTheSize) {
  EXPECT_TRUE(constant_time_equal("", ""));
  EXPECT_TRUE(constant_time_equal("secret", "secret"));
  EXPECT_FALSE(constant_time_equal("secret", "secre"));
  EXPECT_FALSE(constant_time_equal("secret", ""));
  EXPECT_TRUE(constant_time_equal(std::string_view("a\0b", 3), std::string_view("a\0b", 3)));
  EXPECT_FALSE(constant_time_equal(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
  const std::string one(64, 'x');
  for (std::size_t bit = 0; bit < one.size() * 8; ++bit) {
    auto other = one;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(constant_time_equal(one, other)) << bit;
  }
}

}  // namespace
}  // namespace gatehouse
