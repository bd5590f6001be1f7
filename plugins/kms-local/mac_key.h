// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/types.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace gatehouse::kms_local {

// HMAC-SHA256 (RFC 2104) under one key, which is hashed once and not again for every message. Any thread.
class MacKey {
 public:
  // Throws std::runtime_error when OpenSSL refuses.
  explicit MacKey(std::span<const std::uint8_t> key);
  ~MacKey();
  MacKey(const MacKey&) = delete;
  MacKey& operator=(const MacKey&) = delete;

  // False when OpenSSL fails; nothing in `out` counts then.
  [[nodiscard]] bool mac(std::string_view message, std::uint8_t (&out)[32]) const noexcept;

 private:
  EVP_MAC_CTX* borrow() const noexcept;
  void give_back(EVP_MAC_CTX* context) const noexcept;

  EVP_MAC_CTX* keyed_;
  // A context can serve one thread at a time and a copy costs more than the MAC, so copies are kept.
  mutable std::array<std::atomic<EVP_MAC_CTX*>, 8> idle_{};
};

}  // namespace gatehouse::kms_local
