// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>

/* Services the host offers to a plugin. The table outlives every instance. All functions are noexcept.
 * Calling them after the instance was destroyed is a defect of the plugin; the host counts and ignores it. */

#ifdef __cplusplus
extern "C" {
#endif

#define GH_LOG_DEBUG 0u
#define GH_LOG_INFO 1u
#define GH_LOG_WARN 2u
#define GH_LOG_ERROR 3u

typedef struct gh_host gh_host;
struct gh_host {
  uint32_t struct_size;
  uint32_t abi_minor; /* of the host */
  void* context;      /* passed back as the first argument of every function */

  /* Write one log line; the host adds time, plugin name and, during a call, the request id. Never pass a secret.
   * [any-thread, non-blocking] */
  void (*log)(void* context, uint32_t level, gh_slice text);

  /* CLOCK_MONOTONIC in nanoseconds, the clock of gh_call.deadline_ns. [any-thread, non-blocking] */
  int64_t (*monotonic_ns)(void* context);

  /* Wall clock in microseconds, for work outside any call (a call has now_us). [any-thread, non-blocking] */
  int64_t (*wall_us)(void* context);

  /* Fill `size` bytes from the operating system's CSPRNG. GH_OK, or GH_UNAVAILABLE and then nothing may be used.
   * [any-thread, non-blocking] */
  gh_status (*random_bytes)(void* context, uint8_t* out, uint64_t size);

  /* Add to the counter gatehouse_plugin_<name>_total{plugin=...}. `name` is [a-z_]{1,40}, and none of the host's own:
   * call_errors, calls, misuse, overdue, refused. [any-thread, non-blocking] */
  void (*count)(void* context, gh_slice name, uint64_t amount);
};

#ifdef __cplusplus
}
#endif
