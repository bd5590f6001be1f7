// SPDX-License-Identifier: Apache-2.0
#include "mail/ticket.h"

#include <limits>

namespace gatehouse::mail {
namespace {

using providers::Value;
using providers::ValueType;

// Positions in the stored record. Append only.
enum Field : std::uint32_t {
  Email,
  NewEmail,
  Salt,
  KeyVersion,
  CreatedAt,
  ExpiresAt,
  PasswordChangedAt,
  SessionEpoch,
  Session
};

std::string time_of(const Ticket& ticket) { return std::to_string(ticket.created_at.time_since_epoch().count()) + ':'; }

std::optional<Purpose> parse_purpose(std::string_view name) noexcept {
  for (const auto purpose : {Purpose::VerifyEmail, Purpose::ResetPassword, Purpose::ChangeEmail}) {
    if (purpose_name(purpose) == name) return purpose;
  }
  return std::nullopt;
}

}  // namespace

std::string_view purpose_name(Purpose purpose) noexcept {
  switch (purpose) {
    case Purpose::VerifyEmail: return "verify_email";
    case Purpose::ResetPassword: return "reset_password";
    case Purpose::ChangeEmail: break;
  }
  return "change_email";
}

void note_session(Ticket& ticket, std::string_view session) { ticket.asked_in = time_of(ticket).append(session); }

std::string_view session_of(const Ticket& ticket) {
  const auto time = time_of(ticket);
  if (!ticket.asked_in.starts_with(time)) return {};
  return std::string_view(ticket.asked_in).substr(time.size());
}

providers::KindDef ticket_kind() {
  using enum ValueType;
  return {.name = "ticket",
          .fields = {{"email", Text, false, true},
                     {"new_email", Text, true, true},
                     {"salt", Bytes, false, true},
                     {"key_version", Int},
                     {"created_at", ValueType::Time},
                     {"expires_at", ValueType::Time},
                     {"password_changed_at", ValueType::Time, true},
                     {"session_epoch", Int, true},
                     {"session", Text, true}},
          .indexes = {},
          .expiry_field = ExpiresAt};
}

std::vector<Value> encode(const Ticket& ticket) {
  return {Value::text(ticket.email),
          Value::text_or_null(ticket.new_email),
          Value::bytes(ticket.salt),
          Value::integer(ticket.key_version),
          Value::time(ticket.created_at),
          Value::time(ticket.expires_at),
          Value::time(ticket.password_changed_at),
          ticket.session_epoch ? Value::integer(*ticket.session_epoch) : Value::null(),
          Value::text_or_null(ticket.asked_in)};
}

providers::Write put(providers::KindId kind, const Ticket& ticket, const std::vector<Value>& values) {
  return {.op = providers::Write::Op::Put,
          .kind = kind,
          .key = {ticket.tenant, ticket.user, purpose_name(ticket.purpose)},
          .expected_version = ticket.version,
          .values = values};
}

providers::Write spend(providers::KindId kind, const Ticket& ticket) {
  return {.op = providers::Write::Op::Delete,
          .kind = kind,
          .key = {ticket.tenant, ticket.user, purpose_name(ticket.purpose)},
          .expected_version = ticket.version,
          .values = {}};
}

std::optional<Ticket> decode_ticket(providers::RecordReader& record) {
  const auto key = record.key();
  const auto purpose = parse_purpose(key.id);
  const auto key_version = record.integer(KeyVersion);
  if (!purpose || key_version < 1 || key_version > std::int64_t{std::numeric_limits<std::uint32_t>::max()}) {
    return std::nullopt;
  }
  Ticket ticket;
  ticket.tenant = key.tenant;
  ticket.user = key.partition;
  ticket.purpose = *purpose;
  ticket.version = record.version();
  ticket.email = record.text(Email);
  ticket.new_email = record.text(NewEmail);
  ticket.salt = record.bytes(Salt);
  ticket.key_version = static_cast<std::uint32_t>(key_version);
  ticket.created_at = record.time(CreatedAt);
  ticket.expires_at = record.time(ExpiresAt);
  ticket.password_changed_at = record.optional_time(PasswordChangedAt);
  if (!record.is_null(SessionEpoch)) ticket.session_epoch = record.integer(SessionEpoch);
  ticket.asked_in = record.text(Session);
  if (!record.well_formed() || ticket.salt.size() != ticket_salt_size) return std::nullopt;
  return ticket;
}

}  // namespace gatehouse::mail
