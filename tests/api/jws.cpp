// SPDX-License-Identifier: Apache-2.0
#include "api/jws.h"

#include "support/base64url.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <array>
#include <stdexcept>

namespace gatehouse::test {
namespace {

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string number(const BIGNUM* value) {
  std::string out(32, '\0');
  BN_bn2binpad(value, reinterpret_cast<unsigned char*>(out.data()), 32);
  return out;
}

// The fixed beginning of a P-256 SubjectPublicKeyInfo, up to the uncompressed point (RFC 5480).
constexpr std::string_view spki_head(
    "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04", 27);

}  // namespace

Jws Jws::parse(std::string_view compact) {
  const auto first = compact.find('.');
  const auto second = compact.find('.', first + 1);
  if (second == std::string_view::npos) throw std::runtime_error("not a JWS");
  return {from_base64url(compact.substr(0, first)), from_base64url(compact.substr(first + 1, second - first - 1)),
          from_base64url(compact.substr(second + 1))};
}

std::string Jws::signing_input() const { return base64url(header) + '.' + base64url(payload); }

std::string Jws::compact() const { return signing_input() + '.' + base64url(signature); }

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, 32> out{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(text), text.size(), out.data(), &size);
  return {reinterpret_cast<const char*>(out.data()), size};
}

struct EcKey::State {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  ~State() { EVP_PKEY_free(key); }
};

EcKey::EcKey() : state_(std::make_unique<State>()) {}
EcKey::~EcKey() = default;

std::string EcKey::sign(std::string_view text) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  std::array<unsigned char, 128> der{};
  std::size_t size = der.size();
  EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, state_->key);
  const int done = EVP_DigestSign(context, der.data(), &size, bytes(text), text.size());
  EVP_MD_CTX_free(context);
  if (done != 1) throw std::runtime_error("cannot sign");
  const unsigned char* cursor = der.data();
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(size));
  const auto raw = number(ECDSA_SIG_get0_r(signature)) + number(ECDSA_SIG_get0_s(signature));
  ECDSA_SIG_free(signature);
  return raw;
}

std::string EcKey::jwk() const {
  const auto coordinate = [this](const char* name) {
    BIGNUM* value = nullptr;
    EVP_PKEY_get_bn_param(state_->key, name, &value);
    const auto text = base64url(number(value));
    BN_free(value);
    return text;
  };
  return R"({"kty":"EC","crv":"P-256","x":")" + coordinate(OSSL_PKEY_PARAM_EC_PUB_X) + R"(","y":")" +
         coordinate(OSSL_PKEY_PARAM_EC_PUB_Y) + "\"}";
}

std::string der_of(std::string_view x, std::string_view y) {
  return std::string(spki_head) + from_base64url(x) + from_base64url(y);
}

std::string pem_of(std::string_view x, std::string_view y) {
  const auto der = der_of(x, y);
  const auto* cursor = bytes(der);
  EVP_PKEY* key = d2i_PUBKEY(nullptr, &cursor, static_cast<long>(der.size()));
  if (key == nullptr) throw std::runtime_error("not a P-256 key");
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(out, key);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(out, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  BIO_free(out);
  EVP_PKEY_free(key);
  return pem;
}

std::string der_signature(std::string_view raw) {
  ECDSA_SIG* signature = ECDSA_SIG_new();
  ECDSA_SIG_set0(signature, BN_bin2bn(bytes(raw), 32, nullptr), BN_bin2bn(bytes(raw) + 32, 32, nullptr));
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(signature, &out);
  std::string der(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
  OPENSSL_free(out);
  ECDSA_SIG_free(signature);
  return der;
}

}  // namespace gatehouse::test
