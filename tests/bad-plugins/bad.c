// SPDX-License-Identifier: Apache-2.0
// Plugins that are wrong in one way each: BAD_... says which.
#include <gatehouse/plugin.h>
#include <gatehouse/rate_limiter.h>

#include <stddef.h>
#include <stdlib.h>

#if !defined(BAD_FUNCTION) && !defined(BAD_SHORT) && !defined(BAD_NO_ENTRY)
#define HAS_ENTRY
static gh_status create(const gh_create_args* args, const gh_call* call, gh_instance** out) {
  (void)args;
  (void)call;
  *out = NULL;
  abort();
}
static gh_status life(gh_instance* self, const gh_call* call) {
  (void)self;
  (void)call;
  abort();
}
static void destroy(gh_instance* self) {
  (void)self;
  abort();
}

#if defined(BAD_NULL_SLOT)
static const gh_rate_limiter_v1 table = {.struct_size = sizeof(gh_rate_limiter_v1), .ping = life};
#else
static gh_status take(gh_instance* self, const gh_call* call, const gh_take* taken, gh_take_out* out) {
  (void)taken;
  (void)out;
  return life(self, call);
}
static gh_status reset(gh_instance* self, const gh_call* call, gh_slice key) {
  (void)key;
  return life(self, call);
}
static const gh_rate_limiter_v1 table = {
#if defined(BAD_SHORT_TABLE)
    .struct_size = 16,
#else
    .struct_size = sizeof(gh_rate_limiter_v1),
#endif
    .take = take,
    .reset = reset,
    .ping = life,
};
#endif
static const gh_interface interfaces[] = {{GH_RATE_LIMITER_V1, &table}};
#endif

#if defined(BAD_FUNCTION)
// Aligned as a gh_plugin would be: only its type gives it away.
GH_EXPORT __attribute__((aligned(16))) int gatehouse_plugin_v1(void) { return 1; }
#elif defined(BAD_SHORT)
GH_EXPORT const uint32_t gatehouse_plugin_v1 = 1;
#elif defined(HAS_ENTRY)
GH_EXPORT const gh_plugin gatehouse_plugin_v1 = {
#if defined(BAD_MAGIC)
    .magic = 42,
#else
    .magic = GH_MAGIC,
#endif
#if defined(BAD_STRUCT)
    .struct_size = 64,
#else
    .struct_size = sizeof(gh_plugin),
#endif
#if defined(BAD_OLDER)
    .abi_major = 0,
    .abi_minor = 9,
    .id = (const char*)1,
#elif defined(BAD_MAJOR)
    .abi_major = 2,
    .abi_minor = 4,
    .id = (const char*)1,
#else
    .abi_major = GH_ABI_MAJOR,
    .id = BAD_ID,
#endif
#if defined(BAD_MINOR)
    .needs_host_minor = 9,
#endif
    .version = "1.0.0",
    .license = "MIT",
    .summary = "Is wrong in one way.",
    .interfaces = interfaces,
    .interface_count = 1,
    .interface_stride = sizeof(gh_interface),
    .create = create,
    .start = life,
    .drain = life,
    .destroy = destroy,
};
#endif

#if defined(BAD_MISSING_SYMBOL)
// What a C++ author called acme::connect(int).
void _ZN4acme7connectEi(int port);
GH_EXPORT void use_it(void) { _ZN4acme7connectEi(1); }
#endif
#if defined(BAD_TWO_EXPORTS)
GH_EXPORT int one_more = 1;
#endif
#if defined(BAD_MISSING_LIBRARY)
int from_nowhere(void);
GH_EXPORT int use_nowhere(void) { return from_nowhere(); }
#endif
#if defined(NOWHERE)
int from_nowhere(void) { return 1; }
#endif
