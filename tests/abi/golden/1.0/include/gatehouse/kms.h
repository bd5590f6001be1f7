// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>

/* "gatehouse.kms/1": keys that never leave their holder.
 *
 * Keys are named by purpose ("refresh", "access", "cursor", "identifier", ..; [a-z_]{1,32}) and version (1, 2, 3, ..).
 * One purpose has one algorithm. The current version signs; every version that is not retired verifies. */

#ifdef __cplusplus
extern "C" {
#endif

#define GH_KMS_V1 "gatehouse.kms/1"

#define GH_ALG_HMAC_SHA256 1u /* RFC 2104 with SHA-256; MAC of 32 bytes; also JWS HS256 (RFC 7518 3.2) */
#define GH_ALG_ES256 2u       /* ECDSA P-256 with SHA-256; signature is r || s, 64 bytes (RFC 7518 3.4) */
#define GH_ALG_EDDSA 3u       /* Ed25519, signature of 64 bytes (RFC 8037) */
#define GH_ALG_RS256 4u       /* RSASSA-PKCS1-v1_5 with SHA-256, 3072 bits or more (RFC 7518 3.3) */

#define GH_KEY_NEXT 1u    /* published, not signing yet */
#define GH_KEY_CURRENT 2u /* signs and verifies; exactly one a purpose */
#define GH_KEY_ACTIVE 3u  /* verifies */
#define GH_KEY_RETIRED 4u /* neither; listed so that people can see it */

typedef struct gh_key_info {
  uint32_t struct_size;
  uint32_t version;
  uint32_t algorithm;
  uint32_t state;
  int64_t created_us;
  gh_slice public_key; /* DER SubjectPublicKeyInfo; empty for GH_ALG_HMAC_SHA256 */
} gh_key_info;

typedef struct gh_key_sink {
  void* context;
  void (*put)(void* context, const gh_key_info* key);
} gh_key_sink;

typedef struct gh_kms_v1 {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */

  /* Make sure the purpose has a key of this algorithm; create version 1 where there is none and the operator allows it.
   * GH_OK. GH_NOT_FOUND: none, and this plugin may not create it (explain() says how to). GH_INVALID: the purpose has
   * keys of another algorithm. [control-thread, blocking, honours call->deadline_ns] */
  gh_status (*ensure)(gh_instance* self, const gh_call* call, gh_slice purpose, uint32_t algorithm);

  /* Every key of a purpose, oldest first; none: GH_NOT_FOUND. [any-thread, blocking, honours call->deadline_ns] */
  gh_status (*keys)(gh_instance* self, const gh_call* call, gh_slice purpose, const gh_key_sink* sink);

  /* HMAC of `message` under a version of the purpose, or under the current one for version 0; *used says which.
   * GH_NOT_FOUND: no such purpose, or the version is unknown or retired: whatever it protected is not valid.
   * GH_UNAVAILABLE, GH_TIMEOUT, GH_DENIED: unknown, the caller must deny. [any-thread, blocking, honours deadline] */
  gh_status (*mac)(gh_instance* self, const gh_call* call, gh_slice purpose, uint32_t version, gh_slice message,
                   uint8_t out[32], uint32_t* used);

  /* Sign `message` (the plugin hashes it) with the given version of a signing purpose, or the current one for 0;
   * *used says which. Statuses as for mac. [any-thread, blocking, honours call->deadline_ns] */
  gh_status (*sign)(gh_instance* self, const gh_call* call, gh_slice purpose, uint32_t version, gh_slice message,
                    const gh_bytes_sink* signature, uint32_t* used);

  /* Add a version and make it current; the former one goes on verifying. GH_UNSUPPORTED where the operator rotates
   * elsewhere. *version is the new one. [any-thread, blocking, honours call->deadline_ns] */
  gh_status (*rotate)(gh_instance* self, const gh_call* call, gh_slice purpose, uint32_t* version);

  /* Can it answer now? GH_OK, GH_UNAVAILABLE, GH_TIMEOUT, GH_DENIED. [any-thread, blocking, honours deadline] */
  gh_status (*ping)(gh_instance* self, const gh_call* call);
} gh_kms_v1;

#ifdef __cplusplus
}
#endif
