/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin: what it is called, and how the calls of the interface reach the key ring. The contract of each call
 * stands in <gatehouse/kms.h>, that of the plugin itself in <gatehouse/plugin.h>. */
#include "key_ring.h"

#include <gatehouse/kms.h>
#include <gatehouse/plugin.h>

#include <stdlib.h>
#include <string.h>

/* What gh_instance is, only this file knows. Instances are independent of each other: there are no globals. */
struct kms {
  const gh_host* host;
  struct key_ring* ring;
};

static struct kms* self_of(gh_instance* instance) { return (struct kms*)instance; }

static gh_slice text(const char* words) { return (gh_slice){(const uint8_t*)words, strlen(words)}; }

/* Say why in one sentence for the operator's log, then return the status. */
static gh_status because(const gh_call* call, gh_status status, const char* sentence) {
  if (call->explain != NULL && *sentence != '\0') call->explain(call->explain_context, text(sentence));
  return status;
}

/* What every call begins with. */
static gh_status check(const struct kms* self, const gh_call* call, gh_slice purpose) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
  bool named = purpose.size >= 1 && purpose.size <= 32;
  for (uint64_t at = 0; named && at < purpose.size; ++at) {
    named = purpose.data[at] != '\0' && strchr(letters, purpose.data[at]) != NULL;
  }
  if (!named) return because(call, GH_INVALID, "a purpose is not [a-z_]{1,32}");
  if (self->host->monotonic_ns(self->host->context) >= call->deadline_ns) {
    return because(call, GH_TIMEOUT, "the deadline has passed");
  }
  return GH_OK;
}

/* ---- the interface ---- */

static gh_status ensure(gh_instance* instance, const gh_call* call, gh_slice purpose, uint32_t algorithm) {
  struct kms* self = self_of(instance);
  char why[most_why] = "";
  gh_status status = check(self, call, purpose);
  if (status == GH_OK) status = ring_ensure(self->ring, purpose, algorithm, call->now_us, why);
  return because(call, status, why);
}

static gh_status keys(gh_instance* instance, const gh_call* call, gh_slice purpose, const gh_key_sink* sink) {
  struct kms* self = self_of(instance);
  const gh_status status = check(self, call, purpose);
  if (status != GH_OK) return status;
  struct ring_entry entry;
  size_t count = 0;
  for (; ring_at(self->ring, purpose, count, &entry); ++count) {
    gh_key_info info = {sizeof(info), entry.version, entry.algorithm, entry.state, entry.created_us, {NULL, 0}, 0};
    size_t size = 0;
    info.public_key.data = key_public(entry.key, &size);
    info.public_key.size = size;
    sink->put(sink->context, &info);
  }
  return count > 0 ? GH_OK : GH_NOT_FOUND;
}

/* The signature of a key that is, or is not, one for HMAC. */
static gh_status make(gh_instance* instance, const gh_call* call, gh_slice purpose, uint32_t version, gh_slice message,
                      bool hmac, uint8_t signature[most_signature_bytes], size_t* size, uint32_t* used) {
  struct kms* self = self_of(instance);
  const gh_status status = check(self, call, purpose);
  if (status != GH_OK) return status;
  struct ring_entry entry;
  if (!ring_find(self->ring, purpose, version, &entry)) return GH_NOT_FOUND;
  if ((entry.algorithm == GH_ALG_HMAC_SHA256) != hmac) {
    return because(call, GH_INVALID, hmac ? "this is a signing purpose" : "this is an HMAC purpose");
  }
  if (!key_sign(entry.key, message.data, message.size, signature, size)) {
    return because(call, GH_UNAVAILABLE, "OpenSSL could not sign");
  }
  *used = entry.version;
  return GH_OK;
}

static gh_status mac(gh_instance* instance, const gh_call* call, gh_slice purpose, uint32_t version, gh_slice message,
                     uint8_t out[32], uint32_t* used) {
  uint8_t bytes[most_signature_bytes];
  size_t size = 0;
  const gh_status status = make(instance, call, purpose, version, message, true, bytes, &size, used);
  if (status == GH_OK) memcpy(out, bytes, 32);
  return status;
}

static gh_status sign(gh_instance* instance, const gh_call* call, gh_slice purpose, uint32_t version, gh_slice message,
                      const gh_bytes_sink* signature, uint32_t* used) {
  uint8_t bytes[most_signature_bytes];
  size_t size = 0;
  const gh_status status = make(instance, call, purpose, version, message, false, bytes, &size, used);
  if (status == GH_OK) signature->put(signature->context, (gh_slice){bytes, size});
  return status;
}

static gh_status rotate(gh_instance* instance, const gh_call* call, gh_slice purpose, uint32_t* version) {
  struct kms* self = self_of(instance);
  char why[most_why] = "";
  gh_status status = check(self, call, purpose);
  if (status == GH_OK) status = ring_rotate(self->ring, purpose, call->now_us, version, why);
  return because(call, status, why);
}

/* The keys are in memory. A key service is asked here. */
static gh_status ping(gh_instance* instance, const gh_call* call) {
  (void)instance;
  (void)call;
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
  struct kms* made = calloc(1, sizeof(*made));
  if (made != NULL) made->ring = ring_new(args->host, folder->s);
  if (made == NULL || made->ring == NULL) {
    free(made);
    return because(call, GH_UNAVAILABLE, "out of memory");
  }
  made->host = args->host;
  *out = (gh_instance*)made;
  return GH_OK;
}

static gh_status start(gh_instance* instance, const gh_call* call) {
  char why[most_why] = "";
  return because(call, ring_open(self_of(instance)->ring, why), why);
}

static gh_status drain(gh_instance* instance, const gh_call* call) {
  (void)instance;
  (void)call;
  return GH_OK;
}

static void destroy(gh_instance* instance) {
  ring_free(self_of(instance)->ring);
  free(self_of(instance));
}

/* ---- what the host reads before any of this has run ---- */

static const gh_setting settings[] = {{
    .key = "folder",
    .default_value = "example-kms-keys",
    .summary = "The folder the keys are kept in; only the server may read it.",
    .type = GH_SETTING_PATH,
}};

static const gh_kms_v1 table = {
    .struct_size = sizeof(gh_kms_v1),
    .ensure = ensure,
    .keys = keys,
    .mac = mac,
    .sign = sign,
    .rotate = rotate,
    .ping = ping,
};

static const gh_interface interfaces[] = {{.id = GH_KMS_V1, .table = &table}};

GH_EXPORT extern const gh_plugin gatehouse_plugin_v1;
const gh_plugin gatehouse_plugin_v1 = {
    .magic = GH_MAGIC,
    .struct_size = sizeof(gh_plugin),
    .abi_major = GH_ABI_MAJOR,
    .abi_minor = GH_ABI_MINOR,
    .needs_host_minor = 0,
    .id = "example-kms",
    .version = "0.1.0",
    .license = "Apache-2.0",
    .summary = "Keys in a folder that only the server reads.",
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
