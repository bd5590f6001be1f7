// SPDX-License-Identifier: Apache-2.0
// A plugin of a former release: compiled once from the headers recorded beside it and kept as a binary, so that every
// later host loads what was built before it. It uses all of what its headers offer, and answers with known values.
#include <gatehouse/kms.h>
#include <gatehouse/mail_transport.h>
#include <gatehouse/plugin.h>
#include <gatehouse/rate_limiter.h>
#include <gatehouse/store.h>

#include <string.h>

struct gh_instance {
  const gh_host* host;
  int64_t answer;
  uint32_t flags;
};

static gh_slice text(const char* words) {
  const gh_slice slice = {(const uint8_t*)words, strlen(words)};
  return slice;
}
static int is(gh_slice slice, const char* words) {
  return slice.size == strlen(words) && memcmp(slice.data, words, slice.size) == 0;
}
static gh_status refuse(const gh_call* call, gh_status status, const char* why) {
  if (GH_HAS(gh_call, call, explain) && call->explain) call->explain(call->explain_context, text(why));
  return status;
}

// One instance at a time is enough for what this is for, and needs no allocator.
static gh_instance only;

static gh_status create(const gh_create_args* args, const gh_call* call, gh_instance** out) {
  const unsigned char* entry = (const unsigned char*)args->config;
  only.host = args->host;
  only.answer = 0;
  for (uint64_t i = 0; i < args->config_count; ++i, entry += args->config_stride) {
    const gh_config_entry* setting = (const gh_config_entry*)entry;
    if (is(setting->key, "answer") && setting->value.type == GH_INT) only.answer = setting->value.i;
  }
  if (only.answer < 0) return refuse(call, GH_INVALID, "answer: is below 0");
  if (!(args->flags & GH_CREATE_VALIDATE_ONLY)) *out = &only;
  return GH_OK;
}
static gh_status start(gh_instance* self, const gh_call* call) {
  uint8_t bytes[8];
  (void)call;
  self->host->log(self->host->context, GH_LOG_INFO, text("golden plugin starts"));
  self->host->count(self->host->context, text("golden_starts"), 1);
  if (self->host->monotonic_ns(self->host->context) == 0) return refuse(call, GH_INTERNAL, "no clock");
  if (self->host->wall_us(self->host->context) == 0) return refuse(call, GH_INTERNAL, "no wall clock");
  return self->host->random_bytes(self->host->context, bytes, sizeof(bytes));
}
static gh_status drain(gh_instance* self, const gh_call* call) {
  (void)self;
  (void)call;
  return GH_OK;
}
static void destroy(gh_instance* self) { self->host = NULL; }
static gh_status ping(gh_instance* self, const gh_call* call) {
  (void)self;
  (void)call;
  return GH_OK;
}

static gh_status open_store(gh_instance* self, const gh_call* call, const gh_schema* schema) {
  (void)self;
  if (schema->assigned_count == 0) return refuse(call, GH_INVALID, "no kind");
  const gh_kind* kind =
      (const gh_kind*)((const unsigned char*)schema->kinds + (uint64_t)schema->assigned[0] * schema->kind_stride);
  if (kind->field_count != 2 || strcmp(kind->fields[0].name, "word") != 0) {
    return refuse(call, GH_UNSUPPORTED, "only the kind with a word and a number");
  }
  return GH_OK;
}
static gh_status deliver(gh_instance* self, const gh_key* key, const gh_record_sink* sink) {
  const gh_value values[] = {{GH_TEXT, 0, 0, text("golden")}, {GH_INT, 0, self->answer, {NULL, 0}}};
  const gh_record record = {sizeof(gh_record), 2, 7, *key, values};
  sink->put(sink->context, &record);
  return GH_OK;
}
static gh_status get(gh_instance* self, const gh_call* call, uint32_t kind, const gh_key* key,
                     const gh_record_sink* sink) {
  (void)call;
  (void)kind;
  return is(key->id, "there") ? deliver(self, key, sink) : GH_NOT_FOUND;
}
static gh_status find(gh_instance* self, const gh_call* call, const gh_query* query, const gh_record_sink* sink,
                      gh_find_out* out) {
  const gh_key key = {query->tenant, text("p"), text("there")};
  (void)call;
  out->count = 1;
  if (query->flags & GH_QUERY_COUNT_ONLY) return GH_OK;
  deliver(self, &key, sink);
  if (query->limit == 1 && out->cursor.put) out->cursor.put(out->cursor.context, text("next"));
  return GH_OK;
}
static gh_status commit(gh_instance* self, const gh_call* call, const gh_write* writes, uint64_t count, uint64_t stride,
                        gh_commit_out* out) {
  (void)self;
  (void)call;
  for (uint64_t i = 0; i < count; ++i) {
    const gh_write* write = (const gh_write*)((const unsigned char*)writes + i * stride);
    if (write->expected_version == 7) continue;
    out->failed_write = (uint32_t)i;
    out->conflict = GH_CONFLICT_VERSION;
    return GH_CONFLICT;
  }
  return GH_OK;
}
static gh_status purge(gh_instance* self, const gh_call* call, uint32_t kind, int64_t before_us, uint32_t limit,
                       uint64_t* deleted) {
  (void)self;
  (void)call;
  (void)kind;
  (void)before_us;
  *deleted = limit - 1;
  return GH_OK;
}
static const gh_store_v1 store = {sizeof(gh_store_v1), 0, open_store, get, find, commit, purge, ping};

static gh_status ensure(gh_instance* self, const gh_call* call, gh_slice purpose, uint32_t algorithm) {
  (void)self;
  (void)call;
  return is(purpose, "access") && algorithm == GH_ALG_EDDSA ? GH_OK : GH_NOT_FOUND;
}
static gh_status keys(gh_instance* self, const gh_call* call, gh_slice purpose, const gh_key_sink* sink) {
  const gh_key_info key = {sizeof(gh_key_info), 3, GH_ALG_HMAC_SHA256, GH_KEY_CURRENT, 1000, {NULL, 0}};
  (void)self;
  (void)call;
  (void)purpose;
  sink->put(sink->context, &key);
  return GH_OK;
}
static gh_status mac(gh_instance* self, const gh_call* call, gh_slice purpose, uint32_t version, gh_slice message,
                     uint8_t out[32], uint32_t* used) {
  (void)self;
  (void)call;
  (void)purpose;
  (void)version;
  memset(out, (int)message.size, 32);
  *used = 3;
  return GH_OK;
}
static gh_status sign(gh_instance* self, const gh_call* call, gh_slice purpose, uint32_t version, gh_slice message,
                      const gh_bytes_sink* signature, uint32_t* used) {
  uint8_t bytes[64];
  const gh_slice all = {bytes, sizeof(bytes)};
  (void)self;
  (void)call;
  (void)purpose;
  (void)version;
  memset(bytes, (int)message.size, sizeof(bytes));
  signature->put(signature->context, all);
  *used = 3;
  return GH_OK;
}
static gh_status rotate(gh_instance* self, const gh_call* call, gh_slice purpose, uint32_t* version) {
  (void)self;
  (void)version;
  return refuse(call, GH_UNSUPPORTED, is(purpose, "access") ? "rotates elsewhere" : "no such purpose");
}
static const gh_kms_v1 kms = {sizeof(gh_kms_v1), 0, ensure, keys, mac, sign, rotate, ping};

static gh_status take(gh_instance* self, const gh_call* call, const gh_take* asked, gh_take_out* out) {
  (void)self;
  (void)call;
  out->allowed = is(asked->key, "welcome");
  out->remaining = out->allowed ? asked->limit - 1 : 0;
  out->retry_after_us = out->allowed ? 0 : asked->window_us;
  return GH_OK;
}
static gh_status reset(gh_instance* self, const gh_call* call, gh_slice key) {
  (void)key;
  return ping(self, call);
}
static const gh_rate_limiter_v1 rate_limiter = {sizeof(gh_rate_limiter_v1), 0, take, reset, ping};

static gh_status send(gh_instance* self, const gh_call* call, const gh_mail* mail) {
  (void)self;
  return is(mail->subject, "hello") ? GH_OK : refuse(call, GH_INVALID, "only says hello");
}
static const gh_mail_transport_v1 mail_transport = {sizeof(gh_mail_transport_v1), 0, send, ping};

static const gh_setting settings[] = {{"answer", "42", NULL, "What records hold.", GH_SETTING_INT, 0}};
static const gh_interface interfaces[] = {{GH_STORE_V1, &store},
                                          {GH_KMS_V1, &kms},
                                          {GH_RATE_LIMITER_V1, &rate_limiter},
                                          {GH_MAIL_TRANSPORT_V1, &mail_transport}};

GH_EXPORT const gh_plugin gatehouse_plugin_v1 = {.magic = GH_MAGIC,
                                                 .struct_size = sizeof(gh_plugin),
                                                 .abi_major = GH_ABI_MAJOR,
                                                 .abi_minor = GH_ABI_MINOR,
                                                 .needs_host_minor = 0,
                                                 .id = GOLDEN_ID,
                                                 .version = "1.0.0",
                                                 .license = "Apache-2.0",
                                                 .summary = "Was built when its ABI was new.",
                                                 .settings = settings,
                                                 .setting_count = 1,
                                                 .setting_stride = sizeof(gh_setting),
                                                 .interfaces = interfaces,
                                                 .interface_count = 4,
                                                 .interface_stride = sizeof(gh_interface),
                                                 .create = create,
                                                 .start = start,
                                                 .drain = drain,
                                                 .destroy = destroy};
