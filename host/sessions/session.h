// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "providers/record.h"
#include "sessions/rotation.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::sessions {

// Why a session ended; the text form is stored and goes into events.
enum class RevokeReason : std::uint8_t {
  Logout,
  LogoutEverywhere,
  RevokedByUser,
  TokenReused,
  SessionLimit,
  PasswordChanged,
  Reauthenticated
};
std::string_view reason_text(RevokeReason reason) noexcept;

// One login on one device. Its record is the single point every refresh, logout and revocation writes, so its version
// decides every race between them.
struct Session {
  std::string tenant;
  std::string id;
  std::string user;
  std::int64_t version = 0;  // 0: not stored yet

  bool revoked = false;
  Time created_at{};
  Time last_used_at{};
  Time expires_at{};       // absolute
  Time idle_expires_at{};  // moves with each rotation
  bool remember = false;
  Time auth_time{};
  std::optional<Time> revoked_at;
  std::string revoked_reason;

  std::string device_name;
  std::string ip;
  std::string user_agent;
  std::int64_t user_epoch = 0;

  RotationState rotation;
  std::string salt;         // 16 bytes; part of every refresh token's MAC
  std::string current_jti;  // of the access token minted with the newest generation; for people who read the table
  std::string previous_jti;
};

struct SessionPolicy {
  std::chrono::seconds idle_ttl{std::chrono::hours{7 * 24}};
  std::chrono::seconds absolute_ttl{std::chrono::hours{30 * 24}};
  std::chrono::seconds remember_idle_ttl{std::chrono::hours{30 * 24}};
  std::chrono::seconds remember_absolute_ttl{std::chrono::hours{90 * 24}};
  std::uint32_t max_per_user = 0;  // 0: no limit; above it the oldest ends
  RotationPolicy rotation;
};

// What a session is worth at a moment: rule 0 of the decision table. Pure.
enum class Standing : std::uint8_t { Alive, Expired, Revoked, StaleEpoch };
Standing standing(const Session& session, std::int64_t user_epoch, Time now) noexcept;

// When the session ends if nobody uses it again.
Time ends_at(const Session& session) noexcept;
// Moves idle expiry after activity at `now`, never past the absolute one.
void touch(Session& session, const SessionPolicy& policy, Time now);
void revoke(Session& session, RevokeReason reason, Time now);

// The kind `session`, its fields in order.
providers::KindDef session_kind();
// Position of the index (user_id, created_at).
inline constexpr std::uint32_t sessions_by_user = 0;

// Values borrow from `session`.
std::vector<providers::Value> encode(const Session& session);
// Empty: a store delivered a record no session was ever stored as.
std::optional<Session> decode(providers::RecordReader& record);

}  // namespace gatehouse::sessions
