// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>

/* "gatehouse.rate_limiter/1": how many times in a sliding window.
 *
 * A bucket is named by its key (1 to 256 bytes; the host puts action, address, identifier digest and tenant in it).
 * Of any number of concurrent callers no more than `limit` are allowed in any window; refused attempts do not count.
 * A window is half open: of two events exactly window_us apart the first has left when the second comes.
 *
 * TIME is call->now_us. Calls may come out of order: one that is up to ten seconds behind its bucket's newest event is
 * judged exactly as if it had come in time. One that is further behind means that the clock was set back: events in its
 * future then count as of now, so nobody is allowed more than the limit since, and nobody waits longer than a window.
 * A limit or window that differs from the bucket's last one holds at once; it is exact when one window has passed. */

#ifdef __cplusplus
extern "C" {
#endif

#define GH_RATE_LIMITER_V1 "gatehouse.rate_limiter/1"

typedef struct gh_take {
  uint32_t struct_size;
  uint32_t limit;    /* 1 or more */
  int64_t window_us; /* 1 or more */
  gh_slice key;
} gh_take;

typedef struct gh_take_out {
  uint32_t struct_size;
  uint32_t allowed;   /* 0 or 1 */
  uint32_t remaining; /* after this one */
  uint32_t reserved;
  int64_t retry_after_us; /* when not allowed: until one would be; else 0 */
} gh_take_out;

typedef struct gh_rate_limiter_v1 {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */

  /* Count one event at call->now_us if the window has room. GH_OK: *out is the answer. GH_UNAVAILABLE, GH_TIMEOUT,
   * GH_DENIED: no answer, and the host denies or asks another limiter. [any-thread, blocking, honours deadline] */
  gh_status (*take)(gh_instance* self, const gh_call* call, const gh_take* take, gh_take_out* out);

  /* Forget a bucket (a login that succeeded). Unknown keys are GH_OK. [any-thread, blocking, honours deadline] */
  gh_status (*reset)(gh_instance* self, const gh_call* call, gh_slice key);

  /* Can it answer now? GH_OK, GH_UNAVAILABLE, GH_TIMEOUT, GH_DENIED. [any-thread, blocking, honours deadline] */
  gh_status (*ping)(gh_instance* self, const gh_call* call);
} gh_rate_limiter_v1;

#ifdef __cplusplus
}
#endif
