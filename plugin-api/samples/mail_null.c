/* SPDX-License-Identifier: Apache-2.0 */
/* A whole plugin in one C file and without a build system: a mail transport that takes every mail and throws it away,
 * for machines that must never send one.
 *
 *   cc -std=c11 -O2 -fPIC -fvisibility=hidden -shared -Wl,-z,defs -o mail-null.so mail_null.c \
 *      $(pkg-config --cflags --libs gatehouse-plugin)
 */
#include <gatehouse/mail_transport.h>
#include <gatehouse/plugin.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct mail_null {
  const gh_host* host;
};

static gh_slice text(const char* words) { return (gh_slice){(const uint8_t*)words, strlen(words)}; }

static gh_status because(const gh_call* call, gh_status status, const char* sentence) {
  if (call->explain != NULL) call->explain(call->explain_context, text(sentence));
  return status;
}

static int one_line(gh_slice field) {
  for (uint64_t at = 0; at < field.size; ++at) {
    if (field.data[at] == '\r' || field.data[at] == '\n' || field.data[at] == '\0') return 0;
  }
  return 1;
}

/* One plain address, without anything that could make a list, a comment or another field of it. */
static int one_address(gh_slice address) {
  uint64_t ats = 0;
  for (uint64_t at = 0; at < address.size; ++at) {
    const char c = (char)address.data[at];
    if (c == '\0' || strchr(" \t\r\n,;:<>()[]\"\\", c) != NULL) return 0;
    if (c == '@' && (at == 0 || at + 1 == address.size || ++ats > 1)) return 0;
  }
  return ats == 1;
}

static gh_status send_mail(gh_instance* instance, const gh_call* call, const gh_mail* mail) {
  const struct mail_null* self = (const struct mail_null*)instance;
  if (self->host->monotonic_ns(self->host->context) > call->deadline_ns) {
    return because(call, GH_TIMEOUT, "the deadline had passed before the mail came");
  }
  if (mail->message_id.size == 0 || !one_line(mail->message_id) || !one_address(mail->from_address) ||
      !one_address(mail->to_address) || !one_line(mail->from_name) || !one_line(mail->to_name) ||
      !one_line(mail->subject)) {
    return because(call, GH_INVALID, "an address is none, or a header field has a line break");
  }
  /* Shown by the host as gatehouse_plugin_mails_discarded_total. No address goes to the log: it is personal data. */
  self->host->count(self->host->context, text("mails_discarded"), 1);
  return GH_OK;
}

static gh_status always(gh_instance* instance, const gh_call* call) {
  (void)instance;
  (void)call;
  return GH_OK;
}

static gh_status create(const gh_create_args* args, const gh_call* call, gh_instance** out) {
  *out = NULL;
  if ((args->flags & GH_CREATE_VALIDATE_ONLY) != 0) return GH_OK;
  struct mail_null* made = calloc(1, sizeof(*made));
  if (made == NULL) return because(call, GH_UNAVAILABLE, "out of memory");
  made->host = args->host;
  *out = (gh_instance*)made;
  return GH_OK;
}

static void destroy(gh_instance* instance) { free(instance); }

static const gh_mail_transport_v1 table = {
    .struct_size = sizeof(gh_mail_transport_v1),
    .send = send_mail,
    .ping = always,
};

static const gh_interface interfaces[] = {{.id = GH_MAIL_TRANSPORT_V1, .table = &table}};

GH_EXPORT extern const gh_plugin gatehouse_plugin_v1;
const gh_plugin gatehouse_plugin_v1 = {
    .magic = GH_MAGIC,
    .struct_size = sizeof(gh_plugin),
    .abi_major = GH_ABI_MAJOR,
    .abi_minor = GH_ABI_MINOR,
    .id = "mail-null",
    .version = "1.0.0",
    .license = "Apache-2.0",
    .summary = "Takes every mail and throws it away.",
    .setting_stride = sizeof(gh_setting),
    .interfaces = interfaces,
    .interface_count = 1,
    .interface_stride = sizeof(gh_interface),
    .create = create,
    .start = always,
    .drain = always,
    .destroy = destroy,
};
