// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace gatehouse::test {

// A key of a test, made by OpenSSL alone, so that what it signs is an independent witness. ES256, EdDSA and HMAC keys
// are a function of their number and the same in every run; RSA keys are generated.
class TestKey {
 public:
  static TestKey hmac(unsigned number);
  static TestKey es256(unsigned number);
  static TestKey eddsa(unsigned number);
  static TestKey rsa(unsigned bits, unsigned long exponent = 65537);
  static TestKey on_curve(const char* group);  // "P-384", "X25519", ...

  // SubjectPublicKeyInfo in DER; empty for HMAC.
  std::string public_der() const;
  // "-----BEGIN PUBLIC KEY-----" and so on, as attackers have it.
  std::string public_pem() const;
  // As JWS wants it: r || s for elliptic curves, raw for the others.
  std::string sign(std::string_view message) const;
  // ES256: the same signature in DER.
  static std::string ecdsa_der(std::string_view r_and_s);

 private:
  explicit TestKey(evp_pkey_st* key);
  std::shared_ptr<evp_pkey_st> key_;
  std::string secret_;  // HMAC
};

std::string hmac_sha256(std::string_view key, std::string_view message);

}  // namespace gatehouse::test
