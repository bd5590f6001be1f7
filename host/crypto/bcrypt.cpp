// SPDX-License-Identifier: Apache-2.0
#include "crypto/bcrypt.h"

#include "base/secret.h"
#include "crypto/hash_pool.h"

#include <crypt.h>
#include <algorithm>
#include <new>
#include <optional>

namespace gatehouse::crypto {
namespace {

constexpr std::size_t text_size = 60;  // $2b$ 10 $ and 53 characters
constexpr std::size_t salt_end = 29;   // where the 31 characters of the hash begin

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool is_bcrypt64(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '/';
}

}  // namespace

bool is_bcrypt(std::string_view stored) noexcept {
  if (stored.size() != text_size) return false;
  const auto scheme = stored.substr(0, 4);
  if (scheme != "$2a$" && scheme != "$2b$" && scheme != "$2y$") return false;
  if (!is_digit(stored[4]) || !is_digit(stored[5]) || stored[6] != '$') return false;
  const auto cost = static_cast<unsigned>(stored[4] - '0') * 10 + static_cast<unsigned>(stored[5] - '0');
  if (cost < 4 || cost > bcrypt_max_cost) return false;
  return std::all_of(stored.begin() + 7, stored.end(), is_bcrypt64);
}

bool bcrypt_can_hash(std::string_view password) noexcept {
  return password.size() <= bcrypt_max_password && password.find('\0') == std::string_view::npos;
}

bool bcrypt_matches(const std::string& password, std::string_view stored, HashArena& arena) {
  if (!bcrypt_can_hash(password)) return false;
  std::optional<HashArena> own;
  if (arena.size() < sizeof(crypt_data)) own.emplace(sizeof(crypt_data));

  // 32 KiB that will hold the password: in the arena they are out of core dumps and not on a stack.
  auto* const data = new ((own ? *own : arena).data()) crypt_data{};
  const std::string setting(stored);
  const char* const made = crypt_r(password.c_str(), setting.c_str(), data);
  // Only the hash is compared: some old programs wrote salts with stray bits in their last character.
  const bool matches = made != nullptr && std::string_view(made).size() == text_size &&
                       constant_time_equal(std::string_view(made).substr(salt_end), stored.substr(salt_end));
  wipe(data, sizeof(crypt_data));
  return matches;
}

}  // namespace gatehouse::crypto
