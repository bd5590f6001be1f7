// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user.h"
#include "base/call.h"
#include "base/result.h"

#include <optional>
#include <string_view>

namespace gatehouse::accounts {

// Reads users. Any thread. Writes are made with put_user, in one commit with whatever belongs to them.
//
// Errors: as providers::Storage; Internal also for a record that is not a user's, or not the one that was asked for.
class UserStore {
 public:
  // `storage` outlives the store; `kind` is the ordinal of user_kind() in its schema.
  UserStore(providers::Storage& storage, providers::KindId kind) : storage_(storage), kind_(kind) {}

  // Deleted users are found by id, not by address.
  Result<std::optional<User>> get(std::string_view tenant, std::string_view id, const Call& call);
  Result<std::optional<UserGate>> get_gate(std::string_view tenant, std::string_view id, const Call& call);
  // `normalized` is EmailAddress::normalized.
  Result<std::optional<User>> find_by_email(std::string_view tenant, std::string_view normalized, const Call& call);
  // After a commit in doubt: whether the write that put_user made of `user` is what is stored now. False also when the
  // store cannot say.
  bool wrote(const User& user, const Call& call);

  providers::KindId kind() const noexcept { return kind_; }

 private:
  providers::Storage& storage_;
  providers::KindId kind_;
};

}  // namespace gatehouse::accounts
