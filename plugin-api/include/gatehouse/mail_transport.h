// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>

/* "gatehouse.mail_transport/1": hand one mail to whoever delivers it. */

#ifdef __cplusplus
extern "C" {
#endif

#define GH_MAIL_TRANSPORT_V1 "gatehouse.mail_transport/1"

/* All members are UTF-8 without CR, LF or NUL, the bodies apart. An address is one address (RFC 5322 3.4.1, letters by
 * RFC 6532), no list, nothing around it; a message id is never empty. A transport refuses others with GH_INVALID. */
typedef struct gh_mail {
  uint32_t struct_size;
  uint32_t reserved;   /* 0 */
  gh_slice message_id; /* RFC 5322 3.6.4 without the angle brackets; a retry of the same mail has the same one */
  gh_slice from_address;
  gh_slice from_name; /* may be empty */
  gh_slice to_address;
  gh_slice to_name; /* may be empty */
  gh_slice subject;
  gh_slice text; /* text/plain; lines end with LF */
  gh_slice html; /* text/html; may be empty */
} gh_mail;

typedef struct gh_mail_transport_v1 {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */

  /* GH_OK: the next hop has taken responsibility. GH_UNAVAILABLE, GH_TIMEOUT: not taken, try later (SMTP 4xx).
   * GH_INVALID: will never be taken (SMTP 5xx). GH_DENIED: our credentials, or our sender, were refused: not taken,
   * the operator has to act, try later. GH_IN_DOUBT: the answer was lost; sending again with the same message_id is
   * right. [any-thread, blocking, honours call->deadline_ns] */
  gh_status (*send)(gh_instance* self, const gh_call* call, const gh_mail* mail);

  /* Can it take mail now? GH_OK, GH_UNAVAILABLE, GH_TIMEOUT, GH_DENIED. [any-thread, blocking, honours deadline] */
  gh_status (*ping)(gh_instance* self, const gh_call* call);
} gh_mail_transport_v1;

#ifdef __cplusplus
}
#endif
