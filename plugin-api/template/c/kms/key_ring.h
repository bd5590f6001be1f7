/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "key.h"

#include <gatehouse/host.h>

/* The keys of every purpose, in memory and in a folder: what was made is on the disk before it is used. The newest of a
 * purpose signs, the others verify. Keys in an HSM or a key service: this is the place to ask it. Any thread.
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

enum { most_why = 512 }; /* bytes of a sentence on what went wrong, its NUL among them */

/* Nothing happens to the folder before ring_open(). NULL: out of memory. */
struct key_ring* ring_new(const gh_host* host, gh_slice folder);
void ring_free(struct key_ring* ring);

/* Reads the folder. A key that cannot be read, or is missing, stops the start: going on without it would refuse tokens
 * that are right. */
gh_status ring_open(struct key_ring* ring, char why[most_why]);

/* As gh_kms_v1 says; `why` is empty, or a sentence on a status that is not GH_OK. */
gh_status ring_ensure(struct key_ring* ring, gh_slice purpose, uint32_t algorithm, int64_t now_us, char why[most_why]);
gh_status ring_rotate(struct key_ring* ring, gh_slice purpose, int64_t now_us, uint32_t* version, char why[most_why]);

/* A version, or for 0 the current one. False: there is none. */
bool ring_find(struct key_ring* ring, gh_slice purpose, uint32_t version, struct ring_entry* entry);
/* The entry at a position, oldest first. False: there are not so many. */
bool ring_at(struct key_ring* ring, gh_slice purpose, size_t position, struct ring_entry* entry);
