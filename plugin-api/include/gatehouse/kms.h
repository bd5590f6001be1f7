// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>

/* "gatehouse.kms/1": keys that never leave their holder.
 *
 * Keys are named by purpose ("refresh", "access", "cursor", "identifier", ..; [a-z_]{1,32}) and version (1, 2, 3, ..).
 * Each version has one algorithm; those of a purpose may differ, where rotate_to changed it. The current version signs;
 * every version that is not retired verifies. */

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
  gh_slice public_key;   /* DER SubjectPublicKeyInfo; empty for GH_ALG_HMAC_SHA256 */
  int64_t signs_from_us; /* of a next key: when it becomes current; 0: that is not known */
} gh_key_info;

typedef struct gh_key_sink {
  void* context;
  void (*put)(void* context, const gh_key_info* key);
} gh_key_sink;

typedef struct gh_kms_v1 {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */

  /* Make sure the purpose signs with this algorithm, now or with its next key; create version 1 where there is no key
   * and the operator allows it. GH_OK. GH_NOT_FOUND: none, and this plugin may not create it (explain() says how to).
   * GH_INVALID: it signs with another algorithm. [control-thread, blocking, honours call->deadline_ns] */
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

  /* Add a version of the current one's algorithm and make it current; the former one goes on verifying. GH_UNSUPPORTED
   * where the operator rotates elsewhere. *version is the new one. [any-thread, blocking, honours call->deadline_ns] */
  gh_status (*rotate)(gh_instance* self, const gh_call* call, gh_slice purpose, uint32_t* version);

  /* Can it answer now? GH_OK, GH_UNAVAILABLE, GH_TIMEOUT, GH_DENIED. [any-thread, blocking, honours deadline] */
  gh_status (*ping)(gh_instance* self, const gh_call* call);

  /* Optional: may be NULL, or behind the end of the table; `rotate` is then all there is.
   * As rotate, with the algorithm of the new version and the time (Unix, microseconds) from which it signs: until then
   * it is listed as GH_KEY_NEXT, so that who keeps a copy of the public keys has it before its first signature. A time
   * that is not after call->now_us means at once. At `from_us` the plugin changes over by itself, by call->now_us. A
   * next key there is already will never sign. [any-thread, blocking, honours call->deadline_ns] */
  gh_status (*rotate_to)(gh_instance* self, const gh_call* call, gh_slice purpose, uint32_t algorithm, int64_t from_us,
                         uint32_t* version);
} gh_kms_v1;

#ifdef __cplusplus
}
#endif
