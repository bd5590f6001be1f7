// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "secret_bytes.h"

#include <openssl/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace gatehouse::kms_local {

struct SignatureBytes {
  std::array<std::uint8_t, 1024> bytes;  // of the largest RSA key that is let in
  std::size_t size = 0;
  std::string_view view() const noexcept { return {reinterpret_cast<const char*>(bytes.data()), size}; }
};

// A private key that signs by ES256, EdDSA or RS256. Any thread.
class SigningKey {
 public:
  // PKCS#8 DER of a new key. `go_on` is asked during the long generation of an RSA key; false ends it.
  // Empty when that happened. Throws std::runtime_error when OpenSSL fails.
  static SecretBytes generate(std::uint32_t algorithm, int rsa_bits, const std::function<bool()>& go_on);

  // Throws std::invalid_argument with what is wrong: not PKCS#8, a key for another algorithm, RSA with fewer than 3072
  // or more than 8192 bits, private and public half that do not belong together.
  SigningKey(std::uint32_t algorithm, const SecretBytes& pkcs8);
  ~SigningKey();
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;

  const std::string& public_key() const noexcept { return public_key_; }  // DER SubjectPublicKeyInfo

  // The form of RFC 7518 3.4 (r || s) for ES256, of RFC 8037 for EdDSA, of RFC 7518 3.3 for RS256.
  // False when OpenSSL fails.
  [[nodiscard]] bool sign(std::string_view message, SignatureBytes& out) const noexcept;

 private:
  void load(const SecretBytes& pkcs8);
  void check() const;

  std::uint32_t algorithm_;
  EVP_PKEY* key_ = nullptr;
  EVP_MD_CTX* prepared_ = nullptr;  // the beginning of every signature; copied, never used
  std::string public_key_;
};

}  // namespace gatehouse::kms_local
