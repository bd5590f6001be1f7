// SPDX-License-Identifier: Apache-2.0
#include "events/event.h"

#include <array>

namespace gatehouse::events {
namespace {

using providers::Value;
using providers::ValueType;

// Positions in the stored record. Append only.
enum Field : std::uint32_t {
  TypeName,
  Version,
  SeverityName,
  At,
  Actor,
  Subject,
  Session,
  Ip,
  UserAgent,
  Correlation,
  Causation,
  Payload,
  ExpiresAt
};

constexpr std::int64_t payload_version = 1;
// The partition of facts that are about nobody.
constexpr std::string_view nobody = "-";

std::string_view severity_name(Severity severity) noexcept {
  switch (severity) {
    case Severity::Info: return "info";
    case Severity::Notice: return "notice";
    case Severity::Warning: return "warning";
    case Severity::Critical: return "critical";
  }
  return "info";
}

}  // namespace

const TypeInfo& info(Type type) noexcept {
  static constexpr std::array<TypeInfo, 22> table{{
      {"user_created", Severity::Notice, false},
      {"user_logged_in", Severity::Info, false},
      {"user_login_failed", Severity::Warning, false},
      {"user_logged_out", Severity::Info, false},
      {"session_created", Severity::Info, false},
      {"session_revoked", Severity::Notice, false},
      {"token_refreshed", Severity::Info, true},
      {"refresh_token_reused", Severity::Critical, false},
      {"suspicious_token_usage", Severity::Warning, false},
      {"rate_limit_exceeded", Severity::Warning, true},
      {"user_updated", Severity::Info, false},
      {"user_deleted", Severity::Notice, false},
      {"user_password_changed", Severity::Notice, false},
      {"email_verified", Severity::Info, false},
      {"password_reset_requested", Severity::Notice, false},
      {"password_reset_completed", Severity::Notice, false},
      {"storage_switched", Severity::Warning, false},
      {"user_account_locked", Severity::Warning, false},
      {"user_account_unlocked", Severity::Notice, false},
      {"suspicious_activity_detected", Severity::Warning, false},
      {"user_data_exported", Severity::Notice, false},
      {"cleanup_started", Severity::Info, false},
  }};
  static_assert(static_cast<std::size_t>(Type::CleanupStarted) + 1 == table.size());
  return table[static_cast<std::size_t>(type)];
}

providers::KindDef event_kind() {
  using enum ValueType;
  return {
      .name = "event",
      .fields = {{"type", Text},
                 {"version", Int},
                 {"severity", Text},
                 {"time", ValueType::Time},
                 {"actor", Text, true},
                 {"subject", Text, true},
                 {"session", Text, true},
                 {"ip", Text, true, true},
                 {"user_agent", Text, true, true},
                 {"correlation_id", Text, true},
                 {"causation_id", Text, true},
                 {"payload", Text},
                 {"expires_at", ValueType::Time}},
      .indexes = {{"by_time", {At}, false},
                  {"by_type", {TypeName, At}, false},
                  {"by_subject", {Subject, At}, false},
                  {"by_correlation", {Correlation, At}, false}},
      .expiry_field = ExpiresAt,
      .append_only = true,
  };
}

std::optional<PastEvent> decode(providers::RecordReader& record) {
  PastEvent event;
  event.id = record.key().id;
  event.type = record.text(TypeName);
  event.severity = record.text(SeverityName);
  event.time = record.time(At);
  event.actor = record.text(Actor);
  event.subject = record.text(Subject);
  event.session = record.text(Session);
  event.ip = record.text(Ip);
  event.user_agent = record.text(UserAgent);
  event.payload = record.text(Payload);
  const auto partition = event.subject.empty() ? nobody : std::string_view(event.subject);
  if (!record.well_formed() || event.type.empty() || record.key().partition != partition) return std::nullopt;
  return event;
}

EncodedEvent::EncodedEvent(Event event, std::chrono::seconds retention) : event_(std::move(event)) {
  const auto& type = info(event_.type);
  values_ = {
      Value::text(type.name),
      Value::integer(payload_version),
      Value::text(severity_name(type.severity)),
      Value::time(event_.time),
      Value::text_or_null(event_.actor),
      Value::text_or_null(event_.subject),
      Value::text_or_null(event_.session),
      Value::text_or_null(event_.ip),
      Value::text_or_null(event_.user_agent),
      Value::text_or_null(event_.correlation_id),
      Value::text_or_null(event_.causation_id),
      Value::text(event_.payload.empty() ? std::string_view("{}") : std::string_view(event_.payload)),
      Value::time(event_.time + retention),
  };
}

providers::KeyView EncodedEvent::key() const noexcept {
  // Facts about one user lie in that user's partition, so that they can be committed with what they tell of.
  return {event_.tenant, event_.subject.empty() ? nobody : std::string_view(event_.subject), event_.id};
}

}  // namespace gatehouse::events
