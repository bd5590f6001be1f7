// SPDX-License-Identifier: Apache-2.0
#include "accounts/user.h"

#include <algorithm>

namespace gatehouse::accounts {
namespace {

using providers::FieldDef;
using providers::IndexDef;
using providers::KindDef;
using providers::RecordReader;
using providers::Value;
using providers::ValueType;

std::optional<UserStatus> parse_status(std::string_view name) noexcept {
  for (const auto status : {UserStatus::Active, UserStatus::Disabled, UserStatus::Deleted}) {
    if (user_status_name(status) == name) return status;
  }
  return std::nullopt;
}

// False when the record's status is none we know: reading it as active would fail open.
bool decode_standing(RecordReader& record, Standing& standing) {
  const auto status = parse_status(record.text(user_field::status));
  if (!status) return false;
  standing.status = *status;
  standing.email_verified = record.boolean(user_field::email_verified);
  standing.locked_until = record.optional_time(user_field::locked_until);
  standing.session_epoch = record.integer(user_field::session_epoch);
  return true;
}

}  // namespace

std::string_view user_status_name(UserStatus status) noexcept {
  switch (status) {
    case UserStatus::Active: return "active";
    case UserStatus::Disabled: return "disabled";
    case UserStatus::Deleted: break;
  }
  return "deleted";
}

KindDef user_kind() {
  constexpr auto required = [](const char* name, ValueType type) { return FieldDef{name, type}; };
  constexpr auto optional = [](const char* name, ValueType type) { return FieldDef{name, type, true}; };
  constexpr auto personal = [](const char* name) { return FieldDef{name, ValueType::Text, true, true}; };
  KindDef kind{.name = "user",
               .fields = {personal("email"),
                          personal("email_normalized"),
                          personal("email_unique"),
                          personal("password_hash"),
                          personal("first_name"),
                          personal("last_name"),
                          personal("name"),
                          personal("phone"),
                          required("email_verified", ValueType::Bool),
                          required("status", ValueType::Text),
                          optional("user_type", ValueType::Text),
                          optional("role", ValueType::Text),
                          required("failed_login_attempts", ValueType::Int),
                          optional("locked_until", ValueType::Time),
                          required("login_count", ValueType::Int),
                          optional("last_login_at", ValueType::Time),
                          personal("last_login_ip"),
                          optional("last_active_at", ValueType::Time),
                          required("session_epoch", ValueType::Int),
                          required("created_at", ValueType::Time),
                          required("updated_at", ValueType::Time),
                          optional("password_changed_at", ValueType::Time)},
               .indexes = {IndexDef{"email_unique", {user_field::email_unique}, true},
                           IndexDef{"created_at", {user_field::created_at}}},
               .expiry_field = std::nullopt};
  return kind;
}

UserValues encode_user(const User& user) {
  const bool deleted = user.status == UserStatus::Deleted;
  UserValues values;
  values[user_field::email] = Value::text_or_null(user.email);
  values[user_field::email_normalized] = Value::text_or_null(user.email_normalized);
  values[user_field::email_unique] = deleted ? Value::null() : Value::text_or_null(user.email_normalized);
  values[user_field::password_hash] = Value::text_or_null(user.password_hash);
  values[user_field::first_name] = Value::text_or_null(user.first_name);
  values[user_field::last_name] = Value::text_or_null(user.last_name);
  values[user_field::name] = Value::text_or_null(user.name);
  values[user_field::phone] = Value::text_or_null(user.phone);
  values[user_field::email_verified] = Value::boolean(user.email_verified);
  values[user_field::status] = Value::text(user_status_name(user.status));
  values[user_field::user_type] = Value::text_or_null(user.user_type);
  values[user_field::role] = Value::text_or_null(user.role);
  values[user_field::failed_login_attempts] = Value::integer(user.failed_login_attempts);
  values[user_field::locked_until] = Value::time(user.locked_until);
  values[user_field::login_count] = Value::integer(user.login_count);
  values[user_field::last_login_at] = Value::time(user.last_login_at);
  values[user_field::last_login_ip] = Value::text_or_null(user.last_login_ip);
  values[user_field::last_active_at] = Value::time(user.last_active_at);
  values[user_field::session_epoch] = Value::integer(user.session_epoch);
  values[user_field::created_at] = Value::time(user.created_at);
  values[user_field::updated_at] = Value::time(user.updated_at);
  values[user_field::password_changed_at] = Value::time(user.password_changed_at);
  return values;
}

providers::Write put_user(providers::KindId kind, const User& user, const UserValues& values) {
  return {.op = providers::Write::Op::Put,
          .kind = kind,
          .key = {user.tenant, user.id, user.id},
          .expected_version = user.version,
          .values = values};
}

std::optional<User> decode_user(RecordReader& record) {
  const auto key = record.key();
  User user;
  if (key.partition != key.id || !decode_standing(record, user)) return std::nullopt;
  user.id = key.id;
  user.tenant = key.tenant;
  user.email = record.text(user_field::email);
  user.email_normalized = record.text(user_field::email_normalized);
  user.password_hash = record.text(user_field::password_hash);
  user.first_name = record.text(user_field::first_name);
  user.last_name = record.text(user_field::last_name);
  user.name = record.text(user_field::name);
  user.phone = record.text(user_field::phone);
  user.user_type = record.text(user_field::user_type);
  user.role = record.text(user_field::role);
  user.failed_login_attempts = record.integer(user_field::failed_login_attempts);
  user.login_count = record.integer(user_field::login_count);
  user.last_login_at = record.optional_time(user_field::last_login_at);
  user.last_login_ip = record.text(user_field::last_login_ip);
  user.last_active_at = record.optional_time(user_field::last_active_at);
  user.created_at = record.time(user_field::created_at);
  user.updated_at = record.time(user_field::updated_at);
  user.password_changed_at = record.optional_time(user_field::password_changed_at);
  user.version = record.version();
  if (!record.well_formed()) return std::nullopt;
  return user;
}

Time password_since(const User& user) noexcept { return user.password_changed_at.value_or(Time{}); }

Time next_password_since(const User& user, Time now) noexcept {
  return std::max(now, password_since(user) + std::chrono::microseconds(1));
}

std::optional<UserGate> decode_user_gate(RecordReader& record) {
  const auto key = record.key();
  UserGate gate;
  if (key.partition != key.id || !decode_standing(record, gate)) return std::nullopt;
  gate.email = record.text(user_field::email);
  gate.first_name = record.text(user_field::first_name);
  gate.last_name = record.text(user_field::last_name);
  gate.name = record.text(user_field::name);
  gate.user_type = record.text(user_field::user_type);
  gate.role = record.text(user_field::role);
  if (!record.well_formed()) return std::nullopt;
  return gate;
}

}  // namespace gatehouse::accounts
