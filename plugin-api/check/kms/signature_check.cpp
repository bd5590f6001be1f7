// SPDX-License-Identifier: Apache-2.0
#include "kms/signature_check.h"

#include <gatehouse/kms.h>

#include <array>
#include <memory>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/x509.h>

namespace gatehouse::check::kms {
namespace {

template <auto function>
struct Free {
  template <class T>
  void operator()(T* object) const noexcept {
    function(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Key decode(std::string_view public_key) {
  const auto* at = bytes(public_key);
  Key key(::d2i_PUBKEY(nullptr, &at, static_cast<long>(public_key.size())));
  if (key && at != bytes(public_key) + public_key.size()) key.reset();
  return key;
}

// r || s, of JOSE, as the DER that OpenSSL verifies.
std::string der_of(std::string_view signature) {
  const auto half = static_cast<int>(signature.size() / 2);
  BIGNUM* r = ::BN_bin2bn(bytes(signature), half, nullptr);
  BIGNUM* s = ::BN_bin2bn(bytes(signature) + half, half, nullptr);
  const Signature pair(::ECDSA_SIG_new());
  if (!pair || ::ECDSA_SIG_set0(pair.get(), r, s) != 1) return {};
  unsigned char* der = nullptr;
  const int size = ::i2d_ECDSA_SIG(pair.get(), &der);
  std::string text(reinterpret_cast<const char*>(der), size > 0 ? static_cast<std::size_t>(size) : 0);
  ::OPENSSL_free(der);
  return text;
}

}  // namespace

std::string key_problem(std::uint32_t algorithm, std::string_view public_key) {
  if (algorithm == GH_ALG_HMAC_SHA256) return public_key.empty() ? "" : "is there, and an HMAC key has none";
  const auto key = decode(public_key);
  if (!key) return "is no DER SubjectPublicKeyInfo";
  switch (algorithm) {
    case GH_ALG_ES256: {
      std::array<char, 64> group{};
      const bool named = ::EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), nullptr) == 1;
      return named && ::OBJ_txt2nid(group.data()) == NID_X9_62_prime256v1 ? "" : "is not on the curve P-256";
    }
    case GH_ALG_EDDSA: return ::EVP_PKEY_is_a(key.get(), "ED25519") == 1 ? "" : "is not an Ed25519 key";
    case GH_ALG_RS256:
      if (::EVP_PKEY_is_a(key.get(), "RSA") != 1) return "is not an RSA key";
      return ::EVP_PKEY_get_bits(key.get()) >= 3072 ? "" : "has fewer than 3072 bits";
    default: return "is of an unknown algorithm";
  }
}

std::size_t signature_size(std::uint32_t algorithm, std::string_view public_key) {
  if (algorithm != GH_ALG_RS256) return 64;
  const auto key = decode(public_key);
  return key ? static_cast<std::size_t>(::EVP_PKEY_get_size(key.get())) : 0;
}

bool verifies(std::uint32_t algorithm, std::string_view public_key, std::string_view message,
              std::string_view signature) {
  const auto key = decode(public_key);
  if (!key || signature.size() != signature_size(algorithm, public_key)) return false;
  const auto form = algorithm == GH_ALG_ES256 ? der_of(signature) : std::string(signature);
  const auto* digest = algorithm == GH_ALG_EDDSA ? nullptr : ::EVP_sha256();
  const DigestContext context(::EVP_MD_CTX_new());
  return context && ::EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()) == 1 &&
         ::EVP_DigestVerify(context.get(), bytes(form), form.size(), bytes(message), message.size()) == 1;
}

}  // namespace gatehouse::check::kms
