/* SPDX-License-Identifier: Apache-2.0 */
#include "key_ring.h"

#include "key_folder.h"

#include <gatehouse/kms.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct purpose {
  struct purpose* next;
  char name[33];
  struct ring_entry* entries; /* the one of version n at n - 1 */
  size_t count;
};

struct key_ring {
  const gh_host* host;
  struct key_folder* folder;
  pthread_mutex_t lock;
  struct purpose* purposes; /* protected by the lock; keys are never freed before the ring */
};

static struct purpose* find(struct key_ring* ring, gh_slice name) {
  for (struct purpose* each = ring->purposes; each != NULL; each = each->next) {
    if (strlen(each->name) == name.size && memcmp(each->name, name.data, name.size) == 0) return each;
  }
  return NULL;
}

static struct purpose* find_or_add(struct key_ring* ring, gh_slice name) {
  struct purpose* purpose = find(ring, name);
  if (purpose != NULL) return purpose;
  purpose = calloc(1, sizeof(*purpose));
  if (purpose == NULL) return NULL;
  memcpy(purpose->name, name.data, name.size);
  purpose->next = ring->purposes;
  ring->purposes = purpose;
  return purpose;
}

/* Room for versions up to this one; what is new holds no key. */
static bool make_room(struct purpose* purpose, uint32_t version) {
  if (version <= purpose->count) return true;
  struct ring_entry* entries = realloc(purpose->entries, version * sizeof(*entries));
  if (entries == NULL) return false;
  memset(entries + purpose->count, 0, (version - purpose->count) * sizeof(*entries));
  purpose->entries = entries;
  purpose->count = version;
  return true;
}

/* A key that was read, in the folder's own order. Takes it over. */
static bool keep(void* context, const struct key_file* file) {
  struct key_ring* ring = context;
  struct purpose* purpose = find_or_add(ring, (gh_slice){(const uint8_t*)file->purpose, strlen(file->purpose)});
  if (purpose == NULL || !make_room(purpose, file->version)) {
    key_free(file->key);
    return false;
  }
  purpose->entries[file->version - 1] =
      (struct ring_entry){file->version, file->algorithm, GH_KEY_ACTIVE, file->created_us, file->key};
  return true;
}

/* Makes the next version of a purpose, writes it down and lets it sign from then on. */
static gh_status add(struct key_ring* ring, const char* name, struct purpose* purpose, uint32_t algorithm,
                     int64_t now_us, char why[most_why]) {
  const size_t count = purpose->count;
  uint8_t secret[32];
  struct key_file file = {{0}, (uint32_t)count + 1, algorithm, now_us, NULL};
  snprintf(file.purpose, sizeof(file.purpose), "%s", name);
  if (ring->host->random_bytes(ring->host->context, secret, sizeof(secret)) == GH_OK) {
    file.key = key_make(algorithm, secret);
  }
  if (file.key == NULL || !make_room(purpose, file.version)) {
    key_free(file.key);
    snprintf(why, most_why, "no key could be made: there is no memory or no randomness now");
    return GH_UNAVAILABLE;
  }
  const gh_status status = folder_write(ring->folder, &file, why, most_why);
  if (status != GH_OK) {
    key_free(file.key);
    purpose->count = count;
    return status;
  }
  if (count > 0) purpose->entries[count - 1].state = GH_KEY_ACTIVE;
  purpose->entries[count] = (struct ring_entry){file.version, algorithm, GH_KEY_CURRENT, now_us, file.key};
  return GH_OK;
}

static gh_status begin_purpose(struct key_ring* ring, gh_slice name, uint32_t algorithm, int64_t now_us,
                               char why[most_why]) {
  if (!key_algorithm_known(algorithm)) {
    snprintf(why, most_why, "this plugin makes HMAC, ES256 and EdDSA keys; choose one of them");
    return GH_UNSUPPORTED;
  }
  struct purpose fresh = {0};
  memcpy(fresh.name, name.data, name.size);
  gh_status status = add(ring, fresh.name, &fresh, algorithm, now_us, why);
  if (status != GH_OK) {
    free(fresh.entries);
    return status;
  }
  struct purpose* purpose = find_or_add(ring, name);
  if (purpose == NULL) {
    key_free((struct key*)fresh.entries[0].key);
    free(fresh.entries);
    return GH_IN_DOUBT; /* it is on the disk already */
  }
  purpose->entries = fresh.entries;
  purpose->count = fresh.count;
  return GH_OK;
}

struct key_ring* ring_new(const gh_host* host, gh_slice folder) {
  struct key_ring* ring = calloc(1, sizeof(*ring));
  if (ring == NULL) return NULL;
  ring->host = host;
  ring->folder = folder_new(folder);
  pthread_mutex_init(&ring->lock, NULL);
  if (ring->folder != NULL) return ring;
  ring_free(ring);
  return NULL;
}

void ring_free(struct key_ring* ring) {
  while (ring->purposes != NULL) {
    struct purpose* gone = ring->purposes;
    ring->purposes = gone->next;
    for (size_t at = 0; at < gone->count; ++at) key_free((struct key*)gone->entries[at].key);
    free(gone->entries);
    free(gone);
  }
  folder_free(ring->folder);
  pthread_mutex_destroy(&ring->lock);
  free(ring);
}

gh_status ring_open(struct key_ring* ring, char why[most_why]) {
  const gh_status status = folder_open(ring->folder, keep, ring, why, most_why);
  if (status != GH_OK) return status;
  for (struct purpose* each = ring->purposes; each != NULL; each = each->next) {
    for (size_t at = 0; at < each->count; ++at) {
      if (each->entries[at].key != NULL) continue;
      snprintf(why, most_why, "version %zu of the key %s is missing from the folder; put its file back", at + 1,
               each->name);
      return GH_UNAVAILABLE;
    }
    each->entries[each->count - 1].state = GH_KEY_CURRENT;
  }
  return GH_OK;
}

gh_status ring_ensure(struct key_ring* ring, gh_slice purpose, uint32_t algorithm, int64_t now_us, char why[most_why]) {
  pthread_mutex_lock(&ring->lock);
  const struct purpose* there = find(ring, purpose);
  gh_status status = GH_OK;
  if (there == NULL) {
    status = begin_purpose(ring, purpose, algorithm, now_us, why);
  } else if (there->entries[0].algorithm != algorithm) {
    snprintf(why, most_why, "the purpose has keys of another algorithm");
    status = GH_INVALID;
  }
  pthread_mutex_unlock(&ring->lock);
  return status;
}

gh_status ring_rotate(struct key_ring* ring, gh_slice purpose, int64_t now_us, uint32_t* version, char why[most_why]) {
  pthread_mutex_lock(&ring->lock);
  struct purpose* there = find(ring, purpose);
  gh_status status = GH_NOT_FOUND;
  if (there != NULL) status = add(ring, there->name, there, there->entries[0].algorithm, now_us, why);
  if (status == GH_OK) *version = (uint32_t)there->count;
  pthread_mutex_unlock(&ring->lock);
  return status;
}

bool ring_at(struct key_ring* ring, gh_slice purpose, size_t position, struct ring_entry* entry) {
  pthread_mutex_lock(&ring->lock);
  const struct purpose* there = find(ring, purpose);
  const bool found = there != NULL && position < there->count;
  if (found) *entry = there->entries[position];
  pthread_mutex_unlock(&ring->lock);
  return found;
}

bool ring_find(struct key_ring* ring, gh_slice purpose, uint32_t version, struct ring_entry* entry) {
  pthread_mutex_lock(&ring->lock);
  const struct purpose* there = find(ring, purpose);
  /* Versions are 1, 2, 3, and the newest is the current one. */
  const bool found = there != NULL && version <= there->count;
  if (found) *entry = there->entries[(version == 0 ? there->count : version) - 1];
  pthread_mutex_unlock(&ring->lock);
  return found;
}
