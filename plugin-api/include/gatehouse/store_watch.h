// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>
#include <gatehouse/store.h>

/* "gatehouse.store_watch/1", optional, beside "gatehouse.store/1": a feed of commits, also of those of other hosts
 * where the store is shared. For caches, and for workers that would otherwise look again and again.
 *
 * A feed is read, not pushed: the plugin keeps what happened, up to a bound of its own, until a call of wait() takes
 * it. So nothing of the host is ever held by the plugin, and a host that reads slowly holds up no commit.
 *
 * WHAT IT PROMISES. Of every commit that is answered GH_OK after watch() has come back, each write of a watched kind is
 * told at least once, and so are those of a commit that was IN_DOUBT and has happened; or GH_CHANGE_MISSED is told in
 * its place. What was committed shortly before may be told as well, and nothing else: no commit that failed, and of a
 * commit no write of another kind. Whoever reads the store after a change was told sees the record as that change left
 * it, or later. The changes of one key come in the order in which they happened; between keys there is no order. What
 * is told is not told again to the same watch, but where a connection was lost on the way.
 *
 * WHAT IT DOES NOT TELL. What expires, and what purge deletes: it was invisible before. Of an expired record that a
 * put takes the place of, the put alone.
 *
 * GH_CHANGE_MISSED means: changes of any watched kind may be missing here, because a connection was lost, or because
 * more happened than the plugin keeps. The host reads what it needs to know anew; the feed goes on behind it. On a
 * backend that is well, and for a host that keeps reading, nothing is missed.
 *
 * A CHANGE IS A HINT. It names a record and never holds a value of it. Whoever acts on it reads the record first: it
 * may have changed again since, and a backend may let others send what looks like a change.
 *
 * TIME. A change is told promptly, without a bound: a host that must know by a certain time looks by itself as well. */

#ifdef __cplusplus
extern "C" {
#endif

#define GH_STORE_WATCH_V1 "gatehouse.store_watch/1"

#define GH_CHANGE_PUT 1u
#define GH_CHANGE_DELETE 2u
#define GH_CHANGE_MISSED 3u /* names no record: kind and version are 0, the key is empty */

typedef struct gh_change {
  uint32_t struct_size;
  uint32_t what;     /* GH_CHANGE_* */
  uint32_t kind;     /* ordinal in the schema */
  uint32_t reserved; /* 0 */
  int64_t version;   /* put: which the record got; delete: which it had */
  gh_key key;
} gh_change;

/* Receives changes during wait. Must not call back into the store. [the calling thread] */
typedef struct gh_change_sink {
  void* context;
  void (*put)(void* context, const gh_change* change);
} gh_change_sink;

typedef struct gh_store_watch_v1 {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */

  /* Begin to keep the changes of these kinds, all of them held by this store; *watch names the feed until unwatch() or
   * destroy, and is not 0. A plugin takes at least 8 at a time.
   * GH_OK: what is committed from now on is told. GH_UNSUPPORTED: this store, as it is set up, does not tell of one of
   * them; explain() says which, and which setting does. GH_INVALID: no kinds, an unknown kind, or the store is not
   * open. GH_UNAVAILABLE, GH_TIMEOUT, GH_DENIED: nothing is watched, for instance because the backend cannot be
   * reached. [any-thread, blocking, honours call->deadline_ns] */
  gh_status (*watch)(gh_instance* self, const gh_call* call, const uint32_t* kinds, uint64_t kind_count,
                     uint64_t* watch);

  /* Give the sink what there is, at least one change, and wait for it as long as there is none. GH_OK: done; nothing
   * was put when the deadline came first, which is no failure: it is how a quiet feed answers. GH_NOT_FOUND: there is
   * no such watch, or it ended meanwhile; then nothing is put. Not more than one call at a time for one watch.
   *
   * One such call stands in the plugin nearly always: a plugin that limits max_concurrency has room for it besides the
   * calls it is busy with, and at least 2.
   * [any-thread, blocking until call->deadline_ns] */
  gh_status (*wait)(gh_instance* self, const gh_call* call, uint64_t watch, const gh_change_sink* sink);

  /* End it and wake who waits: that call puts nothing from here on and comes back at once. GH_OK, or GH_NOT_FOUND.
   * [any-thread, non-blocking] */
  gh_status (*unwatch)(gh_instance* self, const gh_call* call, uint64_t watch);
} gh_store_watch_v1;

#ifdef __cplusplus
}
#endif
