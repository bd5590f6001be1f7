// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>
#include <gatehouse/host.h>

/* What a plugin is: one exported data symbol,
 *
 *   const gh_plugin gatehouse_plugin_v1 = { ... };
 *
 * A data symbol, so that the host reads the version fields of a plugin from the future and refuses it before any of
 * its functions has run. The symbol is constant-initialised: no constructor of the plugin is needed to fill it. */

#ifdef __cplusplus
extern "C" {
#endif

/* A setting the operator may write below [plugin.config]. The host checks keys, types and required settings with
 * file:line:col before the plugin sees anything, so a plugin only checks what the host cannot know. */
#define GH_SETTING_TEXT 1u
#define GH_SETTING_INT 2u
#define GH_SETTING_BOOL 3u
#define GH_SETTING_DURATION 4u  /* operator writes "150ms"; the plugin gets GH_INT microseconds */
#define GH_SETTING_SIZE 5u      /* operator writes "64MiB"; the plugin gets GH_INT bytes */
#define GH_SETTING_PATH 6u      /* GH_TEXT; a relative path is made absolute against the host's state folder */
#define GH_SETTING_TEXT_LIST 7u /* each element arrives as a gh_config_entry of its own with the same key, in order */

#define GH_SETTING_REQUIRED 1u
#define GH_SETTING_SECRET 2u /* operator writes { env = ".." } or { file = ".." }; never logged, never shown */
#define GH_SETTING_PRIVATE \
  4u /* of a path: a file for the server's user alone; the host refuses one that others can read */

typedef struct gh_setting {
  const char* key;           /* snake_case */
  const char* default_value; /* as the operator would write it, without quotes; NULL: none */
  const char* allowed;       /* comma-separated closed set for GH_SETTING_TEXT, or NULL */
  const char* summary;       /* one sentence, with the unit where there is one */
  uint32_t type;
  uint32_t flags;
} gh_setting;

typedef struct gh_config_entry {
  gh_slice key;
  gh_value value;
} gh_config_entry;

/* An interface by string id, for instance "gatehouse.store/1" and a const gh_store_v1*. */
typedef struct gh_interface {
  const char* id;
  const void* table;
} gh_interface;

/* Only check the settings: no I/O, no thread, no file. *out stays NULL. */
#define GH_CREATE_VALIDATE_ONLY 1u

typedef struct gh_create_args {
  uint32_t struct_size;
  uint32_t flags;
  const gh_host* host;           /* outlives the instance */
  gh_slice name;                 /* the instance's name in the operator's config */
  gh_slice state_dir;            /* absolute, there when start() runs; the only place for files that no setting names */
  const gh_config_entry* config; /* defaults filled in; secrets resolved; wiped by the host after create */
  uint64_t config_count;
  uint64_t config_stride; /* sizeof(gh_config_entry) of the host */
} gh_create_args;

typedef struct gh_plugin {
  /* Read first, and nothing else is read when they do not fit. */
  uint64_t magic;            /* GH_MAGIC */
  uint32_t struct_size;      /* sizeof(gh_plugin) */
  uint32_t abi_major;        /* GH_ABI_MAJOR it was built with */
  uint32_t abi_minor;        /* GH_ABI_MINOR it was built with */
  uint32_t needs_host_minor; /* the oldest host minor it can work with */

  const char* id;      /* "store-memory"; [a-z0-9-]{1,40}; also the file's stem */
  const char* version; /* the plugin's own, semantic versioning */
  const char* license; /* SPDX expression */
  const char* summary; /* one sentence */

  const gh_setting* settings;
  uint32_t setting_count;
  uint32_t setting_stride; /* sizeof(gh_setting) of the plugin */
  const gh_interface* interfaces;
  uint32_t interface_count;
  uint32_t interface_stride; /* sizeof(gh_interface) of the plugin */

  /* How many calls may run inside one instance at a time; 0: as many as the host likes. The host keeps to it. */
  uint32_t max_concurrency;
  uint32_t reserved; /* 0 */

  /* Make an instance. Constructors do no I/O: connections and threads begin in start().
   * GH_OK and *out set; or GH_INVALID with explain() naming the setting; *out is then NULL. Instances of one plugin
   * are independent of each other. With GH_CREATE_VALIDATE_ONLY only the answer counts. [control-thread] */
  gh_status (*create)(const gh_create_args* args, const gh_call* call, gh_instance** out);

  /* Begin: connect, open files, start threads (with signals blocked). Called once. Not GH_OK: the host reports the
   * sentence of explain(), calls destroy() and does not start. [control-thread, blocking, honours call->deadline_ns] */
  gh_status (*start)(gh_instance* self, const gh_call* call);

  /* Stop threads and background work, flush what must be durable. No interface call is running or will come.
   * [control-thread, blocking, honours call->deadline_ns] */
  gh_status (*drain)(gh_instance* self, const gh_call* call);

  /* Free everything. Also called after a failed start. Afterwards the pointer is never used. [control-thread] */
  void (*destroy)(gh_instance* self);
} gh_plugin;

#define GH_ENTRY_SYMBOL "gatehouse_plugin_v1"
#if defined(__GNUC__)
#define GH_EXPORT __attribute__((visibility("default")))
#else
#define GH_EXPORT
#endif

#ifdef __cplusplus
}
#endif
