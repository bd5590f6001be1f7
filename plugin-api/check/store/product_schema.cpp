// SPDX-License-Identifier: Apache-2.0
#include "store/product_schema.h"

namespace gatehouse::check::store {
namespace {

FieldDef required(const char* name, std::uint32_t type) { return {name, type}; }
FieldDef optional(const char* name, std::uint32_t type) { return {name, type, true}; }
FieldDef personal(const char* name, std::uint32_t type = GH_TEXT) { return {name, type, true, true}; }

KindDef user() {
  return {.name = "user",
          .fields = {personal("email"),
                     personal("email_normalized"),
                     personal("email_unique"),
                     personal("password_hash"),
                     personal("first_name"),
                     personal("last_name"),
                     personal("name"),
                     personal("phone"),
                     required("email_verified", GH_BOOL),
                     required("status", GH_TEXT),
                     optional("user_type", GH_TEXT),
                     optional("role", GH_TEXT),
                     required("failed_login_attempts", GH_INT),
                     optional("locked_until", GH_TIME),
                     required("login_count", GH_INT),
                     optional("last_login_at", GH_TIME),
                     personal("last_login_ip"),
                     optional("last_active_at", GH_TIME),
                     required("session_epoch", GH_INT),
                     required("created_at", GH_TIME),
                     required("updated_at", GH_TIME),
                     optional("password_changed_at", GH_TIME)},
          .indexes = {{"email_unique", {2}, true}, {"created_at", {19}}},
          .expiry = std::nullopt};
}

KindDef session() {
  return {.name = "session",
          .fields = {required("user_id", GH_TEXT),
                     required("status", GH_TEXT),
                     required("created_at", GH_TIME),
                     required("last_used_at", GH_TIME),
                     required("expires_at", GH_TIME),
                     required("idle_expires_at", GH_TIME),
                     required("purge_at", GH_TIME),
                     required("remember", GH_BOOL),
                     required("auth_time", GH_TIME),
                     optional("revoked_at", GH_TIME),
                     optional("revoked_reason", GH_TEXT),
                     personal("device_name"),
                     personal("ip"),
                     personal("user_agent"),
                     required("user_epoch", GH_INT),
                     required("generation", GH_INT),
                     required("window_base", GH_INT),
                     required("window_start", GH_TIME),
                     required("rotated_at", GH_TIME),
                     personal("attempt", GH_BYTES),
                     required("replays", GH_INT),
                     required("confirmed", GH_BOOL),
                     required("late_tokens", GH_INT),
                     required("late_at", GH_TIME),
                     personal("binding", GH_BYTES),
                     {"salt", GH_BYTES, false, true},
                     required("current_jti", GH_TEXT),
                     optional("previous_jti", GH_TEXT)},
          .indexes = {{"by_user", {0, 2}}},
          .expiry = 6};
}

KindDef event() {
  return {.name = "event",
          .fields = {required("type", GH_TEXT), required("version", GH_INT), required("severity", GH_TEXT),
                     required("time", GH_TIME), optional("actor", GH_TEXT), optional("subject", GH_TEXT),
                     optional("session", GH_TEXT), personal("ip"), personal("user_agent"),
                     optional("correlation_id", GH_TEXT), optional("causation_id", GH_TEXT),
                     required("payload", GH_TEXT), required("expires_at", GH_TIME)},
          .indexes = {{"by_time", {3}}, {"by_type", {0, 3}}, {"by_subject", {5, 3}}, {"by_correlation", {9, 3}}},
          .expiry = 12,
          .append_only = true};
}

KindDef ticket() {
  return {.name = "ticket",
          .fields = {{"email", GH_TEXT, false, true},
                     personal("new_email"),
                     {"salt", GH_BYTES, false, true},
                     required("key_version", GH_INT),
                     required("created_at", GH_TIME),
                     required("expires_at", GH_TIME),
                     optional("password_changed_at", GH_TIME),
                     optional("session_epoch", GH_INT),
                     optional("session", GH_TEXT)},
          .indexes = {},
          .expiry = 5};
}

KindDef mail_job() {
  return {.name = "mail_job",
          .fields = {required("template", GH_TEXT),
                     {"to_address", GH_TEXT, false, true},
                     required("message_id", GH_TEXT),
                     personal("salt", GH_BYTES),
                     required("key_version", GH_INT),
                     personal("ip"),
                     personal("about"),
                     required("created_at", GH_TIME),
                     optional("due_at", GH_TIME),
                     optional("dead_at", GH_TIME),
                     required("useful_until", GH_TIME),
                     required("expires_at", GH_TIME),
                     required("attempts", GH_INT),
                     optional("last_error", GH_TEXT)},
          .indexes = {{"due", {8}}, {"dead", {9}}},
          .expiry = 11};
}

KindDef lockout() {
  return {
      .name = "lockout",
      .fields = {required("failed_at", GH_BYTES), optional("locked_until", GH_TIME), optional("known_until", GH_TIME),
                 optional("cleared_at", GH_TIME), required("expires_at", GH_TIME)},
      .indexes = {},
      .expiry = 4};
}

}  // namespace

const Kinds& product_kinds() {
  static const Kinds all = {user(), session(), event(), ticket(), mail_job(), lockout()};
  return all;
}

}  // namespace gatehouse::check::store
