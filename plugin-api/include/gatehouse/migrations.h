// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>

/* "gatehouse.migrations/1", optional, beside "gatehouse.store/1": a store whose backend must be brought to the plugin's
 * schema before the plugin can open it.
 *
 * Migrations are numbered 1, 2, 3, .. without gaps, applied in this order and never changed once released. Each happens
 * whole or not at all, at most once however many processes try at the same time, and what a killed process leaves
 * behind hinders nobody. All three functions are called after start, with or without a former open(); where open()
 * refuses a backend that is not migrated, its sentence names the command `gatehouse migrate up`. */

#ifdef __cplusplus
extern "C" {
#endif

#define GH_MIGRATIONS_V1 "gatehouse.migrations/1"

#define GH_MIGRATION_PENDING 1u /* the plugin has it, the backend does not */
#define GH_MIGRATION_APPLIED 2u
#define GH_MIGRATION_CHANGED 3u /* applied, with another text than the plugin has */
#define GH_MIGRATION_UNKNOWN 4u /* applied by a plugin that knows more */

typedef struct gh_migration {
  uint32_t struct_size;
  uint32_t number;
  uint32_t state; /* GH_MIGRATION_* */
  uint32_t reserved;
  int64_t applied_us; /* 0: not applied, or not known */
  gh_slice name;      /* for people, at most 128 bytes */
  gh_slice text;      /* what would be done, in the backend's language; empty except in plan */
} gh_migration;

typedef struct gh_migration_sink {
  void* context;
  /* [the calling thread] */
  void (*put)(void* context, const gh_migration* migration);
} gh_migration_sink;

typedef struct gh_migrations_v1 {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */

  /* Every migration the plugin or the backend knows, in order. Changes nothing.
   * GH_OK, GH_UNAVAILABLE, GH_TIMEOUT, GH_DENIED. [control-thread, blocking, honours call->deadline_ns] */
  gh_status (*status)(gh_instance* self, const gh_call* call, const gh_migration_sink* sink);

  /* What apply would do now, with texts. Changes nothing. As status, and GH_UNSUPPORTED where apply would say so.
   * [control-thread, blocking, honours call->deadline_ns] */
  gh_status (*plan)(gh_instance* self, const gh_call* call, const gh_migration_sink* sink);

  /* Apply what is pending; each one is put into the sink when it is done. GH_OK: nothing is pending any more.
   * GH_UNSUPPORTED: the backend has a migration that is changed or unknown; nothing happened. Otherwise those that were
   * put are done, and perhaps the next one (GH_IN_DOUBT): calling again goes on where it ended.
   * [control-thread, blocking, honours call->deadline_ns] */
  gh_status (*apply)(gh_instance* self, const gh_call* call, const gh_migration_sink* sink);
} gh_migrations_v1;

#ifdef __cplusplus
}
#endif
