// SPDX-License-Identifier: Apache-2.0
#pragma once

/* Gatehouse plugin ABI: the words every other header is made of.
 *
 * Pure C11, fixed-width integers, no enum, bool, long or packing: the same bytes for gcc, clang, Rust and Go.
 *
 * LIFETIME, one rule for the whole ABI: a pointer is valid until the function it was passed to returns.
 *   Inputs are borrowed. Results come back through the caller's struct or through a sink (a callback that is called
 *   before the function returns). Nobody ever frees memory of the other side.
 * GROWTH: structs and tables are append-only. `struct_size` is their first member (the version fields of gh_plugin
 *   apart); a member is read only when GH_HAS says it is there. Released members never change meaning.
 * TEXT is UTF-8 with a size and without a terminating NUL, except where a member is a `const char*` constant.
 * TIME is microseconds since 1970-01-01T00:00:00Z by the host's clock; durations are microseconds; deadlines are
 *   nanoseconds of CLOCK_MONOTONIC. A plugin never reads a clock of its own to decide whether something expired.
 * THREADS: each function pointer ends with a bracket line that says which threads may call it. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GH_ABI_MAJOR 1u
#define GH_ABI_MINOR 0u
/* "GATEHSE1", little endian. */
#define GH_MAGIC UINT64_C(0x3145534845544147)

/* True when the object `p` points at is long enough to hold `member`. */
#define GH_HAS(type, p, member) ((p)->struct_size >= offsetof(type, member) + sizeof((p)->member))

/* How a call went. The set is closed: a host treats any other value as GH_INTERNAL, and GH_INTERNAL means deny.
 * What the domain decided ("not allowed now", "lost the race") is an outcome in the result, never a status. */
typedef int32_t gh_status;
#define GH_OK 0          /* done */
#define GH_NOT_FOUND 1   /* the named thing does not exist; nothing happened */
#define GH_CONFLICT 2    /* a version or a unique key stood in the way; nothing happened */
#define GH_INVALID 3     /* the arguments cannot be right, retrying cannot help; nothing happened */
#define GH_UNAVAILABLE 4 /* the backend cannot be reached or is full; nothing happened; retrying may work */
#define GH_TIMEOUT 5     /* the deadline passed; nothing happened */
#define GH_IN_DOUBT 6    /* it may or may not have happened: the caller reads back before it goes on */
#define GH_UNSUPPORTED 7 /* this plugin does not do that; nothing happened */
#define GH_DENIED 8      /* the backend refused our credentials or rights; nothing happened */
#define GH_INTERNAL 9    /* a defect of the plugin; assume nothing */

/* Borrowed bytes, or borrowed UTF-8. `data` may be NULL when `size` is 0. */
typedef struct gh_slice {
  const uint8_t* data;
  uint64_t size;
} gh_slice;

/* A tagged value. */
#define GH_NULL 0u
#define GH_BOOL 1u  /* i: 0 or 1 */
#define GH_INT 2u   /* i */
#define GH_TIME 3u  /* i: microseconds since the epoch */
#define GH_TEXT 4u  /* s: UTF-8 */
#define GH_BYTES 5u /* s */
typedef struct gh_value {
  uint32_t type;
  uint32_t reserved; /* 0 */
  int64_t i;
  gh_slice s;
} gh_value;

/* Travels with every call. */
typedef struct gh_call {
  uint32_t struct_size;
  uint32_t reserved;   /* 0 */
  int64_t deadline_ns; /* CLOCK_MONOTONIC; a call still running then should give up with GH_TIMEOUT or GH_IN_DOUBT */
  int64_t now_us;      /* the host's wall clock: decides every expiry inside this call */
  gh_slice request_id;
  gh_slice traceparent; /* W3C traceparent, may be empty */
  gh_slice tenant;
  void* explain_context;
  /* One sentence on why the status is not GH_OK, for the operator's log. Never a secret, never shown to a client.
   * May be NULL. [same thread as the call, before the function returns] */
  void (*explain)(void* context, gh_slice sentence);
} gh_call;

/* A plugin's own object; only the plugin knows what is inside. */
typedef struct gh_instance gh_instance;

/* Receives bytes during a call. */
typedef struct gh_bytes_sink {
  void* context;
  void (*put)(void* context, gh_slice bytes);
} gh_bytes_sink;

#ifdef __cplusplus
}
#endif
