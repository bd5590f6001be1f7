/* SPDX-License-Identifier: Apache-2.0 */
#include "key_ring.h"

#include <gatehouse/kms.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct purpose {
  struct purpose* next;
  char name[33];
  struct ring_entry* entries; /* in order of versions */
  size_t count;
};

struct key_ring {
  const gh_host* host;
  pthread_rwlock_t lock;
  struct purpose* purposes; /* protected by the lock; keys are never freed before the ring */
};

static struct purpose* find(struct key_ring* ring, gh_slice name) {
  for (struct purpose* each = ring->purposes; each != NULL; each = each->next) {
    if (strlen(each->name) == name.size && memcmp(each->name, name.data, name.size) == 0) return each;
  }
  return NULL;
}

static struct key* new_key(struct key_ring* ring, uint32_t algorithm) {
  uint8_t secret[32];
  if (ring->host->random_bytes(ring->host->context, secret, sizeof(secret)) != GH_OK) return NULL;
  return key_make(algorithm, secret);
}

/* Adds a key that signs from now on. All that can fail comes first. */
static gh_status add(struct key_ring* ring, struct purpose* purpose, uint32_t algorithm, int64_t now_us,
                     const char** why) {
  struct ring_entry* entries = realloc(purpose->entries, (purpose->count + 1) * sizeof(*entries));
  if (entries != NULL) purpose->entries = entries;
  struct key* key = entries != NULL ? new_key(ring, algorithm) : NULL;
  if (key == NULL) {
    *why = "no key could be made: there is no memory or no randomness now";
    return GH_UNAVAILABLE;
  }
  if (purpose->count > 0) entries[purpose->count - 1].state = GH_KEY_ACTIVE;
  entries[purpose->count] = (struct ring_entry){(uint32_t)purpose->count + 1, algorithm, GH_KEY_CURRENT, now_us, key};
  ++purpose->count;
  return GH_OK;
}

static gh_status begin_purpose(struct key_ring* ring, gh_slice name, uint32_t algorithm, int64_t now_us,
                               const char** why) {
  if (!key_algorithm_known(algorithm)) {
    *why = "this plugin makes HMAC, ES256 and EdDSA keys; choose one of them";
    return GH_UNSUPPORTED;
  }
  struct purpose* purpose = calloc(1, sizeof(*purpose));
  if (purpose == NULL) return GH_UNAVAILABLE;
  memcpy(purpose->name, name.data, name.size);
  const gh_status status = add(ring, purpose, algorithm, now_us, why);
  if (status != GH_OK) {
    free(purpose->entries);
    free(purpose);
    return status;
  }
  purpose->next = ring->purposes;
  ring->purposes = purpose;
  return GH_OK;
}

struct key_ring* ring_new(const gh_host* host) {
  struct key_ring* ring = calloc(1, sizeof(*ring));
  if (ring == NULL) return NULL;
  ring->host = host;
  pthread_rwlock_init(&ring->lock, NULL);
  return ring;
}

void ring_free(struct key_ring* ring) {
  while (ring->purposes != NULL) {
    struct purpose* gone = ring->purposes;
    ring->purposes = gone->next;
    for (size_t at = 0; at < gone->count; ++at) key_free((struct key*)gone->entries[at].key);
    free(gone->entries);
    free(gone);
  }
  pthread_rwlock_destroy(&ring->lock);
  free(ring);
}

gh_status ring_ensure(struct key_ring* ring, gh_slice purpose, uint32_t algorithm, int64_t now_us, const char** why) {
  pthread_rwlock_wrlock(&ring->lock);
  const struct purpose* there = find(ring, purpose);
  gh_status status = GH_OK;
  if (there == NULL) {
    status = begin_purpose(ring, purpose, algorithm, now_us, why);
  } else if (there->entries[0].algorithm != algorithm) {
    *why = "the purpose has keys of another algorithm";
    status = GH_INVALID;
  }
  pthread_rwlock_unlock(&ring->lock);
  return status;
}

gh_status ring_rotate(struct key_ring* ring, gh_slice purpose, int64_t now_us, uint32_t* version, const char** why) {
  pthread_rwlock_wrlock(&ring->lock);
  struct purpose* there = find(ring, purpose);
  gh_status status = GH_NOT_FOUND;
  if (there != NULL) status = add(ring, there, there->entries[0].algorithm, now_us, why);
  if (status == GH_OK) *version = (uint32_t)there->count;
  pthread_rwlock_unlock(&ring->lock);
  return status;
}

bool ring_at(struct key_ring* ring, gh_slice purpose, size_t position, struct ring_entry* entry) {
  pthread_rwlock_rdlock(&ring->lock);
  const struct purpose* there = find(ring, purpose);
  const bool found = there != NULL && position < there->count;
  if (found) *entry = there->entries[position];
  pthread_rwlock_unlock(&ring->lock);
  return found;
}

bool ring_find(struct key_ring* ring, gh_slice purpose, uint32_t version, struct ring_entry* entry) {
  pthread_rwlock_rdlock(&ring->lock);
  const struct purpose* there = find(ring, purpose);
  /* Versions are 1, 2, 3, and the newest is the current one. */
  const bool found = there != NULL && version <= there->count;
  if (found) *entry = there->entries[(version == 0 ? there->count : version) - 1];
  pthread_rwlock_unlock(&ring->lock);
  return found;
}
