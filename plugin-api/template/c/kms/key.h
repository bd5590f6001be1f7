/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One key of any algorithm, as OpenSSL holds it. It never leaves this object; any thread may sign with it at once.
 * Nothing here touches OpenSSL's global state: the host uses the same library. */
struct key;

enum { most_signature_bytes = 80, most_key_bytes = 256 };

/* Whether keys of a GH_ALG_* can be made here. (RSA: left out, because a key takes seconds.) */
bool key_algorithm_known(uint32_t algorithm);

/* `secret`: random bytes, used and wiped by HMAC; the others ask OpenSSL for theirs. NULL: it could not be made. */
struct key* key_make(uint32_t algorithm, uint8_t secret[32]);
void key_free(struct key* key);

/* The key as bytes for a file that only the server reads, and back. Whoever holds the bytes wipes them. False, NULL: it
 * could not be done, or these are not the bytes of such a key. */
bool key_encode(const struct key* key, uint8_t bytes[most_key_bytes], size_t* size);
struct key* key_decode(uint32_t algorithm, const uint8_t* bytes, size_t size);

/* False: OpenSSL could not. ECDSA signatures are r || s. */
bool key_sign(const struct key* key, const uint8_t* message, size_t message_size,
              uint8_t signature[most_signature_bytes], size_t* size);

/* DER SubjectPublicKeyInfo, valid as long as the key; 0 bytes for HMAC. */
const uint8_t* key_public(const struct key* key, size_t* size);
