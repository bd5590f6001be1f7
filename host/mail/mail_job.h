// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "providers/record.h"
#include "providers/storage.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::mail {

// What a mail says. In stores, and as the names of template files, "verify_email" and so on.
enum class Template : std::uint8_t {
  VerifyEmail,             // link: the address of a new account
  ResetPassword,           // link: a new password
  ConfirmAddress,          // link: the new address of an account; to the new one
  AddressChangeRequested,  // notice of that to the old one
  AddressChanged,          // notice to the old address that it was done
  PasswordChanged,         // notice: changed, or reset
  AccountExists,           // notice to the owner of an address that somebody signed up with
  AccountDeleted,          // notice
  ChoosePassword,          // link: a new password, for an account that two have signed up for
};
inline constexpr std::size_t template_count = 9;
std::string_view template_name(Template what) noexcept;

// One mail on its way: a record of the outbox, committed together with what caused it and deleted when a transport took
// it. It holds no token: the link's token is derived from `salt` when the mail is sent (ticket.h).
struct MailJob {
  std::string tenant;
  std::string id;            // UUIDv7
  std::string user;          // whom it is about; the record's partition
  std::int64_t version = 0;  // 0: not stored yet

  Template what = Template::VerifyEmail;
  std::string to;
  std::string message_id;         // the same for every attempt
  std::string salt;               // of the link's ticket; empty: no link
  std::uint32_t key_version = 0;  // likewise
  std::string ip;                 // where the request for it came from
  std::string about;              // the other address, where the mail names one
  Time created_at{};
  std::optional<Time> due_at;   // when a worker may take it; a worker's lease moves it on. Empty: dead
  std::optional<Time> dead_at;  // given up
  Time useful_until{};          // afterwards sending it helps nobody
  Time expires_at{};
  std::int64_t attempts = 0;  // begun
  std::string last_error;
};

// The kind `mail_job`. Its records have the key (tenant, user id, job id).
providers::KindDef mail_job_kind();
namespace mail_job_index {
enum : std::uint32_t { due, dead };
}  // namespace mail_job_index

// Borrows from `job`.
std::vector<providers::Value> encode(const MailJob& job);
providers::Write put(providers::KindId kind, const MailJob& job, const std::vector<providers::Value>& values);
// Empty: a store delivered what no job was ever stored as.
std::optional<MailJob> decode_mail_job(providers::RecordReader& record);

}  // namespace gatehouse::mail
