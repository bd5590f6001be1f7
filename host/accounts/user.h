// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "providers/record.h"
#include "providers/storage.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::accounts {

// In stores "active", "disabled", "deleted".
enum class UserStatus : std::uint8_t { Active, Disabled, Deleted };

std::string_view user_status_name(UserStatus status) noexcept;

// What decides whether a user may be given tokens at all (gate.h).
struct Standing {
  UserStatus status = UserStatus::Active;
  bool email_verified = false;
  // For people who read the table, as User::failed_login_attempts: some device is locked until then (auth/lockout.h).
  std::optional<Time> locked_until;
  // Sessions remember the epoch they began in; raising it ends all of them, durably and at once.
  std::int64_t session_epoch = 0;
};

// One user of one tenant, the whole record.
struct User : Standing {
  std::string id;
  std::string tenant;
  std::string email;             // EmailAddress::as_typed
  std::string email_normalized;  // EmailAddress::normalized: unique in the tenant among the users not deleted
  std::string password_hash;     // PHC or bcrypt; empty: no password, none matches
  std::string first_name;
  std::string last_name;
  std::string name;  // as shown
  std::string phone;
  std::string user_type;
  std::string role;
  std::int64_t failed_login_attempts = 0;  // since the last login
  std::int64_t login_count = 0;
  std::optional<Time> last_login_at;
  std::string last_login_ip;
  std::optional<Time> last_active_at;
  Time created_at{};
  Time updated_at{};
  std::optional<Time> password_changed_at;
  std::int64_t version = 0;  // of the record; 0: not stored yet
};

// Since when the password is the present one, as an account's devices remember it; the epoch where nobody noted it.
Time password_since(const User& user) noexcept;
// The time to note for a new password: no two passwords of a user have the same.
Time next_password_since(const User& user, Time now) noexcept;

// What a refresh needs to know of its user: nothing else is copied out of the store.
struct UserGate : Standing {
  std::string email;
  std::string first_name;
  std::string last_name;
  std::string name;
  std::string user_type;
  std::string role;
};

// The positions of the fields in a record of kind "user". Stores hold them by position: append only.
namespace user_field {
enum : std::uint32_t {
  email,
  email_normalized,
  email_unique,  // email_normalized, or NULL when the user is deleted: the address is free again
  password_hash,
  first_name,
  last_name,
  name,
  phone,
  email_verified,
  status,
  user_type,
  role,
  failed_login_attempts,
  locked_until,
  login_count,
  last_login_at,
  last_login_ip,
  last_active_at,
  session_epoch,
  created_at,
  updated_at,
  password_changed_at,
  count
};
}  // namespace user_field

namespace user_index {
enum : std::uint32_t { email_unique, created_at };
}  // namespace user_index

// The kind "user" for the schema. Its records have the key (tenant, user id, user id).
providers::KindDef user_kind();

// The values of a record, borrowing every text from `user`.
using UserValues = std::array<providers::Value, user_field::count>;
UserValues encode_user(const User& user);

// The write that creates `user` (version 0) or replaces the record it was read from. Borrows from both; the new
// version is user.version + 1.
providers::Write put_user(providers::KindId kind, const User& user, const UserValues& values);

// Empty when the record is not what put_user makes: other types, an unknown status, a key of another shape. Such a
// record must not be acted on.
std::optional<User> decode_user(providers::RecordReader& record);
std::optional<UserGate> decode_user_gate(providers::RecordReader& record);

}  // namespace gatehouse::accounts
