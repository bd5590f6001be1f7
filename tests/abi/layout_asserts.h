// SPDX-License-Identifier: Apache-2.0
// Included by one C11 and one C++17 source: both languages see the same bytes.
#include <gatehouse/abi.h>
#include <gatehouse/host.h>
#include <gatehouse/kms.h>
#include <gatehouse/mail_transport.h>
#include <gatehouse/migrations.h>
#include <gatehouse/plugin.h>
#include <gatehouse/rate_limiter.h>
#include <gatehouse/store.h>
#include <gatehouse/store_watch.h>

#ifdef __cplusplus
#define ABI_ASSERT static_assert
#else
#define ABI_ASSERT _Static_assert
#endif

ABI_ASSERT(sizeof(void*) == 8, "the ABI is defined for 64-bit machines");

#define ABI_STRUCT(name, bytes) ABI_ASSERT(sizeof(name) == (bytes), "size of " #name);
#define ABI_MEMBER(name, member, offset, bytes)                                   \
  ABI_ASSERT(offsetof(name, member) == (offset), "offset of " #name "." #member); \
  ABI_ASSERT(sizeof(((name*)0)->member) == (bytes), "size of " #name "." #member);
#include "layout.def"
#undef ABI_STRUCT
#undef ABI_MEMBER
