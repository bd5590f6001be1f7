// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

struct crypto_auth_hmacsha256_state;

namespace gatehouse::kms_vault {

// HMAC-SHA256 (RFC 2104) under one key of 32 bytes, which is kept, already hashed, in locked memory. Any thread.
class MacKey {
 public:
  explicit MacKey(std::string_view key);  // throws std::bad_alloc

  void mac(std::string_view message, std::uint8_t (&out)[32]) const noexcept;

 private:
  struct Free {
    void operator()(crypto_auth_hmacsha256_state* state) const noexcept;
  };
  std::unique_ptr<crypto_auth_hmacsha256_state, Free> keyed_;
};

}  // namespace gatehouse::kms_vault
