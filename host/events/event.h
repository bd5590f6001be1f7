// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "providers/record.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::events {

enum class Type : std::uint8_t {
  UserCreated,
  UserLoggedIn,
  UserLoginFailed,
  UserLoggedOut,
  SessionCreated,
  SessionRevoked,
  TokenRefreshed,
  RefreshTokenReused,
  SuspiciousTokenUsage,
  RateLimitExceeded,
  UserUpdated,
  UserDeleted,
  UserPasswordChanged,
  EmailVerified,
  PasswordResetRequested,
  PasswordResetCompleted,
  StorageSwitched,
  UserAccountLocked,
  UserAccountUnlocked,
  SuspiciousActivityDetected,
  UserDataExported,
  CleanupStarted,
};

enum class Severity : std::uint8_t { Info, Notice, Warning, Critical };

// Name, severity and whether a kill of the process may lose the last 50 ms of it; docs/events.md.
struct TypeInfo {
  std::string_view name;
  Severity severity;
  bool batched;
};
const TypeInfo& info(Type type) noexcept;

// One fact in the append-only stream. Holds no secret; the payload is a flat JSON object of its type's members.
struct Event {
  Type type = Type::UserCreated;
  std::string id;  // UUIDv7; empty: EventLog gives it one
  Time time{};
  std::string tenant;
  std::string actor;    // user id, or empty: nobody known
  std::string subject;  // user id the fact is about, or empty
  std::string session;
  std::string ip;
  std::string user_agent;
  std::string correlation_id;  // the request's trace id
  std::string causation_id;    // the event that led to this one
  std::string payload;
};

// An event as it was stored, perhaps by a server that knows more types than this one.
struct PastEvent {
  std::string id;
  std::string type;
  std::string severity;
  Time time{};
  std::string actor;
  std::string subject;
  std::string session;
  std::string ip;
  std::string user_agent;
  std::string payload;
};

// The kind `event`: append only, partition = subject (or "-"), expiry by retention.
providers::KindDef event_kind();
// Position of the index (subject, time).
inline constexpr std::uint32_t events_by_subject = 2;

// Empty: a store delivered a record no event was ever stored as.
std::optional<PastEvent> decode(providers::RecordReader& record);

// Owns what the values of one put borrow.
class EncodedEvent {
 public:
  EncodedEvent(Event event, std::chrono::seconds retention);
  EncodedEvent(const EncodedEvent&) = delete;
  EncodedEvent& operator=(const EncodedEvent&) = delete;

  const Event& event() const noexcept { return event_; }
  providers::KeyView key() const noexcept;
  const std::vector<providers::Value>& values() const noexcept { return values_; }

 private:
  Event event_;
  std::vector<providers::Value> values_;
};

}  // namespace gatehouse::events
