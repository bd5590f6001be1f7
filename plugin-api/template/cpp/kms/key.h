// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/kms.h>

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace example_kms {

struct FreeKey {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};

// One key of any algorithm, as OpenSSL holds it. It never leaves this object; any thread may sign with it at once.
// Nothing here touches OpenSSL's global state: the host uses the same library.
class Key {
 public:
  // Whether new keys of the algorithm can be made here. (RSA: left out, because a key takes seconds.)
  static bool knows(std::uint32_t algorithm);
  // `secret`: 32 random bytes, used and wiped by HMAC; the others ask OpenSSL for theirs. Throws std::runtime_error.
  static std::unique_ptr<const Key> make(std::uint32_t algorithm, std::array<unsigned char, 32>& secret);

  // The key as bytes for a file that only the server reads, and back. Whoever holds the bytes wipes them. Null: these
  // are not the bytes of such a key.
  std::string encode() const;
  static std::unique_ptr<const Key> decode(std::uint32_t algorithm, std::string_view bytes);

  // Nothing: OpenSSL could not; its reasons are of no use to an operator.
  std::optional<std::string> sign(std::string_view message) const;
  const std::string& public_key() const { return public_key_; }  // DER; empty for HMAC

 private:
  Key(std::uint32_t algorithm, EVP_PKEY* key);

  const std::uint32_t algorithm_;
  const std::unique_ptr<EVP_PKEY, FreeKey> key_;
  std::string public_key_;
};

}  // namespace example_kms
