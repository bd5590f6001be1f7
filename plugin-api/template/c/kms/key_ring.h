/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "key.h"

#include <gatehouse/host.h>

/* The keys of every purpose, in memory: a restart begins with new ones, and then no token of before is valid. Real keys
 * live in a file, an HSM or a key service; this is the place to ask it. Any thread.
 *
 * Purposes are [a-z_]{1,32}, which the caller has checked. */
struct key_ring;

struct ring_entry {
  uint32_t version;
  uint32_t algorithm;
  uint32_t state; /* GH_KEY_* */
  int64_t created_us;
  const struct key* key; /* lives as long as the ring */
};

struct key_ring* ring_new(const gh_host* host); /* NULL: out of memory */
void ring_free(struct key_ring* ring);

/* As gh_kms_v1 says; *why is a sentence, or NULL. */
gh_status ring_ensure(struct key_ring* ring, gh_slice purpose, uint32_t algorithm, int64_t now_us, const char** why);
gh_status ring_rotate(struct key_ring* ring, gh_slice purpose, int64_t now_us, uint32_t* version, const char** why);

/* A version, or for 0 the current one. False: there is none. */
bool ring_find(struct key_ring* ring, gh_slice purpose, uint32_t version, struct ring_entry* entry);
/* The entry at a position, oldest first. False: there are not so many. */
bool ring_at(struct key_ring* ring, gh_slice purpose, size_t position, struct ring_entry* entry);
