/* SPDX-License-Identifier: Apache-2.0 */
#include "sliding_window.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { table_size = 4096 }; /* chains; a power of two */

static const int64_t lateness_us = 10000000;

struct bucket {
  struct bucket* next;
  int64_t window_us;
  int64_t* events; /* in order, the newest last */
  size_t count;
  size_t room;
  size_t key_size;
  uint8_t key[];
};

struct sliding_window {
  pthread_mutex_t mutex;
  /* Everything below is protected by the mutex. */
  size_t max_keys;
  size_t keys;
  size_t sweep_next; /* the chain to look through for dead buckets at the next take */
  struct bucket* chains[table_size];
};

/* At the ends of time nothing wraps around. */
static int64_t plus(int64_t a, int64_t b) {
  int64_t sum;
  if (__builtin_add_overflow(a, b, &sum)) return b > 0 ? INT64_MAX : INT64_MIN;
  return sum;
}
static int64_t minus(int64_t a, int64_t b) {
  int64_t difference;
  if (__builtin_sub_overflow(a, b, &difference)) return b < 0 ? INT64_MAX : INT64_MIN;
  return difference;
}

/* How long until an event is `span_us` old; 0 when it is. (Half open: at exactly span_us it has left the window.) */
static int64_t wait_us(int64_t event, int64_t span_us, int64_t now_us) {
  const int64_t left = minus(span_us, minus(now_us, event));
  return left > 0 ? left : 0;
}

/* How many events are at `time` or before it. */
static size_t count_until(const struct bucket* bucket, int64_t time) {
  size_t low = 0;
  for (size_t high = bucket->count; low < high;) {
    const size_t middle = low + (high - low) / 2;
    if (bucket->events[middle] <= time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static void drop(struct sliding_window* window, struct bucket** link) {
  struct bucket* gone = *link;
  *link = gone->next;
  free(gone->events);
  free(gone);
  --window->keys;
}

/* FNV-1a. */
static struct bucket** find(struct sliding_window* window, const uint8_t* key, size_t key_size) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t at = 0; at < key_size; ++at) hash = (hash ^ key[at]) * UINT64_C(0x100000001b3);
  struct bucket** link = &window->chains[(hash ^ (hash >> 32)) & (table_size - 1)];
  while (*link != NULL && ((*link)->key_size != key_size || memcmp((*link)->key, key, key_size) != 0)) {
    link = &(*link)->next;
  }
  return link;
}

/* A call that comes late may still ask about the window that has just ended. */
static bool is_dead(const struct bucket* bucket, int64_t now_us) {
  return bucket->count == 0 ||
         wait_us(bucket->events[bucket->count - 1], plus(bucket->window_us, lateness_us), now_us) == 0;
}

static void sweep(struct sliding_window* window, size_t chains, int64_t now_us) {
  for (; chains > 0; --chains) {
    struct bucket** link = &window->chains[window->sweep_next];
    window->sweep_next = (window->sweep_next + 1) & (table_size - 1);
    while (*link != NULL) {
      if (is_dead(*link, now_us)) {
        drop(window, link);
      } else {
        link = &(*link)->next;
      }
    }
  }
}

static struct bucket* add(struct sliding_window* window, const uint8_t* key, size_t key_size, int64_t now_us) {
  if (window->keys >= window->max_keys) sweep(window, table_size, now_us);
  if (window->keys >= window->max_keys) return NULL;
  struct bucket** link = find(window, key, key_size); /* the sweep may have moved the end of the chain */
  struct bucket* bucket = calloc(1, sizeof(*bucket) + key_size);
  if (bucket == NULL) return NULL;
  bucket->key_size = key_size;
  memcpy(bucket->key, key, key_size);
  *link = bucket;
  ++window->keys;
  return bucket;
}

static bool make_room(struct bucket* bucket) {
  if (bucket->count < bucket->room) return true;
  const size_t room = bucket->room == 0 ? 4 : 2 * bucket->room;
  int64_t* events = realloc(bucket->events, room * sizeof(*events));
  if (events == NULL) return false;
  bucket->events = events;
  bucket->room = room;
  return true;
}

static bool take(struct sliding_window* window, const uint8_t* key, size_t key_size, uint32_t limit, int64_t window_us,
                 int64_t now_us, struct verdict* verdict) {
  sweep(window, 2, now_us);
  struct bucket* bucket = *find(window, key, key_size);
  if (bucket == NULL) bucket = add(window, key, key_size, now_us);
  if (bucket == NULL) return false;
  bucket->window_us = window_us;
  if (bucket->count > 0 && bucket->events[bucket->count - 1] > plus(now_us, lateness_us)) {
    for (size_t at = count_until(bucket, now_us); at < bucket->count; ++at) bucket->events[at] = now_us;
  }
  if (bucket->count >= limit) {
    const int64_t wait = wait_us(bucket->events[bucket->count - limit], window_us, now_us);
    if (wait > 0) {
      *verdict = (struct verdict){false, 0, wait};
      return true;
    }
    const size_t stay = limit - 1;
    memmove(bucket->events, bucket->events + (bucket->count - stay), stay * sizeof(*bucket->events));
    bucket->count = stay;
  }
  if (!make_room(bucket)) return false;
  const size_t at = count_until(bucket, now_us);
  memmove(bucket->events + at + 1, bucket->events + at, (bucket->count - at) * sizeof(*bucket->events));
  bucket->events[at] = now_us;
  ++bucket->count;
  const size_t inside = bucket->count - count_until(bucket, minus(now_us, window_us));
  *verdict = (struct verdict){true, inside < limit ? limit - (uint32_t)inside : 0, 0};
  return true;
}

struct sliding_window* window_new(size_t max_keys) {
  struct sliding_window* window = calloc(1, sizeof(*window));
  if (window == NULL) return NULL;
  pthread_mutex_init(&window->mutex, NULL);
  window->max_keys = max_keys;
  return window;
}

void window_free(struct sliding_window* window) {
  for (size_t at = 0; at < table_size; ++at) {
    while (window->chains[at] != NULL) drop(window, &window->chains[at]);
  }
  pthread_mutex_destroy(&window->mutex);
  free(window);
}

bool window_take(struct sliding_window* window, const uint8_t* key, size_t key_size, uint32_t limit, int64_t window_us,
                 int64_t now_us, struct verdict* verdict) {
  pthread_mutex_lock(&window->mutex);
  const bool answered = take(window, key, key_size, limit, window_us, now_us, verdict);
  pthread_mutex_unlock(&window->mutex);
  return answered;
}

void window_forget(struct sliding_window* window, const uint8_t* key, size_t key_size) {
  pthread_mutex_lock(&window->mutex);
  struct bucket** link = find(window, key, key_size);
  if (*link != NULL) drop(window, link);
  pthread_mutex_unlock(&window->mutex);
}
