// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::test {

// A JWS in compact form, taken apart so that a test can put it together wrongly.
struct Jws {
  std::string header;   // JSON text
  std::string payload;  // JSON text
  std::string signature;

  static Jws parse(std::string_view compact);
  std::string compact() const;
  // What a signature is made over.
  std::string signing_input() const;
};

std::string hmac_sha256(std::string_view key, std::string_view text);

// A P-256 key pair of an attacker's own.
class EcKey {
 public:
  EcKey();
  ~EcKey();
  // The raw 64 bytes of RFC 7518 section 3.4.
  std::string sign(std::string_view text) const;
  // {"kty":"EC",...}
  std::string jwk() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The public key of a JWK with x and y, as PEM (SubjectPublicKeyInfo), and as DER.
std::string pem_of(std::string_view x, std::string_view y);
std::string der_of(std::string_view x, std::string_view y);

// The DER form of a raw 64-byte ECDSA signature.
std::string der_signature(std::string_view raw);

}  // namespace gatehouse::test
