/* SPDX-License-Identifier: Apache-2.0 */
#include "key.h"

#include <gatehouse/kms.h>

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdlib.h>

enum { p256_bytes = 32 };

struct key {
  uint32_t algorithm;
  EVP_PKEY* pkey;
  unsigned char* public_key; /* OpenSSL's memory; NULL for HMAC */
  size_t public_size;
};

bool key_algorithm_known(uint32_t algorithm) {
  return algorithm == GH_ALG_HMAC_SHA256 || algorithm == GH_ALG_ES256 || algorithm == GH_ALG_EDDSA;
}

static EVP_PKEY* make_pkey(uint32_t algorithm, const uint8_t secret[32]) {
  switch (algorithm) {
    case GH_ALG_HMAC_SHA256: return EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, secret, 32);
    case GH_ALG_ES256: return EVP_EC_gen("P-256");
    case GH_ALG_EDDSA: return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    default: return NULL;
  }
}

/* Takes the OpenSSL key over. NULL: there is none, or its public half cannot be had. */
static struct key* wrap(uint32_t algorithm, EVP_PKEY* pkey) {
  struct key* key = calloc(1, sizeof(*key));
  if (key == NULL) {
    EVP_PKEY_free(pkey);
    return NULL;
  }
  key->algorithm = algorithm;
  key->pkey = pkey;
  bool whole = pkey != NULL;
  if (whole && algorithm != GH_ALG_HMAC_SHA256) {
    const int size = i2d_PUBKEY(pkey, &key->public_key);
    whole = size > 0;
    key->public_size = whole ? (size_t)size : 0;
  }
  if (whole) return key;
  /* Whatever failed is taken off OpenSSL's queue of this thread: the host would find it there. */
  ERR_clear_error();
  key_free(key);
  return NULL;
}

struct key* key_make(uint32_t algorithm, uint8_t secret[32]) {
  EVP_PKEY* pkey = make_pkey(algorithm, secret);
  OPENSSL_cleanse(secret, 32);
  return wrap(algorithm, pkey);
}

bool key_encode(const struct key* key, uint8_t bytes[most_key_bytes], size_t* size) {
  bool done = false;
  *size = most_key_bytes;
  if (key->algorithm == GH_ALG_HMAC_SHA256) {
    done = EVP_PKEY_get_raw_private_key(key->pkey, bytes, size) == 1;
  } else {
    const int needed = i2d_PrivateKey(key->pkey, NULL);
    unsigned char* out = bytes;
    done = needed > 0 && needed <= most_key_bytes && i2d_PrivateKey(key->pkey, &out) == needed;
    *size = done ? (size_t)needed : 0;
  }
  if (!done) ERR_clear_error();
  return done;
}

struct key* key_decode(uint32_t algorithm, const uint8_t* bytes, size_t size) {
  if (!key_algorithm_known(algorithm)) return NULL;
  if (algorithm == GH_ALG_HMAC_SHA256) {
    return size == 32 ? wrap(algorithm, EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, bytes, size)) : NULL;
  }
  EVP_PKEY* pkey = d2i_AutoPrivateKey(NULL, &bytes, (long)size);
  const bool right =
      pkey != NULL && (algorithm == GH_ALG_ES256 ? EVP_PKEY_is_a(pkey, "EC") == 1 && EVP_PKEY_get_bits(pkey) == 256
                                                 : EVP_PKEY_is_a(pkey, "ED25519") == 1);
  if (right) return wrap(algorithm, pkey);
  EVP_PKEY_free(pkey);
  ERR_clear_error();
  return NULL;
}

void key_free(struct key* key) {
  if (key == NULL) return;
  OPENSSL_free(key->public_key);
  EVP_PKEY_free(key->pkey);
  free(key);
}

/* The interface wants r || s; OpenSSL gives DER. */
static bool to_raw_ecdsa(uint8_t signature[most_signature_bytes], size_t* size) {
  const unsigned char* der = signature;
  ECDSA_SIG* parsed = d2i_ECDSA_SIG(NULL, &der, (long)*size);
  if (parsed == NULL) return false;
  const bool done = BN_bn2binpad(ECDSA_SIG_get0_r(parsed), signature, p256_bytes) == p256_bytes &&
                    BN_bn2binpad(ECDSA_SIG_get0_s(parsed), signature + p256_bytes, p256_bytes) == p256_bytes;
  ECDSA_SIG_free(parsed);
  *size = (size_t)2 * p256_bytes;
  return done;
}

bool key_sign(const struct key* key, const uint8_t* message, size_t message_size,
              uint8_t signature[most_signature_bytes], size_t* size) {
  /* Ed25519 hashes by itself and takes no digest. */
  const char* digest = key->algorithm == GH_ALG_EDDSA ? NULL : "SHA256";
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  *size = most_signature_bytes;
  bool done = context != NULL && EVP_DigestSignInit_ex(context, NULL, digest, NULL, NULL, key->pkey, NULL) == 1 &&
              EVP_DigestSign(context, signature, size, message, message_size) == 1;
  EVP_MD_CTX_free(context);
  if (done && key->algorithm == GH_ALG_ES256) done = to_raw_ecdsa(signature, size);
  if (!done) ERR_clear_error();
  return done;
}

const uint8_t* key_public(const struct key* key, size_t* size) {
  *size = key->public_size;
  return key->public_key;
}
