/* SPDX-License-Identifier: Apache-2.0 */
/* A mail transport that writes one file a mail: what it is called, what the operator may set, and what becomes of a
 * mail. The contract of each call stands in <gatehouse/mail_transport.h>, that of the plugin itself in
 * <gatehouse/plugin.h>. */
#include <gatehouse/mail_transport.h>
#include <gatehouse/plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { longest_name = 200 };

/* What gh_instance is, only this file knows. Instances are independent of each other: there are no globals. */
struct mailer {
  const gh_host* host;
  char* path;
  int folder; /* -1 before start */
};

static struct mailer* self_of(gh_instance* instance) { return (struct mailer*)instance; }

static gh_slice text(const char* words) { return (gh_slice){(const uint8_t*)words, strlen(words)}; }

/* Say why in one sentence for the operator's log, then return the status. */
static gh_status because(const gh_call* call, gh_status status, const char* sentence) {
  if (call->explain != NULL) call->explain(call->explain_context, text(sentence));
  return status;
}

static gh_status failed(const struct mailer* self, const gh_call* call, gh_status status, const char* what) {
  char reason[128] = "";
  char sentence[512];
  if (strerror_r(errno, reason, sizeof(reason)) != 0) reason[0] = '\0';
  snprintf(sentence, sizeof(sentence),
           "%s %s: %s; see that the server's user may write there and that the disk is not full", what, self->path,
           reason);
  return because(call, status, sentence);
}

/* ---- a mail ---- */

static bool one_line(gh_slice field) {
  for (uint64_t at = 0; at < field.size; ++at) {
    if (field.data[at] == '\r' || field.data[at] == '\n' || field.data[at] == '\0') return false;
  }
  return true;
}

/* One plain address, without anything that could make a list, a comment or another field of it. */
static bool one_address(gh_slice text) {
  uint64_t ats = 0;
  for (uint64_t at = 0; at < text.size; ++at) {
    const char c = (char)text.data[at];
    if (c == '\0' || strchr(" \t\r\n,;:<>()[]\"\\", c) != NULL) return false;
    if (c == '@' && (at == 0 || at + 1 == text.size || ++ats > 1)) return false;
  }
  return ats == 1;
}

/* A line break in a header field would let whoever chose a name write header fields of their own. */
static bool well_formed(const gh_mail* mail) {
  return mail->message_id.size > 0 && one_line(mail->message_id) && one_address(mail->from_address) &&
         one_address(mail->to_address) && one_line(mail->from_name) && one_line(mail->to_name) &&
         one_line(mail->subject);
}

/* The message id as a file name: a retry brings the same id and replaces its own file, so a mail is there once however
 * often it is sent. False: it is too long for a name. */
static bool name_of(gh_slice id, char name[longest_name + 1]) {
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-@";
  static const char hex[] = "0123456789abcdef";
  size_t size = 0;
  for (uint64_t at = 0; at < id.size; ++at) {
    if (size + 3 + sizeof(".mail") > longest_name) return false;
    const uint8_t byte = id.data[at];
    if (strchr(plain, byte) != NULL || (byte == '.' && size > 0)) {
      name[size++] = (char)byte;
    } else {
      name[size++] = '%';
      name[size++] = hex[byte >> 4];
      name[size++] = hex[byte & 15];
    }
  }
  memcpy(name + size, ".mail", sizeof(".mail"));
  return true;
}

static bool put(int file, gh_slice bytes) {
  while (bytes.size > 0) {
    const ssize_t written = write(file, bytes.data, bytes.size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.data += written;
    bytes.size -= (uint64_t)written;
  }
  return true;
}

static bool put_address(int file, const char* field, gh_slice name, gh_slice address) {
  return put(file, text(field)) && put(file, name) && put(file, text(name.size > 0 ? " <" : "<")) &&
         put(file, address) && put(file, text(">\n"));
}

static bool put_mail(int file, const gh_mail* mail) {
  const bool html = mail->html.size > 0;
  return put_address(file, "Message-ID: ", (gh_slice){NULL, 0}, mail->message_id) &&
         put_address(file, "From: ", mail->from_name, mail->from_address) &&
         put_address(file, "To: ", mail->to_name, mail->to_address) && put(file, text("Subject: ")) &&
         put(file, mail->subject) && put(file, text("\n\n")) && put(file, mail->text) &&
         (!html || (put(file, text("\n--- the same as HTML ---\n")) && put(file, mail->html)));
}

/* ---- the interface ---- */

static gh_status send_mail(gh_instance* instance, const gh_call* call, const gh_mail* mail) {
  struct mailer* self = self_of(instance);
  char name[longest_name + 1];
  if (!well_formed(mail)) {
    return because(call, GH_INVALID, "an address is none, or a header field has a line break");
  }
  if (!name_of(mail->message_id, name)) {
    return because(call, GH_INVALID, "the message id is too long for a file name");
  }
  /* Disks know no deadlines, so it is looked at before the work begins. With a socket: bound every wait by it. */
  if (self->host->monotonic_ns(self->host->context) >= call->deadline_ns) {
    return because(call, GH_TIMEOUT, "the deadline passed before the mail was written");
  }
  uint64_t random = 0;
  if (self->host->random_bytes(self->host->context, (uint8_t*)&random, sizeof(random)) != GH_OK) {
    return because(call, GH_UNAVAILABLE, "the host has no randomness now");
  }
  /* Whoever reads the folder sees no half a mail: it is written aside and renamed when it is on the disk. */
  char aside[32];
  snprintf(aside, sizeof(aside), ".new-%016llx", (unsigned long long)random);
  const int file = openat(self->folder, aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return failed(self, call, GH_UNAVAILABLE, "cannot write in");
  const bool written = put_mail(file, mail) && fsync(file) == 0;
  const bool closed = close(file) == 0;
  if (!written || !closed || renameat(self->folder, aside, self->folder, name) != 0) {
    const gh_status status = failed(self, call, GH_UNAVAILABLE, "cannot write in");
    unlinkat(self->folder, aside, 0);
    return status;
  }
  /* From here on it has happened. Whether the name survives a power cut is not known when this fails: that is in doubt,
   * and the host sends the same mail again. */
  if (fsync(self->folder) != 0) return failed(self, call, GH_IN_DOUBT, "cannot flush");
  return GH_OK;
}

static gh_status ping(gh_instance* instance, const gh_call* call) {
  struct mailer* self = self_of(instance);
  if (faccessat(self->folder, ".", W_OK | X_OK, AT_EACCESS) != 0) {
    return failed(self, call, GH_UNAVAILABLE, "cannot write in");
  }
  return GH_OK;
}

/* ---- the life of an instance ---- */

/* The value of a setting. The host has checked its type and filled in its default. */
static const gh_value* setting(const gh_create_args* args, const char* key) {
  for (uint64_t at = 0; at < args->config_count; ++at) {
    /* By the host's stride: its entries may be longer than the ones this was built with. */
    const gh_config_entry* entry =
        (const gh_config_entry*)((const uint8_t*)args->config + (size_t)(at * args->config_stride));
    if (entry->key.size == strlen(key) && memcmp(entry->key.data, key, entry->key.size) == 0) return &entry->value;
  }
  return NULL;
}

/* No I/O in here: it also runs when the operator only asks for a check of the configuration. */
static gh_status create(const gh_create_args* args, const gh_call* call, gh_instance** out) {
  *out = NULL;
  const gh_value* folder = setting(args, "folder");
  if (folder == NULL || folder->type != GH_TEXT || folder->s.size == 0) {
    return because(call, GH_INVALID, "folder: is not a path");
  }
  if ((args->flags & GH_CREATE_VALIDATE_ONLY) != 0) return GH_OK;
  struct mailer* made = calloc(1, sizeof(*made));
  /* The setting is borrowed and gone when create returns: a copy stays. */
  if (made != NULL) made->path = strndup((const char*)folder->s.data, folder->s.size);
  if (made == NULL || made->path == NULL) {
    free(made);
    return because(call, GH_UNAVAILABLE, "out of memory");
  }
  made->host = args->host;
  made->folder = -1;
  *out = (gh_instance*)made;
  return GH_OK;
}

static gh_status start(gh_instance* instance, const gh_call* call) {
  struct mailer* self = self_of(instance);
  if (mkdir(self->path, 0700) != 0 && errno != EEXIST) return failed(self, call, GH_UNAVAILABLE, "cannot make");
  self->folder = open(self->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (self->folder < 0) return failed(self, call, GH_UNAVAILABLE, "cannot open");
  return ping(instance, call);
}

static gh_status drain(gh_instance* instance, const gh_call* call) {
  (void)instance;
  (void)call;
  return GH_OK;
}

/* Also after a start that failed. */
static void destroy(gh_instance* instance) {
  struct mailer* self = self_of(instance);
  if (self->folder >= 0) close(self->folder);
  free(self->path);
  free(self);
}

/* ---- what the host reads before any of this has run ---- */

static const gh_setting settings[] = {{
    .key = "folder",
    .default_value = "example-mail",
    .summary = "The folder that gets one file a mail.",
    .type = GH_SETTING_PATH,
}};

static const gh_mail_transport_v1 table = {
    .struct_size = sizeof(gh_mail_transport_v1),
    .send = send_mail,
    .ping = ping,
};

static const gh_interface interfaces[] = {{.id = GH_MAIL_TRANSPORT_V1, .table = &table}};

GH_EXPORT extern const gh_plugin gatehouse_plugin_v1;
const gh_plugin gatehouse_plugin_v1 = {
    .magic = GH_MAGIC,
    .struct_size = sizeof(gh_plugin),
    .abi_major = GH_ABI_MAJOR,
    .abi_minor = GH_ABI_MINOR,
    .needs_host_minor = 0,
    .id = "example-mail",
    .version = "0.1.0",
    .license = "Apache-2.0",
    .summary = "Writes each mail to a file in a folder.",
    .settings = settings,
    .setting_count = sizeof(settings) / sizeof(settings[0]),
    .setting_stride = sizeof(gh_setting),
    .interfaces = interfaces,
    .interface_count = sizeof(interfaces) / sizeof(interfaces[0]),
    .interface_stride = sizeof(gh_interface),
    .create = create,
    .start = start,
    .drain = drain,
    .destroy = destroy,
};
