// SPDX-License-Identifier: Apache-2.0
#include "crypto/public_key.h"

#include "base/encoding.h"
#include "crypto/digest.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sodium.h>
#include <array>
#include <utility>

namespace gatehouse::crypto {
using std::literals::string_view_literals::operator""sv;

namespace {

constexpr int rsa_min_bits = 3072;
// A larger modulus makes every verification a way to burn a core.
constexpr int rsa_max_bits = 8192;
constexpr unsigned long rsa_exponent = 65537;
constexpr std::size_t p256_bytes = 32;
constexpr std::size_t p256_der_bytes = 91;
constexpr std::size_t ed25519_bytes = 32;

template <auto Function>
struct FreeWith {
  template <class T>
  void operator()(T* object) const noexcept {
    Function(object);
  }
};
using Number = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;

// OpenSSL leaves its errors in a queue of the thread, where TLS code would take them for its own.
struct ErrorQueue {
  ErrorQueue() = default;
  ErrorQueue(const ErrorQueue&) = delete;
  ErrorQueue& operator=(const ErrorQueue&) = delete;
  ~ErrorQueue() { ERR_clear_error(); }
};

Error refused(std::string why) { return {Code::Internal, "public key refused: " + std::move(why), {}, {}}; }

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key, name, &number);
  return Number(number);
}

std::string base64url_of(const BIGNUM* number, std::size_t size) {
  std::string bytes(size, '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size));
  return base64url_encode(bytes);
}

bool has_one_encoding(EVP_PKEY* key, std::string_view der) {
  unsigned char* encoded = nullptr;
  const int size = i2d_PUBKEY(key, &encoded);
  const bool same =
      size > 0 && der == std::string_view(reinterpret_cast<char*>(encoded), static_cast<std::size_t>(size));
  OPENSSL_free(encoded);
  return same;
}

bool passes_public_check(EVP_PKEY* key) {
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return context && EVP_PKEY_public_check(context.get()) == 1;
}

Result<std::string> check_es256(EVP_PKEY* key, std::string_view der) {
  if (EVP_PKEY_is_a(key, "EC") != 1) return refused("not an elliptic-curve key");
  std::array<char, 64> group{};
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) != 1 ||
      std::string_view(group.data()) != "prime256v1") {
    return refused("the curve is not P-256");
  }
  // Any other size spells the curve's parameters out or compresses the point.
  if (der.size() != p256_der_bytes) return refused("not a named curve and an uncompressed point");
  if (!passes_public_check(key)) return refused("the point is not a key of its curve");
  const auto x = number_of(key, OSSL_PKEY_PARAM_EC_PUB_X);
  const auto y = number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y);
  if (!x || !y) return refused("the point cannot be read");
  return R"({"crv":"P-256","kty":"EC","x":")" + base64url_of(x.get(), p256_bytes) + R"(","y":")" +
         base64url_of(y.get(), p256_bytes) + R"("})";
}

Result<std::string> check_eddsa(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") != 1) return refused("not an Ed25519 key");
  std::string point(ed25519_bytes, '\0');
  std::size_t size = point.size();
  auto* const data = reinterpret_cast<unsigned char*>(point.data());
  if (EVP_PKEY_get_raw_public_key(key, data, &size) != 1 || size != ed25519_bytes) return refused("no Ed25519 point");
  // OpenSSL takes any 32 bytes. Under a point of small order, signatures can be made without a private key.
  if (sodium_init() < 0 || crypto_core_ed25519_is_valid_point(data) != 1) {
    return refused("the point is not a key of its curve");
  }
  return R"({"crv":"Ed25519","kty":"OKP","x":")" + base64url_encode(point) + R"("})";
}

Result<std::string> check_rs256(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") != 1) return refused("not an RSA key");
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < rsa_min_bits) return refused("the RSA modulus has " + std::to_string(bits) + " bits, 3072 is the least");
  if (bits > rsa_max_bits) return refused("the RSA modulus has " + std::to_string(bits) + " bits, 8192 is the most");
  const auto n = number_of(key, OSSL_PKEY_PARAM_RSA_N);
  const auto e = number_of(key, OSSL_PKEY_PARAM_RSA_E);
  if (!n || !e || BN_is_word(e.get(), rsa_exponent) != 1) return refused("the RSA exponent is not 65537");
  if (!passes_public_check(key)) return refused("the RSA modulus cannot be one");
  return R"({"e":")" + base64url_of(e.get(), static_cast<std::size_t>(BN_num_bytes(e.get()))) +
         R"(","kty":"RSA","n":")" + base64url_of(n.get(), static_cast<std::size_t>(BN_num_bytes(n.get()))) + R"("})";
}

Result<std::string> check(SignatureAlgorithm algorithm, EVP_PKEY* key, std::string_view der) {
  switch (algorithm) {
    case SignatureAlgorithm::ES256: return check_es256(key, der);
    case SignatureAlgorithm::EdDSA: return check_eddsa(key);
    case SignatureAlgorithm::RS256: return check_rs256(key);
  }
  return refused("unknown algorithm");
}

// r || s, 64 bytes, as the DER that EVP wants; empty when either is not in 1 .. n-1.
std::string ecdsa_der(std::string_view signature) {
  // The order of P-256 (FIPS 186-4 D.1.2.3), big endian.
  constexpr std::string_view order =
      "\xFF\xFF\xFF\xFF\x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
      "\xBC\xE6\xFA\xAD\xA7\x17\x9E\x84\xF3\xB9\xCA\xC2\xFC\x63\x25\x51"sv;
  const auto r = signature.substr(0, p256_bytes);
  const auto s = signature.substr(p256_bytes);
  // Big endian of one length: the order of the bytes is the order of the numbers.
  if (r >= order || s >= order) return {};

  Number r_number(BN_bin2bn(bytes_of(r), p256_bytes, nullptr));
  Number s_number(BN_bin2bn(bytes_of(s), p256_bytes, nullptr));
  const EcdsaSignature parts(ECDSA_SIG_new());
  if (!r_number || !s_number || !parts || BN_is_zero(r_number.get()) || BN_is_zero(s_number.get())) return {};
  ECDSA_SIG_set0(parts.get(), r_number.release(), s_number.release());

  unsigned char* encoded = nullptr;
  const int size = i2d_ECDSA_SIG(parts.get(), &encoded);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<char*>(encoded), static_cast<std::size_t>(size));
  OPENSSL_free(encoded);
  return der;
}

bool evp_verify(EVP_PKEY* key, const EVP_MD* digest, std::string_view message, std::string_view signature) noexcept {
  const DigestContext context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message), message.size()) == 1;
}

}  // namespace

void PublicKey::Free::operator()(evp_pkey_st* key) const noexcept { EVP_PKEY_free(key); }

PublicKey::PublicKey(SignatureAlgorithm algorithm, Handle key, std::string jwk)
    : algorithm_(algorithm), key_(std::move(key)), jwk_(std::move(jwk)) {}

Result<PublicKey> PublicKey::load(SignatureAlgorithm algorithm, std::string_view der) {
  const ErrorQueue cleared_at_exit;
  if (der.empty() || der.size() > 16'384) return refused("no DER SubjectPublicKeyInfo");
  const unsigned char* at = bytes_of(der);
  Handle key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  if (!key) return refused("no DER SubjectPublicKeyInfo");
  if (at != bytes_of(der) + der.size()) return refused("bytes after the key");
  if (!has_one_encoding(key.get(), der)) return refused("not in DER form");
  auto jwk = check(algorithm, key.get(), der);
  if (!jwk) return std::move(jwk).error();
  return PublicKey(algorithm, std::move(key), std::move(*jwk));
}

std::size_t PublicKey::signature_size() const noexcept {
  return algorithm_ == SignatureAlgorithm::RS256 ? static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())) : 64;
}

bool PublicKey::verify(std::string_view message, std::string_view signature) const {
  const ErrorQueue cleared_at_exit;
  if (signature.size() != signature_size()) return false;
  switch (algorithm_) {
    case SignatureAlgorithm::ES256: {
      const auto der = ecdsa_der(signature);
      return !der.empty() && evp_verify(key_.get(), EVP_sha256(), message, der);
    }
    case SignatureAlgorithm::EdDSA: return evp_verify(key_.get(), nullptr, message, signature);
    case SignatureAlgorithm::RS256: return evp_verify(key_.get(), EVP_sha256(), message, signature);
  }
  return false;
}

std::string PublicKey::thumbprint() const { return base64url_encode(view(sha256(jwk_))); }

}  // namespace gatehouse::crypto
