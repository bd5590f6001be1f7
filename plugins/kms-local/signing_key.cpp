// SPDX-License-Identifier: Apache-2.0
#include "signing_key.h"

#include <gatehouse/kms.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>

namespace gatehouse::kms_local {
namespace {

constexpr int min_rsa_bits = 3072;
constexpr int max_rsa_bits = 8192;
constexpr int p256_bytes = 32;
constexpr std::string_view probe = "gatehouse";

template <auto function>
struct Call {
  template <class T>
  void operator()(T* object) const noexcept {
    function(object);
  }
};
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Call<EVP_PKEY_CTX_free>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, Call<EVP_PKEY_free>>;
using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Call<PKCS8_PRIV_KEY_INFO_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Call<EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Call<ECDSA_SIG_free>>;

const char* key_type(std::uint32_t algorithm) {
  switch (algorithm) {
    case GH_ALG_ES256: return "EC";
    case GH_ALG_EDDSA: return "ED25519";
    case GH_ALG_RS256: return "RSA";
    default: throw std::invalid_argument("not a signing algorithm");
  }
}

// Ed25519 hashes by itself and takes no digest.
const char* digest_name(std::uint32_t algorithm) { return algorithm == GH_ALG_EDDSA ? nullptr : "SHA256"; }

int ask_whether_to_go_on(EVP_PKEY_CTX* context) {
  return (*static_cast<const std::function<bool()>*>(EVP_PKEY_CTX_get_app_data(context)))() ? 1 : 0;
}

SecretBytes to_pkcs8(const EVP_PKEY* key) {
  const Pkcs8 info(EVP_PKEY2PKCS8(key));
  const int size = info ? i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr) : 0;
  if (size <= 0) throw std::runtime_error("OpenSSL cannot encode a private key");
  SecretBytes der(static_cast<std::size_t>(size));
  unsigned char* out = der.data();
  i2d_PKCS8_PRIV_KEY_INFO(info.get(), &out);
  return der;
}

// DER of OpenSSL to r || s.
bool to_raw_ecdsa(SignatureBytes& signature) noexcept {
  const unsigned char* der = signature.bytes.data();
  const EcdsaSignature parsed(d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(signature.size)));
  if (!parsed) return false;
  signature.size = std::size_t{2} * p256_bytes;
  return BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), signature.bytes.data(), p256_bytes) == p256_bytes &&
         BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), signature.bytes.data() + p256_bytes, p256_bytes) == p256_bytes;
}

bool is_p256(const EVP_PKEY* key) {
  char group[32] = {};
  std::size_t size = 0;
  return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, &size) == 1 &&
         std::string_view(group) == "prime256v1";
}

// With an exponent of 1 or 3 a signature is or nearly is the message.
bool has_sound_exponent(const EVP_PKEY* key) {
  BIGNUM* exponent = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1) return false;
  const bool sound = BN_is_odd(exponent) == 1 && BN_num_bits(exponent) >= 17;
  BN_free(exponent);
  return sound;
}

}  // namespace

SecretBytes SigningKey::generate(std::uint32_t algorithm, int rsa_bits, const std::function<bool()>& go_on) {
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, key_type(algorithm), nullptr));
  bool ready = context && EVP_PKEY_keygen_init(context.get()) == 1;
  if (ready && algorithm == GH_ALG_ES256) ready = EVP_PKEY_CTX_set_group_name(context.get(), "prime256v1") == 1;
  if (ready && algorithm == GH_ALG_RS256) {
    ready = EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), rsa_bits) == 1;
    EVP_PKEY_CTX_set_app_data(context.get(), const_cast<std::function<bool()>*>(&go_on));
    EVP_PKEY_CTX_set_cb(context.get(), ask_whether_to_go_on);
  }
  EVP_PKEY* made = nullptr;
  if (!ready || EVP_PKEY_generate(context.get(), &made) != 1) {
    ERR_clear_error();
    if (ready && !go_on()) return {};
    throw std::runtime_error("OpenSSL cannot generate a key");
  }
  return to_pkcs8(KeyHandle(made).get());
}

SigningKey::SigningKey(std::uint32_t algorithm, const SecretBytes& pkcs8) : algorithm_(algorithm) {
  try {
    load(pkcs8);
    check();
  } catch (...) {
    EVP_MD_CTX_free(prepared_);
    EVP_PKEY_free(key_);
    // What failed here must not be found in OpenSSL's queue by an unrelated call of this thread.
    ERR_clear_error();
    throw;
  }
}

SigningKey::~SigningKey() {
  EVP_MD_CTX_free(prepared_);
  EVP_PKEY_free(key_);
}

void SigningKey::load(const SecretBytes& pkcs8) {
  const char* type = key_type(algorithm_);
  const unsigned char* der = pkcs8.data();
  const Pkcs8 info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &der, static_cast<long>(pkcs8.size())));
  if (!info || der != pkcs8.data() + pkcs8.size()) throw std::invalid_argument("not a PKCS#8 private key");
  key_ = EVP_PKCS82PKEY(info.get());
  if (key_ == nullptr) throw std::invalid_argument("not a PKCS#8 private key");
  if (EVP_PKEY_is_a(key_, type) != 1) throw std::invalid_argument("a private key for another algorithm");

  prepared_ = EVP_MD_CTX_new();
  unsigned char* spki = nullptr;
  const int size = i2d_PUBKEY(key_, &spki);
  if (size > 0) public_key_.assign(reinterpret_cast<const char*>(spki), static_cast<std::size_t>(size));
  OPENSSL_free(spki);
  if (prepared_ == nullptr || size <= 0 ||
      EVP_DigestSignInit_ex(prepared_, nullptr, digest_name(algorithm_), nullptr, nullptr, key_, nullptr) != 1) {
    throw std::invalid_argument("a private key that OpenSSL cannot sign with");
  }
}

void SigningKey::check() const {
  if (algorithm_ == GH_ALG_ES256 && !is_p256(key_)) throw std::invalid_argument("not a key on the curve P-256");
  if (algorithm_ == GH_ALG_RS256) {
    const int bits = EVP_PKEY_get_bits(key_);
    if (bits < min_rsa_bits || bits > max_rsa_bits) {
      throw std::invalid_argument("an RSA key of " + std::to_string(bits) + " bits; 3072 to 8192 are let in");
    }
    if (!has_sound_exponent(key_)) throw std::invalid_argument("an RSA key whose public exponent is below 65537");
  }
  const DigestContext context(EVP_MD_CTX_new());
  unsigned char signature[1024];
  std::size_t size = sizeof signature;
  const auto* message = reinterpret_cast<const unsigned char*>(probe.data());
  const bool whole =
      context && EVP_MD_CTX_copy_ex(context.get(), prepared_) == 1 &&
      EVP_DigestSign(context.get(), signature, &size, message, probe.size()) == 1 &&
      EVP_MD_CTX_reset(context.get()) == 1 &&
      EVP_DigestVerifyInit_ex(context.get(), nullptr, digest_name(algorithm_), nullptr, nullptr, key_, nullptr) == 1 &&
      EVP_DigestVerify(context.get(), signature, size, message, probe.size()) == 1;
  if (!whole) throw std::invalid_argument("a private key whose two halves do not belong together");
}

bool SigningKey::sign(std::string_view message, SignatureBytes& out) const noexcept {
  const DigestContext context(EVP_MD_CTX_new());
  out.size = out.bytes.size();
  const bool done = context && EVP_MD_CTX_copy_ex(context.get(), prepared_) == 1 &&
                    EVP_DigestSign(context.get(), out.bytes.data(), &out.size,
                                   reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1 &&
                    (algorithm_ != GH_ALG_ES256 || to_raw_ecdsa(out));
  if (!done) ERR_clear_error();
  return done;
}

}  // namespace gatehouse::kms_local
