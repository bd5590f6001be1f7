// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/password_policy.h"
#include "accounts/user.h"
#include "base/call.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/password_hash.h"

#include <string>

namespace gatehouse::auth {

// Judges and hashes the password an account is to have instead of its present one (spec A4). In the hash lane.
class NewPassword {
 public:
  NewPassword(accounts::PasswordProfile policy, const crypto::PasswordHash& hash) : policy_(policy), hash_(hash) {}

  // The hash to store. Errors: PasswordPolicy (an entry a rule, at `pointer`), SamePassword, Internal.
  Result<std::string> make(const Secret<std::string>& password, const accounts::User& user, std::string_view pointer,
                           crypto::HashArena& arena) const;

 private:
  accounts::PasswordProfile policy_;
  const crypto::PasswordHash& hash_;
};

}  // namespace gatehouse::auth
