// SPDX-License-Identifier: Apache-2.0
#include "key.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <stdexcept>

namespace example_kms {
namespace {

constexpr int p256_bytes = 32;

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
struct FreeSignature {
  void operator()(ECDSA_SIG* signature) const noexcept { ECDSA_SIG_free(signature); }
};

// The interface wants r || s; OpenSSL gives DER.
std::optional<std::string> raw_ecdsa(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, FreeSignature> parsed(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!parsed) return std::nullopt;
  std::array<unsigned char, 2 * p256_bytes> raw{};
  if (BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), raw.data(), p256_bytes) != p256_bytes ||
      BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), raw.data() + p256_bytes, p256_bytes) != p256_bytes) {
    return std::nullopt;
  }
  return std::string(raw.begin(), raw.end());
}

}  // namespace

bool Key::knows(std::uint32_t algorithm) {
  return algorithm == GH_ALG_HMAC_SHA256 || algorithm == GH_ALG_ES256 || algorithm == GH_ALG_EDDSA;
}

std::unique_ptr<const Key> Key::make(std::uint32_t algorithm, std::array<unsigned char, 32>& secret) {
  EVP_PKEY* key = nullptr;
  if (algorithm == GH_ALG_HMAC_SHA256) {
    key = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, nullptr, secret.data(), secret.size());
  } else if (algorithm == GH_ALG_ES256) {
    key = EVP_EC_gen("P-256");
  } else if (algorithm == GH_ALG_EDDSA) {
    key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  }
  OPENSSL_cleanse(secret.data(), secret.size());
  if (key == nullptr) {
    ERR_clear_error();
    throw std::runtime_error("OpenSSL could not make a key");
  }
  return std::unique_ptr<const Key>(new Key(algorithm, key));
}

Key::Key(std::uint32_t algorithm, EVP_PKEY* key) : algorithm_(algorithm), key_(key) {
  if (algorithm_ == GH_ALG_HMAC_SHA256) return;
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &der);
  if (size <= 0) throw std::runtime_error("OpenSSL could not encode a public key");
  public_key_.assign(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
}

std::string Key::encode() const {
  std::size_t size = 32;
  std::string bytes(size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(bytes.data());
  if (algorithm_ == GH_ALG_HMAC_SHA256) {
    if (EVP_PKEY_get_raw_private_key(key_.get(), out, &size) == 1 && size == bytes.size()) return bytes;
  } else if (const int needed = i2d_PrivateKey(key_.get(), nullptr); needed > 0) {
    bytes.resize(static_cast<std::size_t>(needed));
    out = reinterpret_cast<unsigned char*>(bytes.data());
    if (i2d_PrivateKey(key_.get(), &out) == needed) return bytes;
  }
  ERR_clear_error();
  throw std::runtime_error("OpenSSL could not encode a key");
}

std::unique_ptr<const Key> Key::decode(std::uint32_t algorithm, std::string_view bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  if (!knows(algorithm) || (algorithm == GH_ALG_HMAC_SHA256 && bytes.size() != 32)) return nullptr;
  EVP_PKEY* key = algorithm == GH_ALG_HMAC_SHA256
                      ? EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, nullptr, at, bytes.size())
                      : d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(bytes.size()));
  const bool right = key != nullptr &&
                     (algorithm != GH_ALG_ES256 || (EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_bits(key) == 256)) &&
                     (algorithm != GH_ALG_EDDSA || EVP_PKEY_is_a(key, "ED25519") == 1);
  if (right) return std::unique_ptr<const Key>(new Key(algorithm, key));
  EVP_PKEY_free(key);
  ERR_clear_error();
  return nullptr;
}

std::optional<std::string> Key::sign(std::string_view message) const {
  // Ed25519 hashes by itself and takes no digest. Whatever fails is taken off OpenSSL's queue of this thread: the host
  // would find it there.
  const char* digest = algorithm_ == GH_ALG_EDDSA ? nullptr : "SHA256";
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  std::string signature(256, '\0');
  std::size_t size = signature.size();
  if (!context || EVP_DigestSignInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key_.get(), nullptr) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     reinterpret_cast<const unsigned char*>(message.data()), message.size()) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  signature.resize(size);
  return algorithm_ == GH_ALG_ES256 ? raw_ecdsa(signature) : signature;
}

}  // namespace example_kms
