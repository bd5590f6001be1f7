// SPDX-License-Identifier: Apache-2.0
#include "support/test_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <array>
#include <memory>
#include <stdexcept>

namespace gatehouse::test {
namespace {

template <auto Function>
struct FreeWith {
  template <class T>
  void operator()(T* object) const noexcept {
    Function(object);
  }
};
template <class T, auto Function>
using Owned = std::unique_ptr<T, FreeWith<Function>>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

void require(bool done, const char* what) {
  if (!done) throw std::runtime_error(what);
}

// 32 bytes that are a function of the number.
std::string seed_of(unsigned number) {
  std::array<unsigned char, 32> digest{};
  const auto text = "gatehouse test key " + std::to_string(number);
  require(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1, "sha256");
  return {digest.begin(), digest.end()};
}

}  // namespace

TestKey::TestKey(evp_pkey_st* key) : key_(key, EVP_PKEY_free) {}

TestKey TestKey::hmac(unsigned number) {
  TestKey key(nullptr);
  key.secret_ = seed_of(number);
  return key;
}

TestKey TestKey::es256(unsigned number) {
  const auto seed = seed_of(number);  // below the order of the curve except with probability 2^-32
  const Owned<BIGNUM, BN_free> scalar(BN_bin2bn(bytes_of(seed), static_cast<int>(seed.size()), nullptr));
  const Owned<EC_GROUP, EC_GROUP_free> group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  const Owned<EC_POINT, EC_POINT_free> point(EC_POINT_new(group.get()));
  require(EC_POINT_mul(group.get(), point.get(), scalar.get(), nullptr, nullptr, nullptr) == 1, "EC_POINT_mul");
  std::array<unsigned char, 65> encoded{};
  require(EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(), encoded.size(),
                             nullptr) == encoded.size(),
          "EC_POINT_point2oct");

  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get());
  const Owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  require(EVP_PKEY_fromdata_init(context.get()) == 1 &&
              EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) == 1,
          "EVP_PKEY_fromdata");
  return TestKey(key);
}

TestKey TestKey::eddsa(unsigned number) {
  const auto seed = seed_of(number);
  auto* const key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(seed), seed.size());
  require(key != nullptr, "EVP_PKEY_new_raw_private_key");
  return TestKey(key);
}

TestKey TestKey::rsa(unsigned bits, unsigned long exponent) {
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  const Owned<BIGNUM, BN_free> e(BN_new());
  EVP_PKEY* key = nullptr;
  require(BN_set_word(e.get(), exponent) == 1 && EVP_PKEY_keygen_init(context.get()) == 1 &&
              EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(bits)) == 1 &&
              EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), e.get()) == 1 &&
              EVP_PKEY_generate(context.get(), &key) == 1,
          "RSA key generation");
  return TestKey(key);
}

TestKey TestKey::on_curve(const char* group) {
  auto* key = EVP_PKEY_Q_keygen(nullptr, nullptr, group);
  if (key == nullptr) key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", group);
  require(key != nullptr, "key generation");
  return TestKey(key);
}

std::string TestKey::public_der() const {
  if (!key_) return {};
  unsigned char* encoded = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &encoded);
  require(size > 0, "i2d_PUBKEY");
  std::string der(reinterpret_cast<char*>(encoded), static_cast<std::size_t>(size));
  OPENSSL_free(encoded);
  return der;
}

std::string TestKey::public_pem() const {
  const Owned<BIO, BIO_free> out(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PUBKEY(out.get(), key_.get()) == 1, "PEM_write_bio_PUBKEY");
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string TestKey::sign(std::string_view message) const {
  if (!key_) return hmac_sha256(secret_, message);
  const bool is_ed25519 = EVP_PKEY_is_a(key_.get(), "ED25519") == 1;
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  std::string signature(1024, '\0');
  std::size_t size = signature.size();
  require(EVP_DigestSignInit(context.get(), nullptr, is_ed25519 ? nullptr : EVP_sha256(), nullptr, key_.get()) == 1 &&
              EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                             bytes_of(message), message.size()) == 1,
          "EVP_DigestSign");
  signature.resize(size);
  if (EVP_PKEY_is_a(key_.get(), "EC") != 1) return signature;

  const unsigned char* at = bytes_of(signature);
  const Owned<ECDSA_SIG, ECDSA_SIG_free> parts(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  std::string raw(64, '\0');
  auto* const out = reinterpret_cast<unsigned char*>(raw.data());
  require(BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), out, 32) == 32 &&
              BN_bn2binpad(ECDSA_SIG_get0_s(parts.get()), out + 32, 32) == 32,
          "ECDSA_SIG");
  return raw;
}

std::string TestKey::ecdsa_der(std::string_view r_and_s) {
  const Owned<ECDSA_SIG, ECDSA_SIG_free> parts(ECDSA_SIG_new());
  ECDSA_SIG_set0(parts.get(), BN_bin2bn(bytes_of(r_and_s), 32, nullptr),
                 BN_bin2bn(bytes_of(r_and_s) + 32, 32, nullptr));
  unsigned char* encoded = nullptr;
  const int size = i2d_ECDSA_SIG(parts.get(), &encoded);
  require(size > 0, "i2d_ECDSA_SIG");
  std::string der(reinterpret_cast<char*>(encoded), static_cast<std::size_t>(size));
  OPENSSL_free(encoded);
  return der;
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
  std::array<unsigned char, 32> mac{};
  require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(message), message.size(), mac.data(),
               nullptr) != nullptr,
          "HMAC");
  return {mac.begin(), mac.end()};
}

}  // namespace gatehouse::test
