// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gatehouse::store_memory {

// A fast hash of bytes under a secret. Who does not know the secret cannot choose keys that collide, which matters
// because digests of what clients send become keys. It is no MAC: what it protects never leaves the process unread.
// Values differ between instances. Any thread.
class Hash {
 public:
  using Secret = std::array<std::uint64_t, 4>;

  explicit Hash(const Secret& secret) noexcept;

  // `chain`: the hash of what came before, so that ("ab", "c") and ("a", "bc") differ.
  std::uint64_t operator()(std::string_view bytes, std::uint64_t chain = 0) const noexcept;
  std::uint64_t operator()(std::int64_t number, std::uint64_t chain) const noexcept;

 private:
  Secret secret_;
};

}  // namespace gatehouse::store_memory
