// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "providers/record.h"
#include "providers/storage.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::mail {

// What the holder of a mailed token may do. In stores "verify_email" and so on; the number is part of tokens.
enum class Purpose : std::uint8_t { VerifyEmail = 1, ResetPassword = 2, ChangeEmail = 3 };
std::string_view purpose_name(Purpose purpose) noexcept;

// What a mailed token is good for: one record a user and purpose, so that a newer mail makes the older one's link void.
// The token is the MAC of these particulars and `salt` under the key provider's key: whoever reads the record cannot
// make it, and the mail that carries it is written only when it is sent. Deleting the record spends the token.
struct Ticket {
  std::string tenant;
  std::string user;  // the record's partition
  Purpose purpose = Purpose::VerifyEmail;
  std::int64_t version = 0;  // 0: not stored yet

  std::string email;      // the account's EmailAddress::normalized when the token was asked for
  std::string new_email;  // ChangeEmail: the address the token was mailed to, as typed
  std::string salt;       // 32 bytes
  std::uint32_t key_version = 0;
  Time created_at{};
  Time expires_at{};
  // ResetPassword and ChangeEmail: of the account's password when it was asked for; another one makes the token void.
  std::optional<Time> password_changed_at;
  // ChangeEmail: of the account's sessions when it was asked for; another one makes the token void. Empty: written by a
  // release that did not note it; void as well.
  std::optional<std::int64_t> session_epoch;
  std::string asked_in;  // ChangeEmail: note_session() and session_of()
};
inline constexpr std::size_t ticket_salt_size = 32;

// The session a ticket was asked for in, whose end makes the token void. Empty: the ticket was written by a release
// that did not note it; void as well. Such a release leaves the session of the ticket before in its column, so what is
// stored names the time of the ticket too. After `created_at`; the view is of `ticket`.
void note_session(Ticket& ticket, std::string_view session);
std::string_view session_of(const Ticket& ticket);

// The kind `ticket`. Its records have the key (tenant, user id, name of the purpose).
providers::KindDef ticket_kind();

// Borrows from `ticket`.
std::vector<providers::Value> encode(const Ticket& ticket);
providers::Write put(providers::KindId kind, const Ticket& ticket, const std::vector<providers::Value>& values);
// Of any number of commits with this write exactly one succeeds.
providers::Write spend(providers::KindId kind, const Ticket& ticket);
std::optional<Ticket> decode_ticket(providers::RecordReader& record);

}  // namespace gatehouse::mail
