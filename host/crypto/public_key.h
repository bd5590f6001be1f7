// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace gatehouse::crypto {

enum class SignatureAlgorithm : std::uint8_t { ES256, EdDSA, RS256 };

// A public key that was checked before it is used, bound to the one algorithm it is for (RFC 8725 3.1). Any thread.
class PublicKey {
 public:
  // `der`: SubjectPublicKeyInfo in its one DER form. Refused with Internal and a reason: another kind of key, trailing
  // or re-encodable bytes; ES256: another curve, curve parameters spelled out, a point off the curve; EdDSA: a point
  // that is not a canonical one of the prime-order group; RS256: fewer than 3072 or more than 8192 bits, an exponent
  // other than 65537.
  static Result<PublicKey> load(SignatureAlgorithm algorithm, std::string_view der);

  // ES256: r || s of 64 bytes, each in 1 .. n-1 (RFC 7518 3.4); EdDSA: 64 bytes (RFC 8037); RS256: as long as the
  // modulus (RFC 7518 3.3). Anything else, and any failure of the library, is false.
  bool verify(std::string_view message, std::string_view signature) const;

  SignatureAlgorithm algorithm() const noexcept { return algorithm_; }

  // In bytes, of every signature this key can verify.
  std::size_t signature_size() const noexcept;

  // The members a JWK of this key must have, as JSON in the order and form of RFC 7638 3.
  const std::string& jwk() const noexcept { return jwk_; }
  // RFC 7638 with SHA-256, base64url.
  std::string thumbprint() const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const noexcept;
  };
  using Handle = std::unique_ptr<evp_pkey_st, Free>;
  PublicKey(SignatureAlgorithm algorithm, Handle key, std::string jwk);

  SignatureAlgorithm algorithm_;
  Handle key_;
  std::string jwk_;
};

}  // namespace gatehouse::crypto
