// SPDX-License-Identifier: Apache-2.0
#include "sessions/session.h"

#include <algorithm>

namespace gatehouse::sessions {
namespace {

using providers::Value;
using providers::ValueType;

// Positions in the stored record. Append only: a released position never changes its meaning.
enum Field : std::uint32_t {
  UserId,
  Status,
  CreatedAt,
  LastUsedAt,
  ExpiresAt,
  IdleExpiresAt,
  PurgeAt,
  Remember,
  AuthTime,
  RevokedAt,
  RevokedReason,
  DeviceName,
  Ip,
  UserAgent,
  UserEpoch,
  Generation,
  WindowBase,
  WindowStart,
  RotatedAt,
  Attempt,
  Replays,
  Confirmed,
  LateTokens,
  LateAt,
  Binding,
  Salt,
  CurrentJti,
  PreviousJti,
};

constexpr std::string_view active = "active";
constexpr std::string_view ended = "revoked";

// A session outlives its end by a day, so that its owner's late client is told TOKEN_EXPIRED or SESSION_REVOKED
// and not that its token never existed.
constexpr std::chrono::hours kept_after_end{24};

Time purge_at(const Session& session) {
  const auto end = ends_at(session);
  const auto early = session.revoked && session.revoked_at ? std::min(end, *session.revoked_at) : end;
  return early + kept_after_end;
}

}  // namespace

std::string_view reason_text(RevokeReason reason) noexcept {
  switch (reason) {
    case RevokeReason::Logout: return "logout";
    case RevokeReason::LogoutEverywhere: return "logout_everywhere";
    case RevokeReason::RevokedByUser: return "revoked_by_user";
    case RevokeReason::TokenReused: return "token_reused";
    case RevokeReason::SessionLimit: return "session_limit";
    case RevokeReason::PasswordChanged: return "password_changed";
    case RevokeReason::Reauthenticated: return "reauthenticated";
  }
  return "unknown";
}

Time ends_at(const Session& session) noexcept { return std::min(session.expires_at, session.idle_expires_at); }

Standing standing(const Session& session, std::int64_t user_epoch, Time now) noexcept {
  if (session.revoked) return Standing::Revoked;
  if (session.user_epoch != user_epoch) return Standing::StaleEpoch;
  return now < ends_at(session) ? Standing::Alive : Standing::Expired;
}

void touch(Session& session, const SessionPolicy& policy, Time now) {
  session.last_used_at = now;
  const auto idle = session.remember ? policy.remember_idle_ttl : policy.idle_ttl;
  session.idle_expires_at = std::min(session.expires_at, now + idle);
}

void revoke(Session& session, RevokeReason reason, Time now) {
  session.revoked = true;
  session.revoked_at = now;
  session.revoked_reason = reason_text(reason);
}

providers::KindDef session_kind() {
  using enum ValueType;
  providers::KindDef kind{
      .name = "session",
      .fields = {{"user_id", Text},
                 {"status", Text},
                 {"created_at", ValueType::Time},
                 {"last_used_at", ValueType::Time},
                 {"expires_at", ValueType::Time},
                 {"idle_expires_at", ValueType::Time},
                 {"purge_at", ValueType::Time},
                 {"remember", Bool},
                 {"auth_time", ValueType::Time},
                 {"revoked_at", ValueType::Time, true},
                 {"revoked_reason", Text, true},
                 {"device_name", Text, true, true},
                 {"ip", Text, true, true},
                 {"user_agent", Text, true, true},
                 {"user_epoch", Int},
                 {"generation", Int},
                 {"window_base", Int},
                 {"window_start", ValueType::Time},
                 {"rotated_at", ValueType::Time},
                 {"attempt", Bytes, true, true},
                 {"replays", Int},
                 {"confirmed", Bool},
                 {"late_tokens", Int},
                 {"late_at", ValueType::Time},
                 {"binding", Bytes, true, true},
                 {"salt", Bytes, false, true},
                 {"current_jti", Text},
                 {"previous_jti", Text, true}},
      .indexes = {{"by_user", {UserId, CreatedAt}, false}},
      .expiry_field = PurgeAt,
      .append_only = false,
  };
  return kind;
}

std::vector<Value> encode(const Session& session) {
  const auto& rotation = session.rotation;
  return {
      Value::text(session.user),
      Value::text(session.revoked ? ended : active),
      Value::time(session.created_at),
      Value::time(session.last_used_at),
      Value::time(session.expires_at),
      Value::time(session.idle_expires_at),
      Value::time(purge_at(session)),
      Value::boolean(session.remember),
      Value::time(session.auth_time),
      Value::time(session.revoked_at),
      Value::text_or_null(session.revoked_reason),
      Value::text_or_null(session.device_name),
      Value::text_or_null(session.ip),
      Value::text_or_null(session.user_agent),
      Value::integer(session.user_epoch),
      Value::integer(static_cast<std::int64_t>(rotation.generation)),
      Value::integer(static_cast<std::int64_t>(rotation.window_base)),
      Value::time(rotation.window_start),
      Value::time(rotation.rotated_at),
      rotation.attempt.empty() ? Value::null() : Value::bytes(rotation.attempt),
      Value::integer(rotation.replays),
      Value::boolean(rotation.confirmed),
      Value::integer(rotation.late_tokens),
      Value::time(rotation.late_at),
      rotation.binding.empty() ? Value::null() : Value::bytes(rotation.binding),
      Value::bytes(session.salt),
      Value::text(session.current_jti),
      Value::text_or_null(session.previous_jti),
  };
}

std::optional<Session> decode(providers::RecordReader& record) {
  Session session;
  session.tenant = record.key().tenant;
  session.id = record.key().id;
  session.version = record.version();
  session.user = record.text(UserId);
  const auto status = record.text(Status);
  session.revoked = status != active;
  session.created_at = record.time(CreatedAt);
  session.last_used_at = record.time(LastUsedAt);
  session.expires_at = record.time(ExpiresAt);
  session.idle_expires_at = record.time(IdleExpiresAt);
  session.remember = record.boolean(Remember);
  session.auth_time = record.time(AuthTime);
  session.revoked_at = record.optional_time(RevokedAt);
  session.revoked_reason = record.text(RevokedReason);
  session.device_name = record.text(DeviceName);
  session.ip = record.text(Ip);
  session.user_agent = record.text(UserAgent);
  session.user_epoch = record.integer(UserEpoch);
  auto& rotation = session.rotation;
  const auto generation = record.integer(Generation);
  const auto window_base = record.integer(WindowBase);
  const auto replays = record.integer(Replays);
  rotation.generation = static_cast<std::uint64_t>(generation);
  rotation.window_base = static_cast<std::uint64_t>(window_base);
  rotation.window_start = record.time(WindowStart);
  rotation.rotated_at = record.time(RotatedAt);
  rotation.attempt = record.bytes(Attempt);
  rotation.replays = static_cast<std::uint32_t>(replays);
  rotation.confirmed = record.boolean(Confirmed);
  rotation.late_tokens = record.integer(LateTokens);
  rotation.late_at = record.time(LateAt);
  rotation.binding = record.bytes(Binding);
  session.salt = record.bytes(Salt);
  session.current_jti = record.text(CurrentJti);
  session.previous_jti = record.text(PreviousJti);
  const bool plausible = (status == active || status == ended) && generation >= 0 && window_base >= 0 && replays >= 0 &&
                         session.user == record.key().partition && session.salt.size() == 16;
  if (!record.well_formed() || !plausible) return std::nullopt;
  return session;
}

}  // namespace gatehouse::sessions
