/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin: what it is called, what the operator may set, and how the calls of the interface reach sliding_window.
 * The contract of each call stands in <gatehouse/rate_limiter.h>, that of the plugin itself in <gatehouse/plugin.h>. */
#include "sliding_window.h"

#include <gatehouse/plugin.h>
#include <gatehouse/rate_limiter.h>

#include <stdlib.h>
#include <string.h>

/* What gh_instance is, only this file knows. Instances are independent of each other: there are no globals. */
struct limiter {
  const gh_host* host;
  struct sliding_window* window;
};

static struct limiter* self_of(gh_instance* instance) { return (struct limiter*)instance; }

static gh_slice text(const char* words) { return (gh_slice){(const uint8_t*)words, strlen(words)}; }

/* Say why in one sentence for the operator's log, then return the status. */
static gh_status because(const gh_call* call, gh_status status, const char* sentence) {
  if (call->explain != NULL) call->explain(call->explain_context, text(sentence));
  return status;
}

/* Whoever asked has given up: nothing may be counted. */
static int is_late(const struct limiter* self, const gh_call* call) {
  return self->host->monotonic_ns(self->host->context) > call->deadline_ns;
}

static gh_status too_late(const gh_call* call) {
  return because(call, GH_TIMEOUT, "the deadline had passed before the call came");
}

/* ---- the interface ---- */

static gh_status take(gh_instance* instance, const gh_call* call, const gh_take* take, gh_take_out* out) {
  struct limiter* self = self_of(instance);
  if (is_late(self, call)) return too_late(call);
  if (take->key.size < 1 || take->key.size > 256) return because(call, GH_INVALID, "a key is not 1 to 256 bytes long");
  if (take->limit < 1 || take->window_us < 1)
    return because(call, GH_INVALID, "the limit and the window are 1 or more");
  struct verdict verdict;
  if (!window_take(self->window, take->key.data, take->key.size, take->limit, take->window_us, call->now_us,
                   &verdict)) {
    /* The host adds the plugin's name and shows the counter as gatehouse_plugin_keys_full_total. */
    self->host->count(self->host->context, text("keys_full"), 1);
    return because(call, GH_UNAVAILABLE, "there is no place for another key; raise max_keys");
  }
  out->allowed = verdict.allowed ? 1 : 0;
  out->remaining = verdict.remaining;
  out->retry_after_us = verdict.retry_after_us;
  return GH_OK;
}

static gh_status reset(gh_instance* instance, const gh_call* call, gh_slice key) {
  if (is_late(self_of(instance), call)) return too_late(call);
  if (key.size < 1 || key.size > 256) return because(call, GH_INVALID, "a key is not 1 to 256 bytes long");
  window_forget(self_of(instance)->window, key.data, key.size);
  return GH_OK;
}

/* Memory always answers. A limiter on a server of its own asks that server here. */
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
  const gh_value* max_keys = setting(args, "max_keys");
  if (max_keys == NULL || max_keys->type != GH_INT || max_keys->i < 1) {
    return because(call, GH_INVALID, "max_keys: is less than 1");
  }
  if ((args->flags & GH_CREATE_VALIDATE_ONLY) != 0) return GH_OK;
  struct limiter* made = calloc(1, sizeof(*made));
  if (made != NULL) made->window = window_new((size_t)max_keys->i);
  if (made == NULL || made->window == NULL) {
    free(made);
    return because(call, GH_UNAVAILABLE, "out of memory");
  }
  made->host = args->host;
  *out = (gh_instance*)made;
  return GH_OK;
}

static gh_status start(gh_instance* instance, const gh_call* call) {
  (void)instance;
  (void)call;
  return GH_OK;
}

static gh_status drain(gh_instance* instance, const gh_call* call) {
  (void)instance;
  (void)call;
  return GH_OK;
}

static void destroy(gh_instance* instance) {
  window_free(self_of(instance)->window);
  free(self_of(instance));
}

/* ---- what the host reads before any of this has run ---- */

static const gh_setting settings[] = {{
    .key = "max_keys",
    .default_value = "1000000",
    .summary = "How many keys may be remembered at a time.",
    .type = GH_SETTING_INT,
}};

static const gh_rate_limiter_v1 table = {
    .struct_size = sizeof(gh_rate_limiter_v1),
    .take = take,
    .reset = reset,
    .ping = ping,
};

static const gh_interface interfaces[] = {{.id = GH_RATE_LIMITER_V1, .table = &table}};

GH_EXPORT extern const gh_plugin gatehouse_plugin_v1;
const gh_plugin gatehouse_plugin_v1 = {
    .magic = GH_MAGIC,
    .struct_size = sizeof(gh_plugin),
    .abi_major = GH_ABI_MAJOR,
    .abi_minor = GH_ABI_MINOR,
    .needs_host_minor = 0,
    .id = "example-limiter",
    .version = "0.1.0",
    .license = "Apache-2.0",
    .summary = "Counts events in this process's memory, in a sliding window.",
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
