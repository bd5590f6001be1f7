// SPDX-License-Identifier: Apache-2.0
#include "mail/mail_job.h"

#include <algorithm>
#include <limits>

namespace gatehouse::mail {
namespace {

using providers::Value;
using providers::ValueType;

// Positions in the stored record. Append only.
enum Field : std::uint32_t {
  What,
  To,
  MessageId,
  Salt,
  KeyVersion,
  Ip,
  About,
  CreatedAt,
  DueAt,
  DeadAt,
  UsefulUntil,
  ExpiresAt,
  Attempts,
  LastError
};

constexpr std::array<std::string_view, template_count> names = {
    "verify_email",     "reset_password", "confirm_address", "address_change_requested", "address_changed",
    "password_changed", "account_exists", "account_deleted", "choose_password"};

}  // namespace

std::string_view template_name(Template what) noexcept { return names[static_cast<std::size_t>(what)]; }

providers::KindDef mail_job_kind() {
  using enum ValueType;
  return {.name = "mail_job",
          .fields = {{"template", Text},
                     {"to_address", Text, false, true},
                     {"message_id", Text},
                     {"salt", Bytes, true, true},
                     {"key_version", Int},
                     {"ip", Text, true, true},
                     {"about", Text, true, true},
                     {"created_at", ValueType::Time},
                     {"due_at", ValueType::Time, true},
                     {"dead_at", ValueType::Time, true},
                     {"useful_until", ValueType::Time},
                     {"expires_at", ValueType::Time},
                     {"attempts", Int},
                     {"last_error", Text, true}},
          .indexes = {{"due", {DueAt}, false}, {"dead", {DeadAt}, false}},
          .expiry_field = ExpiresAt};
}

std::vector<Value> encode(const MailJob& job) {
  return {Value::text(template_name(job.what)),
          Value::text(job.to),
          Value::text(job.message_id),
          job.salt.empty() ? Value::null() : Value::bytes(job.salt),
          Value::integer(job.key_version),
          Value::text_or_null(job.ip),
          Value::text_or_null(job.about),
          Value::time(job.created_at),
          Value::time(job.due_at),
          Value::time(job.dead_at),
          Value::time(job.useful_until),
          Value::time(job.expires_at),
          Value::integer(job.attempts),
          Value::text_or_null(job.last_error)};
}

providers::Write put(providers::KindId kind, const MailJob& job, const std::vector<Value>& values) {
  return {.op = providers::Write::Op::Put,
          .kind = kind,
          .key = {job.tenant, job.user, job.id},
          .expected_version = job.version,
          .values = values};
}

std::optional<MailJob> decode_mail_job(providers::RecordReader& record) {
  const auto name = std::find(names.begin(), names.end(), record.text(What));
  const auto key_version = record.integer(KeyVersion);
  const bool possible =
      name != names.end() && key_version >= 0 && key_version <= std::int64_t{std::numeric_limits<std::uint32_t>::max()};
  if (!possible) return std::nullopt;
  const auto key = record.key();
  MailJob job;
  job.tenant = key.tenant;
  job.id = key.id;
  job.user = key.partition;
  job.version = record.version();
  job.what = static_cast<Template>(name - names.begin());
  job.to = record.text(To);
  job.message_id = record.text(MessageId);
  job.salt = record.bytes(Salt);
  job.key_version = static_cast<std::uint32_t>(key_version);
  job.ip = record.text(Ip);
  job.about = record.text(About);
  job.created_at = record.time(CreatedAt);
  job.due_at = record.optional_time(DueAt);
  job.dead_at = record.optional_time(DeadAt);
  job.useful_until = record.time(UsefulUntil);
  job.expires_at = record.time(ExpiresAt);
  job.attempts = record.integer(Attempts);
  job.last_error = record.text(LastError);
  if (!record.well_formed()) return std::nullopt;
  return job;
}

}  // namespace gatehouse::mail
